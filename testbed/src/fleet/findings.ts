import type { CveFacts } from './catalogue.ts';
import type { Draw } from './draw.ts';
import type { ImagePlan, Stack } from './images.ts';
import { homeOf, knownComponents } from './known-components.ts';
import type { ComponentSource, KnownComponent } from './known-components.ts';
import { families, lastRevision, packageVersion, sourcePackages } from './os-packages.ts';
import type { Family, SourcePackage } from './os-packages.ts';

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

/** Knows what is in any image. */
export type Inventory = (image: ImagePlan) => readonly ComponentPlan[];

const dayMs = 86_400_000;

/** Advisories that feeds list under their own name, with the CVE whose facts they share. */
const namedByAdvisory: Readonly<Record<string, string>> = {
  'GHSA-jfh8-c2jp-5v3q': 'CVE-2021-44228',
  'GHSA-qppj-fm5r-hxr3': 'CVE-2023-44487',
  'RHSA-2023:5453': 'CVE-2023-4911',
  'RHSA-2024:4312': 'CVE-2024-6387',
};

/** Prepares the verdicts of all families and ecosystems once; the result answers for each image. */
export function takeInventory(draw: Draw, catalogue: ReadonlyMap<string, CveFacts>, now: Date): Inventory {
  const byFamily = new Map(families.map((family) => [family, osVerdicts(draw, catalogue, family, now)]));
  const languages = languageVerdicts(draw, catalogue, now);
  return (image) => {
    if (image.firstScan === null) {
      return [];
    }
    const os = osComponents(image, byFamily.get(image.family) ?? new Map());
    return image.clean ? os.slice(0, 6).map(withoutFindings) : [...os, ...languageComponents(draw, image, languages)];
  };
}

function withoutFindings(component: ComponentPlan): ComponentPlan {
  return { ...component, verdicts: [] };
}

type VerdictsByPackage = ReadonlyMap<string, readonly Verdict[]>;

