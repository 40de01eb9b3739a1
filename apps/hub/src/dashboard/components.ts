import type { DashboardData } from '@pratique/hub/contract';
import { isInStates } from '../cves/filters.ts';
import { byText } from '../cves/detail.ts';
import { componentMask } from '../findings/layout.ts';
import { stringCount } from '../findings/string-table.ts';
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
  const { view } = sight;
  const { start, names } = namesByCve(desk, sight, visible);
  const lastCounted = new Uint32Array(desk.snapshot.texts.ends.length);
  const counts = new Map<number, [number, number]>();
  for (const position of visible) {
    const cve = view.cves[position]!;
    for (let at = start[cve]!; at < start[cve + 1]!; at += 1) {
      const name = names[at]!;
      if (lastCounted[name] !== position + 1) {
        lastCounted[name] = position + 1;
        const tally = counts.get(name) ?? [0, 0];
        tally[view.fixable[position] === 1 ? 0 : 1] += 1;
        counts.set(name, tally);
      }
    }
  }
  return counts;
}

/** The component name of every row of the visible CVEs, CVE by CVE: counted first, then filled, so that each row is touched twice. */
function namesByCve(desk: Desk, { view }: Sight, visible: readonly number[]) {
  const { snapshot } = desk;
  const { segmentStart, rowFact, rowComponent, factCve, componentName } = snapshot;
  const isVisible = new Uint8Array(stringCount(snapshot.cves));
  for (const position of visible) {
    isVisible[view.cves[position]!] = 1;
  }
  const eachRow = (visit: (cve: number, word: number) => void): void => {
    for (let segment = 0; segment < view.segments.length; segment += 1) {
      const last = view.segments[segment] === 1 ? segmentStart[segment + 1]! : 0;
      for (let row = segmentStart[segment]!; row < last; row += 1) {
        const cve = factCve[rowFact[row]!]!;
        const word = rowComponent[row]!;
        if (isVisible[cve] === 1 && isInStates(word, view.states)) {
          visit(cve, word);
        }
      }
    }
  };
  const start = new Uint32Array(isVisible.length + 1);
  eachRow((cve) => {
    start[cve + 1]! += 1;
  });
  for (let cve = 0; cve < isVisible.length; cve += 1) {
    start[cve + 1]! += start[cve]!;
  }
  const names = new Uint32Array(start[isVisible.length]!);
  const next = start.slice();
  eachRow((cve, word) => {
    names[next[cve]!] = componentName[word & componentMask]!;
    next[cve]! += 1;
  });
  return { start, names };
}
