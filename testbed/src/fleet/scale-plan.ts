import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { readKev } from './catalogue.ts';
import type { Cell, TableRows } from './copy.ts';
import type { Draw } from './draw.ts';
import { severityOf } from './verdict.ts';
import { imageV2Id } from './images.ts';
import type { ImageIdentity } from './images.ts';
import { families, packageVersion } from './os-packages.ts';

/** How large a fleet is; counts of rows are met to within rounding. */
export interface ScaleShape {
  readonly clusters: number;
  readonly namespaces: number;
  readonly deployments: number;
  readonly containers: number;
  readonly images: number;
  readonly deployedImages: number;
  /** Images that run beside everything, in every namespace. */
  readonly sidecars: number;
  readonly components: number;
  readonly cveRows: number;
  readonly cves: number;
}

/** The three sizes of the stackrox-db specification, section 11. */
export const scaleShapes = {
  small: {
    ...{
      clusters: 3,
      namespaces: 60,
      deployments: 1500,
      containers: 2511,
      images: 500,
      deployedImages: 362,
      sidecars: 6,
    },
    ...{ components: 50_225, cveRows: 99_542, cves: 5_798 },
  },
  medium: {
    ...{
      clusters: 8,
      namespaces: 500,
      deployments: 8000,
      containers: 13_192,
      images: 4000,
      deployedImages: 2701,
      sidecars: 14,
    },
    ...{ components: 476_541, cveRows: 1_095_564, cves: 17_998 },
  },
  large: {
    ...{
      clusters: 20,
      namespaces: 2000,
      deployments: 25_000,
      containers: 41_499,
      images: 10_000,
      deployedImages: 7091,
      sidecars: 26,
    },
    ...{ components: 1_862_577, cveRows: 5_424_103, cves: 40_000 },
  },
} as const satisfies Record<string, ScaleShape>;

/** What the loading tables are made from. */
export interface ScalePlanRequest {
  readonly draw: Draw;
  readonly shape: ScaleShape;
  readonly identity: ImageIdentity;
  readonly serializedBytes: number;
  readonly now: Date;
}

const dayMs = 86_400_000;

/**
 * Three small tables from which SQL makes the large ones: images with the number of components and
 * CVE rows each gets, CVEs, and what each distribution says about each CVE.
 */
export const loadingTables = `
  CREATE TEMP TABLE load_images (no integer PRIMARY KEY, digest text, v2id text, remote text, tag text, family integer, osname text,
    first_scan timestamp, components integer, cve_rows integer, v1 boolean, v2 boolean) ON COMMIT DROP;
  CREATE TEMP TABLE load_cves (no integer PRIMARY KEY, name text, published timestamp, epss numeric, kev boolean, state integer,
    serialized bytea) ON COMMIT DROP;
  CREATE TEMP TABLE load_verdicts (no integer, family integer, severity integer, cvss numeric, impact numeric, fixedby text,
    advisory text, fix_available timestamp, PRIMARY KEY (family, no)) ON COMMIT DROP;`;

/** Rows of the loading tables. */
export function loadingRows(request: ScalePlanRequest): readonly TableRows[] {
  return [
    {
      table: 'load_images',
      columns: [
        'no',
        'digest',
        'v2id',
        'remote',
        'tag',
        'family',
        'osname',
        'first_scan',
        'components',
        'cve_rows',
        'v1',
        'v2',
      ],
      rows: imageRows(request),
    },
    {
      table: 'load_cves',
      columns: ['no', 'name', 'published', 'epss', 'kev', 'state', 'serialized'],
      rows: cveRows(request),
    },
    {
      table: 'load_verdicts',
      columns: ['no', 'family', 'severity', 'cvss', 'impact', 'fixedby', 'advisory', 'fix_available'],
      rows: verdictRows(request),
    },
  ];
}

function* imageRows({ draw, shape, identity, now }: ScalePlanRequest): Generator<readonly Cell[]> {
  const sizes = spread(shape.images, (no) => lognormal(draw, 'rows', no, 0.9));
  const cveRowsOf = shares(sizes, shape.cveRows);
  const componentsOf = shares(
    sizes.map((size) => size ** 0.6),
    shape.components,
  );
  for (let no = 1; no <= shape.images; no += 1) {
    const remote = no <= shape.sidecars ? `mesh/sidecar-${no}` : `team-${no % 97}/service-${no}`;
    const tag = `1.${no % 30}.0`;
    const digest = `sha256:${draw.hex('image', no)}`;
    const family = draw.between(0, 3, 'family', no);
    const firstScan = new Date(now.getTime() - (1 + 399 * draw.number('age', no) ** 1.7) * dayMs);
    const at = draw.number('generation', no);
    const generations =
      identity === 'mixed' ? [at < 0.8, at < 0.4 || at >= 0.8] : [identity === 'v1', identity === 'v2'];
    yield [
      ...[
        no,
        digest,
        imageV2Id(`registry.example.com/${remote}:${tag}`, digest),
        remote,
        tag,
        family,
        families[family] ?? '',
      ],
      ...[firstScan, Math.max(1, componentsOf[no - 1] ?? 1), cveRowsOf[no - 1] ?? 0, ...generations],
    ];
  }
}

