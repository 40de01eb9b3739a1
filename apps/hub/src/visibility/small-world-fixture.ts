/**
 * Small random worlds: a few clusters, workloads, images and findings with every awkward value in them, so
 * that a few thousand of them meet most of what can go wrong. Pools are tiny on purpose: things must collide.
 */
import fc from 'fast-check';

/** One image-CVE row as Central holds it; `component` is an index into the image's components. */
export interface WorldRow {
  readonly cve: string;
  readonly component: number | null;
  readonly severity: number | null;
  readonly cvss: number | null;
  readonly epss: number | null;
  readonly impact: number | null;
  /** Epoch seconds. */
  readonly firstSeen: number | null;
  readonly published: number | null;
  readonly fixable: boolean | null;
  readonly fixedBy: string | null;
  readonly kev: boolean | null;
}

export interface WorldComponent {
  readonly name: string | null;
  readonly version: string | null;
  /** Where it was found, as Central numbers it; says nothing about which component it is. */
  readonly source?: number;
}

/** Where an image stands in Central's step to V2 identities; only the mixed mode looks at it. */
export type Migration = 'v1' | 'v2' | 'both' | 'v2-empty';

export interface WorldImage {
  readonly digest: string;
  /** The names it is deployed under; Central's V1 row keeps the first. */
  readonly names: readonly string[];
  readonly os: string | null;
  readonly scanned: boolean;
  readonly components: readonly WorldComponent[];
  readonly rows: readonly WorldRow[];
  /** Central's exceptions: 1 deferred, 2 false positive; all rows of the CVE in the image. */
  readonly states: Readonly<Record<string, 1 | 2>>;
  readonly migration: Migration;
}

export interface WorldContainer {
  readonly name: string | null;
  readonly digest: string | null;
}

export interface WorldDeployment {
  readonly id: string;
  readonly name: string;
  readonly namespace: string;
  readonly cluster: string;
  readonly containers: readonly WorldContainer[];
}

export interface World {
  readonly clusters: readonly string[];
  readonly deployments: readonly WorldDeployment[];
  readonly images: readonly WorldImage[];
}

/** The moment all questions are asked at, epoch seconds: half a day into a UTC day. */
export const worldNow = 1_790_000_000 - (1_790_000_000 % 86_400) + 43_200;

const day = 86_400;
export const clusterPool = ['east', 'west', 'north'] as const;
export const namespacePool = ['shop', 'bank', 'Shop'] as const;
export const cvePool = [
  'CVE-2024-0001',
  'CVE-2024-0010',
  'CVE-2021-44228',
  'RHSA-2024:0001',
  'GHSA-jfh8-c2jp-5v3q',
  'ALAS2-2024-1',
] as const;
export const imageNamePool = ['reg.test/a:1', 'reg.test/b:1', 'reg.test/b@sha256:1', 'reg.test/c:1'] as const;
export const deploymentNamePool = ['api', 'web', 'job'] as const;
/** In the order a person would put them; the text order is another. */
export const fixVersionPool = ['1.2.9', '1.2.10', '1:0.1'] as const;
export const componentPool: readonly WorldComponent[] = [
  { name: 'openssl', version: '1.1.1' },
  { name: 'openssl', version: '1.1.1', source: 4 },
  { name: 'openssl', version: '3.0.7' },
  { name: 'openssl', version: null },
  { name: 'Log4j', version: '1.1.1' },
  { name: 'log4j', version: '2.14' },
  { name: null, version: '9' },
];

const severity = fc.constantFrom(null, 0, 1, 2, 3, 4);
/** Scores as Central stores them: 32-bit floats widened. */
const cvss = fc.constantFrom(null, 0, 4.3, 6.9, 7, 7.1, 9.8, 10).map(widened);
const epss = fc.constantFrom(null, 0, 0.00043, 0.01, 0.02, 0.03, 0.0123456, 0.97).map(widened);
const impact = fc.constantFrom(null, 0, 3.6, 5.9).map(widened);
const moment = fc
  .constantFrom(
    null,
    -3600,
    0,
    6 * day,
    7.5 * day,
    8 * day,
    30.9 * day,
    31 * day,
    89.9 * day,
    91 * day,
    180 * day,
    181 * day,
    400 * day,
  )
  .map((age) => (age === null ? null : Math.round(worldNow - age)));

