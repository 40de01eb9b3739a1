import { columnList } from './copy.ts';
import type { Cell, TableRows } from './copy.ts';
import { componentId, cveColumns, cveRows } from './cve-rows.ts';
import type { ImageRowsRequest, Scan } from './cve-rows.ts';
import { layersOf } from './layers.ts';
import type { ComponentPlan } from './verdict.ts';

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

const commonColumns = columnList(`
  name_registry name_remote name_tag name_fullname metadata_v1_created metadata_v1_user
  metadata_v1_command metadata_v1_entrypoint metadata_v1_volumes metadata_v1_labels scan_scantime scan_operatingsystem
  signature_fetched lastupdated priority riskscore topcvss serialized`);
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

const componentColumns = columnList(`
  id name version priority source riskscore topcvss operatingsystem imageid location imageidv2 layertype serialized`);

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