/** Every fortieth CVE is one that KEV really lists; the numbers of the others plainly do not exist. */
function* cveRows({ draw, shape, serializedBytes, now }: ScalePlanRequest): Generator<readonly Cell[]> {
  const exploited = [...readKev().keys()].toSorted();
  for (let no = 1; no <= shape.cves; no += 1) {
    const kev = no % 40 === 0 && no / 40 <= exploited.length;
    const age = 3650 * draw.number('cve age', no) ** 2;
    const published = new Date(now.getTime() - (2 + age) * dayMs);
    const name = kev ? (exploited[no / 40 - 1] ?? '') : `CVE-${published.getUTCFullYear()}-${900_000 + no}`;
    // Most scores lie under one in a hundred, a few are near one.
    const epss = Math.fround(Number((10 ** (-4 + 4 * draw.number('epss', no) ** 3)).toFixed(5)));
    const state = draw.chance(0.02, 'exception', no) ? draw.between(1, 2, 'state', no) : 0;
    yield [no, name, published, epss, kev, state, encodeFiller(name, draw.hex('text', no), serializedBytes)];
  }
}

function* verdictRows({ draw, shape, now }: ScalePlanRequest): Generator<readonly Cell[]> {
  for (let no = 1; no <= shape.cves; no += 1) {
    const base = 3 + 6.9 * draw.number('cvss', no) ** 0.8;
    for (const [family, name] of families.entries()) {
      const cvss = Number(Math.min(10, base + draw.between(-4, 4, 'differs', no, family) / 10).toFixed(1));
      const fixable = draw.chance(0.6, 'fixable', no, family);
      const year = 2022 + draw.between(0, 4, 'year', no, family);
      const advisory = fixable && family === 0 ? `RHSA-${year}:${draw.between(1000, 9999, 'advisory', no)}` : '';
      const available = fixable ? new Date(now.getTime() - draw.between(1, 300, 'fixed', no, family) * dayMs) : null;
      const fixedBy = fixable
        ? packageVersion(name, `${1 + (no % 9)}.${no % 40}.1`, draw.between(2, 40, 'fix', no, family))
        : '';
      yield [
        no,
        family,
        severityOf(cvss),
        Math.fround(cvss),
        Math.fround(Math.min(6, Math.round(cvss * 6) / 10)),
        fixedBy,
        advisory,
        available,
      ];
    }
  }
}

/** A decodable ImageCVEV2 with summary and link, filled to about `bytes`. */
function encodeFiller(name: string, hex: string, bytes: number): Uint8Array {
  const link = `https://nvd.nist.gov/vuln/detail/${name}`;
  const room = Math.max(0, bytes - name.length - link.length - 12);
  const summary = `Synthetic text of ${name}: ${hex.repeat(1 + Math.ceil(room / hex.length))}`.slice(0, room);
  const writer = new BinaryWriter();
  writer.tag(3, WireType.LengthDelimited).fork();
  writer.tag(1, WireType.LengthDelimited).string(name);
  writer.tag(2, WireType.LengthDelimited).string(summary);
  writer.tag(3, WireType.LengthDelimited).string(link);
  return writer.join().finish();
}

function spread(count: number, size: (no: number) => number): readonly number[] {
  return Array.from({ length: count }, (_, at) => size(at + 1));
}

/** Whole numbers in proportion to `weights` that add up to `total`: each rounds what the ones before left over. */
function shares(weights: readonly number[], total: number): readonly number[] {
  const sum = weights.reduce((left, right) => left + right, 0);
  let weighed = 0;
  let given = 0;
  return weights.map((weight) => {
    weighed += weight;
    const share = Math.round((total * weighed) / sum) - given;
    given += share;
    return share;
  });
}

/** A log-normal draw with median 1, by Box and Muller. */
function lognormal(draw: Draw, key: string, no: number, sigma: number): number {
  const radius = Math.sqrt(-2 * Math.log(1 - draw.number(key, no, 'radius')));
  return Math.exp(sigma * radius * Math.cos(2 * Math.PI * draw.number(key, no, 'angle')));
}
