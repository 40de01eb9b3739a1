import type { Cell, TableRows } from './copy.ts';
import type { Draw } from './draw.ts';
import { stateOf } from './exceptions.ts';
import type { ComponentPlan, Verdict } from './findings.ts';
import type { ImagePlan } from './images.ts';
import { encodeInfo, encodeRow } from './serialized.ts';
import { layersOf } from './layers.ts';

/** An image with what was found in it. */
export interface ScannedImage {
  readonly plan: ImagePlan;
  readonly components: readonly ComponentPlan[];
}

/** What all image tables are made from. */
export interface ImageRowsRequest {
  readonly draw: Draw;
  readonly images: readonly ScannedImage[];
  readonly now: Date;
  /** Whether rows say that a CVE is known to be exploited (the line after 4.11). */
  readonly withExploit: boolean;
}

/** One scan result under one identity. */
interface Scan extends ScannedImage {
  readonly id: string;
  readonly generation: 1 | 2;
}

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** Rows of images, layers, components and CVEs in an order that keeps the foreign keys. */
export function imageTables(request: ImageRowsRequest): readonly TableRows[] {
  const first = request.images
    .filter((image) => image.plan.generations.v1 === 'full')
    .map((image): Scan => ({ ...image, id: image.plan.digest, generation: 1 }));
  const v1 = [...new Map(first.map((scan) => [scan.id, scan])).values()]; // V1 keeps one name per digest
  const v2 = request.images
    .filter((image) => image.plan.generations.v2 !== 'absent')
    .map((image): Scan => ({ ...image, id: image.plan.v2Id, generation: 2 }));
  const filled = [...v1, ...v2.filter((scan) => scan.plan.generations.v2 === 'full')];
  return [
    { table: 'images', columns: v1Columns, rows: v1.map((scan) => v1Row(scan, request)) },
    { table: 'images_layers', columns: ['images_id', 'idx', 'instruction', 'value'], rows: layerRows(v1) },
    { table: 'images_v2', columns: v2Columns, rows: v2.map((scan) => v2Row(scan, request)) },
    { table: 'images_v2_layers', columns: ['images_v2_id', 'idx', 'instruction', 'value'], rows: layerRows(v2) },
    { table: 'image_component_v2', columns: componentColumns, rows: componentRows(filled) },
    { table: 'image_cves_v2', columns: cveColumns, rows: cveRows(filled, request) },
  ];
}

/**
 * When Central first saw a CVE in an image: mostly at the first scan, else at a later one; never
 * before the CVE was published. All rows of a CVE in an image share it.
 */
export function firstOccurrence(
  draw: Draw,
  image: ImagePlan,
  verdict: Pick<Verdict, 'name' | 'published'>,
  now: Date,
): Date {
  const scan = image.firstScan ?? now;
  const key = [image.fullName, verdict.name] as const;
  const published = verdict.published.getTime();
  const late = draw.chance(0.3, 'late', ...key);
  const start = Math.max(scan.getTime(), published + draw.between(2, 20 * 24, 'feed delay', ...key) * hourMs);
  const discovered = late ? start + (now.getTime() - start) * draw.number('later scan', ...key) : start;
  return new Date(Math.floor(Math.max(Math.min(discovered, now.getTime() - hourMs), published) / 1000) * 1000);
}

const commonColumns = [
  ...['name_registry', 'name_remote', 'name_tag', 'name_fullname', 'metadata_v1_created', 'metadata_v1_user'],
  ...[
    'metadata_v1_command',
    'metadata_v1_entrypoint',
    'metadata_v1_volumes',
    'metadata_v1_labels',
    'scan_scantime',
    'scan_operatingsystem',
  ],
  ...['signature_fetched', 'lastupdated', 'priority', 'riskscore', 'topcvss', 'serialized'],
];
const v1Columns = ['id', ...commonColumns, 'components', 'cves', 'fixablecves'];
const severityNames = ['unknown', 'low', 'moderate', 'important', 'critical'] as const;
const v2Columns = [
  ...['id', 'digest', ...commonColumns, 'scanstats_componentcount', 'scanstats_cvecount', 'scanstats_fixablecvecount'],
  ...severityNames.flatMap((name) => [`scanstats_${name}cvecount`, `scanstats_fixable${name}cvecount`]),
];

