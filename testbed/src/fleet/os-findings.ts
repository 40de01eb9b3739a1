import type { CveFacts } from './catalogue.ts';
import type { Draw } from './draw.ts';
import type { ImagePlan } from './images.ts';
import { homeOf } from './known-components.ts';
import type { KnownComponent } from './known-components.ts';
import { lastRevision, packageVersion, sourcePackages } from './os-packages.ts';
import type { Family, SourcePackage } from './os-packages.ts';
import { advisoryTwins, publishedOn, severityOf } from './verdict.ts';
import type { ComponentPlan, Verdict, VerdictsByPackage } from './verdict.ts';

const dayMs = 86_400_000;

/** What a distribution says about the CVEs of its packages, by source package. */
export function osVerdicts(
  draw: Draw,
  catalogue: ReadonlyMap<string, CveFacts>,
  family: Family,
  now: Date,
): VerdictsByPackage {
  const generic = sourcePackages.filter((entry) => entry.spread !== 'special' && entry.binaries[family].length > 0);
  const found = new Map<string, Verdict[]>();
  const add = (source: string, verdict: Verdict): void =>
    void found.set(source, [...(found.get(source) ?? []), verdict]);
  for (const facts of catalogue.values()) {
    const home = homeOf(facts);
    const published = publishedOn(draw, facts);
    if (home === 'elsewhere' || published.getTime() > now.getTime() - 2 * dayMs) {
      continue;
    }
    if (
      home === 'os' ? draw.chance(shareInDistribution(facts, family), 'affects', family, facts.cve) : home.source === 0
    ) {
      // The power favours the first packages of the table, which are in the most images.
      const drawn = generic[Math.floor(draw.number('home', facts.cve) ** 1.15 * generic.length)];
      const source = home === 'os' ? drawn?.name : home.name;
      add(source ?? 'glibc', osVerdict({ draw, facts, family, published, source: source ?? 'glibc', home }));
    }
  }
  addAdvisoryNames(found, family);
  return found;
}

/** Old CVEs and those that nobody scored are rarely still reported, and Alpine's packages are few and new. */
function shareInDistribution(facts: CveFacts, family: Family): number {
  const byYear = facts.year >= 2020 ? 0.37 : facts.year >= 2015 ? 0.22 : facts.year >= 2010 ? 0.1 : 0.03;
  return byYear * (facts.cvss === 0 ? 0.25 : 1) * (family === 'alpine:3.19' ? 0.35 : 1);
}

interface OsVerdictRequest {
  readonly draw: Draw;
  readonly facts: CveFacts;
  readonly family: Family;
  readonly published: Date;
  readonly source: string;
  readonly home: KnownComponent | 'os';
}

function osVerdict(request: OsVerdictRequest): Verdict {
  const { draw, facts, family, published, source } = request;
  const cvss = facts.cvss === 0 && request.home !== 'os' ? (request.home.cvss ?? 0) : facts.cvss;
  const revision = request.home === 'os' ? drawnRevision(draw, family, facts.cve) : knownRevision(facts, request.home);
  const fixable = revision !== Infinity;
  const upstream = sourcePackages.find((entry) => entry.name === source)?.version ?? '1.0';
  return {
    ...{ facts, published, cvss, name: facts.cve },
    severity: distributionSeverity(draw, cvss, family, facts.cve),
    fixedBy: fixable ? packageVersion(family, upstream, revision) : '',
    fixedInRevision: revision,
    advisory: fixable ? advisoryName(draw, family, facts) : '',
    fixAvailable: fixable
      ? new Date(published.getTime() + draw.between(1, 45, 'fix delay', family, facts.cve) * dayMs)
      : null,
  };
}

/** Three quarters of the CVEs get a fix sooner or later. */
function drawnRevision(draw: Draw, family: Family, cve: string): number {
  return draw.chance(0.76, 'fixable', family, cve) ? draw.between(2, lastRevision, 'fixed in', family, cve) : Infinity;
}

/** Famous CVEs were fixed at once: only images of their own time still have them. */
function knownRevision(facts: CveFacts, home: KnownComponent): number {
  return home.fixedRevision ?? Math.max(3, Math.min(lastRevision - 5, 5 + 2 * (facts.year - 2020)));
}

/** CVSS bands; a distribution rates one step lower now and then, as it knows how it builds a package. */
function distributionSeverity(draw: Draw, cvss: number, family: Family, cve: string): Verdict['severity'] {
  const band = severityOf(cvss);
  const lowered = band > 1 && draw.chance(family === 'rhel:9' ? 0.16 : 0.08, 'lowered', family, cve);
  return lowered ? ((band - 1) as Verdict['severity']) : band;
}

function advisoryName(draw: Draw, family: Family, facts: CveFacts): string {
  const number = (low: number, high: number): number => draw.between(low, high, 'advisory', family, facts.cve);
  switch (family) {
    case 'rhel:9':
      return `RHSA-${Math.max(2022, facts.year)}:${String(number(1, 9999)).padStart(4, '0')}`;
    case 'debian:12':
      return `DSA-${number(5400, 5990)}`;
    case 'ubuntu:22.04':
      return `USN-${number(5900, 7600)}-1`;
    case 'alpine:3.19':
      return '';
  }
}

function addAdvisoryNames(found: Map<string, Verdict[]>, family: Family): void {
  if (family !== 'rhel:9') {
    return;
  }
  for (const verdicts of found.values()) {
    verdicts.push(...advisoryTwins(verdicts, 'RHSA-'));
  }
}

const sizes = { minimal: ['minimal'], usual: ['minimal', 'usual'], full: ['minimal', 'usual', 'full'] } as const;

/** The OS packages of an image with what was found in them. */
export function osComponents(image: ImagePlan, verdicts: VerdictsByPackage): readonly ComponentPlan[] {
  const spreads: readonly string[] = sizes[image.size];
  return sourcePackages
    .filter((source) => spreads.includes(source.spread) || image.special.includes(source.name))
    .flatMap((source) => installedPackages(image, source, verdicts.get(source.name) ?? []));
}

/** One source package becomes several installed ones, and a CVE is reported for each. */
function installedPackages(
  image: ImagePlan,
  source: SourcePackage,
  verdicts: readonly Verdict[],
): readonly ComponentPlan[] {
  const present = verdicts.filter((verdict) => image.revision < verdict.fixedInRevision);
  return source.binaries[image.family].map((name) => ({
    ...{ name, source: 0, location: '', base: source.spread !== 'special', verdicts: present },
    version: packageVersion(image.family, source.version, image.revision),
  }));
}