function widened(score: number | null): number | null {
  return score === null ? null : Math.fround(score);
}

const row = fc
  .record({
    cve: fc.constantFrom(...cvePool),
    component: fc.option(fc.nat(2), { freq: 8 }),
    severity,
    cvss,
    epss,
    impact,
    firstSeen: moment,
    published: moment,
    fixedBy: fc.constantFrom(null, '', '', ...fixVersionPool),
    noFix: fc.constantFrom(null, false),
    kev: fc.constantFrom(null, null, null, false, true),
  })
  .map(({ noFix, ...rest }) => ({ ...rest, fixable: rest.fixedBy ? true : noFix }));

const image = fc.record({
  firstName: fc.nat(imageNamePool.length - 1),
  nameCount: fc.constantFrom(1, 1, 2),
  os: fc.constantFrom('rhel:9', 'debian:12', '', null),
  scanned: fc.constantFrom(true, true, true, true, false),
  components: fc.array(fc.constantFrom(...componentPool), { maxLength: 3 }),
  rows: fc.array(row, { maxLength: 6 }),
  states: fc.dictionary(fc.constantFrom(...cvePool), fc.constantFrom(1 as const, 2 as const), { maxKeys: 2 }),
  migration: fc.constantFrom<Migration>('v1', 'v2', 'both', 'v2-empty'),
});

const container = fc.record({
  kind: fc.constantFrom(
    'known',
    'known',
    'known',
    'known',
    'known',
    'known',
    'known',
    'no-digest',
    'unknown',
    'no-name',
  ),
  image: fc.nat(5),
  name: fc.nat(1),
});

const deployment = fc.record({
  pair: fc.nat(5),
  name: fc.constantFrom(...deploymentNamePool),
  containers: fc.array(container, { maxLength: 3 }),
});

const pair = fc.record({ namespace: fc.constantFrom(...namespacePool), cluster: fc.constantFrom(...clusterPool) });

/** A random world. */
export const smallWorld: fc.Arbitrary<World> = fc
  .record({
    pairs: fc.uniqueArray(pair, {
      minLength: 1,
      maxLength: 6,
      selector: ({ namespace, cluster }) => `${namespace} ${cluster}`,
    }),
    deployments: fc.array(deployment, { maxLength: 8, size: 'max' }),
    images: fc.array(image, { maxLength: 6, size: 'max' }),
  })
  .map(({ pairs, deployments, images }) => {
    const settled = images.map((plan, index) => settleImage(plan, index));
    return {
      clusters: [...new Set(pairs.map(({ cluster }) => cluster))],
      images: settled,
      deployments: deployments.map((plan, index) => {
        const place = pairs[plan.pair % pairs.length]!;
        const containers = plan.containers.map((one) => settleContainer(one, settled));
        return { id: `00000000-0000-4000-8000-00000000000${index}`, name: plan.name, ...place, containers };
      }),
    };
  });

type ImagePlan = typeof image extends fc.Arbitrary<infer T> ? T : never;
type ContainerPlan = typeof container extends fc.Arbitrary<infer T> ? T : never;

/** Rows need components to hang on, and an image that was never scanned has neither. */
function settleImage({ firstName, nameCount, ...plan }: ImagePlan, index: number): WorldImage {
  const names = Array.from({ length: nameCount }, (_, at) => imageNamePool[(firstName + at) % imageNamePool.length]!);
  const components = plan.scanned ? plan.components : [];
  const rows =
    components.length === 0
      ? []
      : plan.rows.map((one) => ({
          ...one,
          component: one.component === null ? null : one.component % components.length,
        }));
  return { ...plan, digest: digestOf(index), names, components, rows };
}

function settleContainer({ kind, image: which, name }: ContainerPlan, images: readonly WorldImage[]): WorldContainer {
  const chosen = images[which % Math.max(1, images.length)];
  if (chosen === undefined || kind === 'unknown') {
    return { name: 'reg.test/unseen:1', digest: digestOf(9) };
  }
  const known = { name: chosen.names[name % chosen.names.length]!, digest: chosen.digest };
  if (kind === 'no-digest') {
    return { ...known, digest: name === 0 ? null : '' };
  }
  return kind === 'no-name' ? { ...known, name: name === 0 ? null : '' } : known;
}

function digestOf(index: number): string {
  return `sha256:${String(index).repeat(64)}`;
}