function commonCells({ plan, components }: Scan, { draw, now }: ImageRowsRequest): readonly Cell[] {
  const scanned =
    plan.firstScan === null ? null : new Date(now.getTime() - draw.between(5, 235, 'rescan', plan.fullName) * 60_000);
  const top = Math.max(0, ...components.flatMap((component) => component.verdicts.map((verdict) => verdict.cvss)));
  const labels = { 'org.opencontainers.image.title': plan.remote, 'org.opencontainers.image.version': plan.tag };
  return [
    ...[plan.registry, plan.remote, plan.tag, plan.fullName, plan.created, plan.family === 'rhel:9' ? '1001' : ''],
    ...[['serve'], ['/opt/app/entrypoint'], [], labels, scanned, scanned === null ? '' : plan.family],
    ...[scanned, new Date(now.getTime() - 300_000), 0, Math.fround(1 + top / 4), Math.fround(top), new Uint8Array()],
  ];
}

function v1Row(scan: Scan, request: ImageRowsRequest): readonly Cell[] {
  const counts = countFindings(scan.components);
  return [scan.id, ...commonCells(scan, request), counts.components, counts.all, counts.fixable];
}

function v2Row(scan: Scan, request: ImageRowsRequest): readonly Cell[] {
  const counts = countFindings(scan.plan.generations.v2 === 'bare' ? [] : scan.components);
  const bySeverity = severityNames.flatMap((_, severity) => [
    counts.bySeverity[severity] ?? 0,
    counts.fixableBySeverity[severity] ?? 0,
  ]);
  return [
    scan.id,
    scan.plan.digest,
    ...commonCells(scan, request),
    counts.components,
    counts.all,
    counts.fixable,
    ...bySeverity,
  ];
}

/** Central counts distinct CVE names. */
function countFindings(components: readonly ComponentPlan[]) {
  const byName = new Map<string, { severity: number; fixable: boolean }>();
  for (const verdict of components.flatMap((component) => component.verdicts)) {
    const known = byName.get(verdict.name);
    byName.set(verdict.name, {
      severity: Math.max(known?.severity ?? 0, verdict.severity),
      fixable: (known?.fixable ?? false) || verdict.fixedBy !== '',
    });
  }
  const found = [...byName.values()];
  const perSeverity = (list: readonly { severity: number }[]) =>
    severityNames.map((_, at) => list.filter((each) => each.severity === at).length);
  const fixable = found.filter((each) => each.fixable);
  return {
    components: components.length,
    all: found.length,
    fixable: fixable.length,
    bySeverity: perSeverity(found),
    fixableBySeverity: perSeverity(fixable),
  };
}

function* layerRows(scans: readonly Scan[]): Generator<readonly Cell[]> {
  for (const scan of scans) {
    for (const [at, layer] of layersOf(scan.plan).entries()) {
      yield [scan.id, at, layer.instruction, layer.value];
    }
  }
}

const componentColumns = [
  ...[
    'id',
    'name',
    'version',
    'priority',
    'source',
    'riskscore',
    'topcvss',
    'operatingsystem',
    'imageid',
    'location',
    'imageidv2',
  ],
  ...['layertype', 'serialized'],
];

function componentId(component: ComponentPlan, at: number, scan: Scan): string {
  return `${component.name}#${at}#${scan.id}`;
}

function* componentRows(scans: readonly Scan[]): Generator<readonly Cell[]> {
  for (const scan of scans) {
    for (const [at, component] of scan.components.entries()) {
      const top = Math.max(0, ...component.verdicts.map((verdict) => verdict.cvss));
      yield [
        ...[
          componentId(component, at, scan),
          component.name,
          component.version,
          0,
          component.source,
          Math.fround(top / 4),
          Math.fround(top),
        ],
        ...[
          scan.plan.family,
          scan.generation === 1 ? scan.id : null,
          component.location,
          scan.generation === 2 ? scan.id : null,
        ],
        ...[component.base ? 1 : 0, new Uint8Array()],
      ];
    }
  }
}

