import type { CveFacts } from './catalogue.ts';
import type { Draw } from './draw.ts';
import type { ComponentSource } from './known-components.ts';

/** What a distribution (or a language's ecosystem) says about a CVE; the same in every image. */
export interface Verdict {
  readonly facts: CveFacts;
  /** Name of the CVE row: the CVE, or an advisory's name where the feed lists that instead. */
  readonly name: string;
  readonly published: Date;
  readonly severity: 0 | 1 | 2 | 3 | 4;
  readonly cvss: number;
  readonly fixedBy: string;
  /** Revision that fixes it in an OS package; Infinity when none does. */
  readonly fixedInRevision: number;
  readonly advisory: string;
  readonly fixAvailable: Date | null;
}

/** A component of an image with what was found in it. */
export interface ComponentPlan {
  readonly name: string;
  readonly version: string;
  readonly source: ComponentSource;
  readonly location: string;
  readonly base: boolean;
  readonly verdicts: readonly Verdict[];
}

/** What is said about each package, by its name. */
export type VerdictsByPackage = ReadonlyMap<string, readonly Verdict[]>;

const dayMs = 86_400_000;

/** Severity of a CVSS 3 score: 0 unknown, 1 low, 2 moderate, 3 important, 4 critical. */
export function severityOf(cvss: number): Verdict['severity'] {
  return cvss >= 9 ? 4 : cvss >= 7 ? 3 : cvss >= 4 ? 2 : cvss > 0 ? 1 : 0;
}

/** A day in the year of the CVE id; where KEV listed it within that year, shortly before. */
export function publishedOn(draw: Draw, facts: CveFacts): Date {
  const start = Date.UTC(facts.year, 0, 2);
  const listed = facts.kev === undefined ? Infinity : Date.parse(`${facts.kev.dateAdded}T00:00:00Z`);
  const day =
    start + draw.between(0, 362, 'published', facts.cve) * dayMs + draw.between(0, 86_399, 'second', facts.cve) * 1000;
  const isListedSoon = listed < start + 365 * dayMs;
  const before = listed - draw.between(0, 20, 'before listing', facts.cve) * dayMs;
  return new Date(Math.max(start, isListedSoon ? before : Math.min(day, listed)));
}

/** Advisories that feeds list under their own name, with the CVE whose facts they share. */
const namedByAdvisory: Readonly<Record<string, string>> = {
  'GHSA-jfh8-c2jp-5v3q': 'CVE-2021-44228',
  'GHSA-qppj-fm5r-hxr3': 'CVE-2023-44487',
  'RHSA-2023:5453': 'CVE-2023-4911',
  'RHSA-2024:4312': 'CVE-2024-6387',
};

/** The verdicts among these that a feed lists once more, under the name of an advisory that starts so. */
export function advisoryTwins(verdicts: readonly Verdict[], prefix: string): readonly Verdict[] {
  return Object.entries(namedByAdvisory)
    .filter(([advisory]) => advisory.startsWith(prefix))
    .flatMap(([name, cve]) =>
      verdicts.filter((verdict) => verdict.name === cve).map((verdict) => ({ ...verdict, name, advisory: name })),
    );
}
