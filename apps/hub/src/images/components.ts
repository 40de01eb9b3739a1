import type { ImageComponent } from '@pratique/hub/contract';
import { isInStates } from '../cves/filters.ts';
import { byText } from '../cves/detail.ts';
import { compareVersions } from '../cves/fix-version.ts';
import { componentMask, layerOfOrigin, severityMask } from '../findings/layout.ts';
import type { Desk, Sight } from '../visibility/desk.ts';
import type { ImageFinding } from './image-findings.ts';

interface Tally {
  readonly name: string;
  readonly version: string;
  readonly layer: ImageComponent['layer'];
  /** The lowest version that fixes each CVE; empty where none does. */
  readonly fixes: Map<number, string>;
  worst: number;
}

/**
 * The components of an image that hold any of its visible CVEs, worst first. `fixed_by` is what to upgrade to, to be rid of all of them that
 * have a fix: the highest of the versions that fix each first. Rows whose component the source does not name are left out.
 */
export function imageComponents(desk: Desk, sight: Sight, findings: readonly ImageFinding[]): ImageComponent[] {
  const tallies = new Map<string, Tally>();
  for (const finding of findings) {
    for (let row = finding.start; row < finding.end; row += 1) {
      if (isInStates(desk.snapshot.rowComponent[row]!, sight.view.states)) {
        addRow(desk, tallies, { cve: finding.cve, row });
      }
    }
  }
  return [...tallies.values()]
    .filter(({ name }) => name !== '')
    .map(({ name, version, layer, fixes, worst }) => ({
      component_name: name,
      component_version: version,
      layer,
      cve_count: fixes.size,
      worst_severity: worst,
      fixed_by: highest([...fixes.values()]),
    }))
    .toSorted(
      (a, b) =>
        b.worst_severity - a.worst_severity ||
        b.cve_count - a.cve_count ||
        byText(a.component_name, b.component_name) ||
        byText(a.component_version, b.component_version) ||
        byText(a.layer ?? '', b.layer ?? ''),
    );
}

function addRow(
  { snapshot, lexicon }: Desk,
  tallies: Map<string, Tally>,
  { cve, row }: { readonly cve: number; readonly row: number },
): void {
  const component = snapshot.rowComponent[row]! & componentMask;
  const fact = snapshot.rowFact[row]!;
  const name = lexicon.text(snapshot.componentName[component]!);
  const version = lexicon.text(snapshot.componentVersion[component]!);
  const layer = layerOfOrigin(snapshot.componentOrigin[component]!);
  const key = JSON.stringify([name, version, layer]);
  const tally = tallies.get(key) ?? { name, version, layer, fixes: new Map<number, string>(), worst: 0 };
  tallies.set(key, tally);
  tally.worst = Math.max(tally.worst, snapshot.factFlags[fact]! & severityMask);
  const known = tally.fixes.get(cve) ?? '';
  const fixedBy = lexicon.text(snapshot.factFixedBy[fact]!);
  const isFirst = fixedBy !== '' && (known === '' || compareVersions(fixedBy, known) < 0);
  tally.fixes.set(cve, isFirst ? fixedBy : known);
}

function highest(versions: readonly string[]): string | null {
  const most = versions.reduce((a, b) => (b !== '' && (a === '' || compareVersions(b, a) > 0) ? b : a), '');
  return most === '' ? null : most;
}