const cveColumns = [
  ...[
    'id',
    'imageid',
    'imageidv2',
    'componentid',
    'cvebaseinfo_cve',
    'cvebaseinfo_publishedon',
    'cvebaseinfo_createdat',
  ],
  ...[
    'firstimageoccurrence',
    'cvebaseinfo_epss_epssprobability',
    'severity',
    'cvss',
    'nvdcvss',
    'impactscore',
    'state',
  ],
  ...[
    'isfixable',
    'fixedby',
    'advisory_name',
    'advisory_link',
    'fixavailabletimestamp',
    'cvebaseinfo_cisakev',
    'serialized',
  ],
];

function* cveRows(scans: readonly Scan[], request: ImageRowsRequest): Generator<readonly Cell[]> {
  const created = systemFirstSeen(request);
  const infos = new Map<Verdict, Uint8Array>();
  for (const scan of scans) {
    for (const [at, component] of scan.components.entries()) {
      const componentKey = componentId(component, at, scan);
      for (const [position, verdict] of component.verdicts.entries()) {
        const createdAt = created.get(verdict.name) ?? request.now;
        const info = infos.get(verdict) ?? encodeInfo(verdict, createdAt, request.withExploit);
        infos.set(verdict, info);
        yield cveRow(
          { verdict, scan, info, createdAt, componentKey, id: `${verdict.name}#${position}#${componentKey}` },
          request,
        );
      }
    }
  }
}

interface CveRowParts {
  readonly id: string;
  readonly verdict: Verdict;
  readonly scan: Scan;
  readonly info: Uint8Array;
  readonly createdAt: Date;
  readonly componentKey: string;
}

function cveRow(
  { id, verdict, scan, info, createdAt, componentKey }: CveRowParts,
  request: ImageRowsRequest,
): readonly Cell[] {
  const first = firstOccurrence(request.draw, scan.plan, verdict, request.now);
  const state = stateOf(scan.plan, verdict.name);
  // Advisory numbers are made up, so their links must not lead to somebody's real advisory.
  const advisoryLink = verdict.advisory === '' ? '' : `https://advisories.example.com/${verdict.advisory}`;
  const row = {
    id,
    imageId: scan.id,
    componentId: componentKey,
    generation: scan.generation,
    first,
    createdAt,
    state,
    advisoryLink,
  };
  const cvss = Math.fround(verdict.cvss);
  return [
    ...[id, scan.generation === 1 ? scan.id : null, scan.generation === 2 ? scan.id : null, componentKey],
    ...[verdict.name, verdict.published, createdAt, first, Math.fround(verdict.facts.epss), verdict.severity],
    ...[
      cvss,
      cvss,
      Math.fround(Math.min(6, Math.round(verdict.cvss * 6) / 10)),
      state,
      verdict.fixedBy !== '',
      verdict.fixedBy,
    ],
    ...[
      verdict.advisory,
      advisoryLink,
      verdict.fixAvailable,
      verdict.facts.kev !== undefined,
      encodeRow(verdict, info, row),
    ],
  ];
}

/** `cvebaseinfo_createdat`: the first time any image showed the CVE. */
function systemFirstSeen({ draw, images, now }: ImageRowsRequest): ReadonlyMap<string, Date> {
  const first = new Map<string, Date>();
  for (const { plan, components } of images) {
    const published = new Map(
      components.flatMap((component) => component.verdicts.map((verdict) => [verdict.name, verdict.published])),
    );
    for (const [name, date] of published) {
      const at = firstOccurrence(draw, plan, { name, published: date }, now);
      const known = first.get(name);
      if (known === undefined || at < known) {
        first.set(name, at);
      }
    }
  }
  return first;
}

/** `image_cve_infos` keeps one row per CVE, package and feed; made of what was loaded. */
export const cveInfosStatement = `
  INSERT INTO image_cve_infos (id, fixavailabletimestamp, firstsystemoccurrence, cve)
  SELECT c.cvebaseinfo_cve || '#' || k.name || '#demo', min(c.fixavailabletimestamp), min(c.cvebaseinfo_createdat), c.cvebaseinfo_cve
  FROM image_cves_v2 c JOIN image_component_v2 k ON k.id = c.componentid
  GROUP BY c.cvebaseinfo_cve, k.name`;