function osVerdicts(
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

/** Severity of a CVSS 3 score: 0 unknown, 1 low, 2 moderate, 3 important, 4 critical. */
export function severityOf(cvss: number): Verdict['severity'] {
  return cvss >= 9 ? 4 : cvss >= 7 ? 3 : cvss >= 4 ? 2 : cvss > 0 ? 1 : 0;
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

/** A day in the year of the CVE id, no later than the day KEV listed it. */
function publishedOn(draw: Draw, facts: CveFacts): Date {
  const start = Date.UTC(facts.year, 0, 2);
  const listed = facts.kev === undefined ? Infinity : Date.parse(`${facts.kev.dateAdded}T00:00:00Z`);
  const day =
    start + draw.between(0, 362, 'published', facts.cve) * dayMs + draw.between(0, 86_399, 'second', facts.cve) * 1000;
  return new Date(Math.max(start, Math.min(day, listed)));
}

function addAdvisoryNames(found: Map<string, Verdict[]>, family: Family): void {
  if (family !== 'rhel:9') {
    return;
  }
  for (const verdicts of found.values()) {
    verdicts.push(...advisoryTwins(verdicts, 'RHSA-'));
  }
}

function advisoryTwins(verdicts: readonly Verdict[], prefix: string): readonly Verdict[] {
  return Object.entries(namedByAdvisory)
    .filter(([advisory]) => advisory.startsWith(prefix))
    .flatMap(([name, cve]) =>
      verdicts.filter((verdict) => verdict.name === cve).map((verdict) => ({ ...verdict, name })),
    );
}

const sizes = { minimal: ['minimal'], usual: ['minimal', 'usual'], full: ['minimal', 'usual', 'full'] } as const;

function osComponents(image: ImagePlan, verdicts: VerdictsByPackage): readonly ComponentPlan[] {
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

type LanguageVerdicts = ReadonlyMap<string, readonly Verdict[]>;

function languageVerdicts(draw: Draw, catalogue: ReadonlyMap<string, CveFacts>, now: Date): LanguageVerdicts {
  const found = new Map<string, Verdict[]>();
  for (const facts of catalogue.values()) {
    const home = homeOf(facts);
    const published = publishedOn(draw, facts);
    if (typeof home === 'string' || home.source === 0 || published.getTime() > now.getTime() - 2 * dayMs) {
      continue;
    }
    const cvss = facts.cvss === 0 ? (home.cvss ?? 0) : facts.cvss;
    const fixed = {
      fixedBy: home.fixedBy,
      fixedInRevision: Infinity,
      advisory: '',
      fixAvailable: new Date(published.getTime() + 3 * dayMs),
    };
    found.set(home.name, [
      ...(found.get(home.name) ?? []),
      { ...{ facts, published, cvss, name: facts.cve }, severity: severityOf(cvss), ...fixed },
    ]);
  }
  for (const verdicts of found.values()) {
    verdicts.push(...advisoryTwins(verdicts, 'GHSA-'));
  }
  return found;
}

/** Language packages without known findings: an inventory is mostly these. */
const harmless: Readonly<Record<Stack, readonly string[]>> = {
  java: [
    'org.slf4j:slf4j-api',
    'com.zaxxer:HikariCP',
    'io.micrometer:micrometer-core',
    'org.hibernate:hibernate-core',
    'com.google.guava:guava',
  ],
  node: ['express', 'fastify', 'pino', 'uuid', 'date-fns', 'zod', 'react', 'react-dom'],
  python: ['fastapi', 'pydantic', 'uvicorn', 'sqlalchemy', 'httpx', 'numpy'],
  go: ['github.com/spf13/cobra', 'go.uber.org/zap', 'github.com/prometheus/client_golang', 'k8s.io/client-go'],
  ruby: ['puma', 'sidekiq', 'pg', 'dry-validation'],
  php: [],
  plain: [],
};
const sourceOf: Readonly<Record<Stack, ComponentSource>> = {
  java: 2,
  node: 4,
  python: 1,
  go: 7,
  ruby: 3,
  php: 0,
  plain: 0,
};

function languageComponents(draw: Draw, image: ImagePlan, verdicts: LanguageVerdicts): readonly ComponentPlan[] {
  const source = sourceOf[image.stack];
  if (source === 0) {
    return [];
  }
  const plain = harmless[image.stack].map((name) => {
    const version = `${draw.between(1, 6, 'major', name)}.${draw.between(0, 12, 'minor', name, image.remote)}.0`;
    return { name, version, source, location: locationOf(image.stack, name, version), base: false, verdicts: [] };
  });
  return [...plain, ...riskyComponents(draw, image, verdicts)];
}

function riskyComponents(draw: Draw, image: ImagePlan, verdicts: LanguageVerdicts): readonly ComponentPlan[] {
  const source = sourceOf[image.stack];
  const known = knownComponents().filter((component) => component.source === source);
  return known
    .filter(
      (component) => isBuiltIn(image, component.name) || draw.chance(0.32, 'dependency', image.remote, component.name),
    )
    .map((component) => {
      const patched = component.fixedBy !== '' && draw.chance(0.35, 'patched', image.remote, image.tag, component.name);
      const version = patched ? component.fixedBy : component.version;
      const location = locationOf(image.stack, component.name, version);
      return {
        name: component.name,
        version,
        source,
        location,
        base: false,
        verdicts: patched ? [] : (verdicts.get(component.name) ?? []),
      };
    });
}

/** Software that an image is, rather than uses. */
function isBuiltIn(image: ImagePlan, component: string): boolean {
  const product = image.remote.slice(image.remote.lastIndexOf('/') + 1);
  const sidecar = image.remote === 'mesh/sidecar-proxy' && component === 'golang.org/x/net';
  return (
    sidecar ||
    ((product === 'grafana' || product === 'activemq') && component.includes(`/${product}`)) ||
    component.includes(`.${product}:`)
  );
}

function locationOf(stack: Stack, name: string, version: string): string {
  const last = name.slice(Math.max(name.lastIndexOf(':'), name.lastIndexOf('/')) + 1);
  switch (stack) {
    case 'java':
      return `opt/app/lib/${last}-${version}.jar`;
    case 'node':
      return `opt/app/node_modules/${name}/package.json`;
    case 'python':
      return `usr/lib/python3.11/site-packages/${name.replaceAll('-', '_')}-${version}.dist-info/METADATA`;
    case 'ruby':
      return `usr/local/bundle/specifications/${name}-${version}.gemspec`;
    default:
      return 'opt/app/server';
  }
}
