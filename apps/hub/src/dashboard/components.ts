import type { DashboardData } from '@pratique/hub/contract';
import { isInStates, segmentsInScope } from '../cves/filters.ts';
import { byText } from '../cves/detail.ts';
import { componentMask } from '../findings/layout.ts';
import { stringCount } from '../findings/string-table.ts';
import { WordTable } from '../findings/word-table.ts';
import type { Desk, Sight } from '../visibility/desk.ts';

type ComponentRow = DashboardData['top_vulnerable_components'][number];

/** The ten component names with the most distinct visible CVEs; a CVE is fixable if any occurrence in scope is. */
export function topComponents(desk: Desk, sight: Sight, visible: readonly number[]): ComponentRow[] {
  const counts = countByName(desk, sight, visible);
  return [...counts]
    .filter(([name]) => name !== 0)
    .map(([name, [fixable, unfixable]]) => ({
      component_name: desk.lexicon.text(name),
      cve_count: fixable + unfixable,
      fixable_count: fixable,
      unfixable_count: unfixable,
    }))
    .toSorted((a, b) => b.cve_count - a.cve_count || byText(a.component_name, b.component_name))
    .slice(0, 10);
}

/** By text index of the component name, 0 for rows without one: fixable and unfixable CVEs. */
function countByName(desk: Desk, sight: Sight, visible: readonly number[]): Map<number, [number, number]> {
  const { snapshot } = desk;
  const { segmentStart, rowFact, rowComponent, factCve, componentName } = snapshot;
  const fixableOf = new Uint8Array(stringCount(snapshot.cves));
  for (const position of visible) {
    fixableOf[sight.view.cves[position]!] = sight.view.fixable[position] === 1 ? 1 : 2;
  }
  const counted = new WordTable(2);
  const pair = new Uint32Array(2);
  const counts = new Map<number, [number, number]>();
  for (const segment of segmentsInScope(snapshot, sight.view)) {
    for (let row = segmentStart[segment]!; row < segmentStart[segment + 1]!; row += 1) {
      const cve = factCve[rowFact[row]!]!;
      const word = rowComponent[row]!;
      if (fixableOf[cve] === 0 || !isInStates(word, sight.view.states)) {
        continue;
      }
      const component = word & componentMask;
      pair[0] = componentName[component]!;
      pair[1] = cve;
      const before = counted.count;
      counted.intern(pair);
      if (counted.count > before) {
        const tally = counts.get(pair[0]) ?? [0, 0];
        tally[fixableOf[cve]! - 1]! += 1;
        counts.set(pair[0], tally);
      }
    }
  }
  return counts;
}
