import type { DashboardData } from '@pratique/hub/contract';
import { isInStates } from '../cves/filters.ts';
import { byText } from '../cves/detail.ts';
import { severityMask } from '../findings/layout.ts';
import { stringCount } from '../findings/string-table.ts';
import type { Desk, Sight } from '../visibility/desk.ts';

type NamespaceRow = DashboardData['cves_per_namespace'][number];
type ClusterRow = DashboardData['cluster_heatmap'][number];

/** Visible CVEs per namespace name, clusters merged, each CVE once by its worst severity there; most first. */
export function countByNamespace(desk: Desk, sight: Sight, visible: readonly number[]): NamespaceRow[] {
  const counter = new PlaceCounter(desk, sight, visible);
  return [...groupPairs(desk, sight, (pair) => desk.pairNames.namespaces[pair]!)]
    .map(([namespace, pairs]) => {
      const counts = counter.count(pairs);
      const clusters = new Set(pairs.filter((pair) => counter.holdsVisible(pair)).map((pair) => desk.pairNames.clusters[pair]));
      return { namespace, count: total(counts), ...named(counts), cluster_count: clusters.size };
    })
    .filter(({ count }) => count > 0)
    .toSorted((a, b) => b.count - a.count || byText(a.namespace, b.namespace));
}

/** Visible CVEs per cluster, each once by its worst severity there; by cluster name. */
export function countByCluster(desk: Desk, sight: Sight, visible: readonly number[]): ClusterRow[] {
  const counter = new PlaceCounter(desk, sight, visible);
  return [...groupPairs(desk, sight, (pair) => desk.pairNames.clusters[pair]!)]
    .map(([cluster, pairs]) => {
      const counts = counter.count(pairs);
      return { cluster, ...named(counts), total: total(counts) };
    })
    .toSorted((a, b) => byText(a.cluster, b.cluster));
}

function named(counts: readonly number[]) {
  return { unknown: counts[0]!, low: counts[1]!, moderate: counts[2]!, important: counts[3]!, critical: counts[4]! };
}

function total(counts: readonly number[]): number {
  return counts.reduce((sum, count) => sum + count, 0);
}

function groupPairs(desk: Desk, sight: Sight, name: (pair: number) => string): Map<string, number[]> {
  const groups = new Map<string, number[]>();
  for (let pair = 0; pair < sight.view.scope.pairs.length; pair += 1) {
    if (sight.view.scope.pairs[pair] === 1) {
      const group = groups.get(name(pair));
      if (group === undefined) {
        groups.set(name(pair), [pair]);
      } else {
        group.push(pair);
      }
    }
  }
  return groups;
}

/** Counts distinct visible CVEs over any set of pairs, without allocating per set. */
class PlaceCounter {
  readonly #desk: Desk;
  readonly #sight: Sight;
  readonly #visible: Uint8Array;
  readonly #worst: Uint8Array;
  readonly #pairSegments: readonly (readonly number[])[];

  constructor(desk: Desk, sight: Sight, visible: readonly number[]) {
    this.#desk = desk;
    this.#sight = sight;
    this.#visible = new Uint8Array(stringCount(desk.snapshot.cves));
    this.#worst = new Uint8Array(this.#visible.length);
    for (const position of visible) {
      this.#visible[sight.view.cves[position]!] = 1;
    }
    this.#pairSegments = desk.segmentsByPair();
  }

  /** Numbers of visible CVEs by severity 0–4 over `pairs`. */
  count(pairs: readonly number[]): number[] {
    const touched: number[] = [];
    for (const segment of new Set(pairs.flatMap((pair) => this.#pairSegments[pair]!))) {
      this.#mark(segment, touched);
    }
    const counts = [0, 0, 0, 0, 0];
    for (const cve of touched) {
      counts[this.#worst[cve]! - 1]! += 1;
      this.#worst[cve] = 0;
    }
    return counts;
  }

  /** Whether any visible CVE occurs in the pair. */
  holdsVisible(pair: number): boolean {
    const { segmentStart, rowFact, rowComponent, factCve } = this.#desk.snapshot;
    return this.#pairSegments[pair]!.some((segment) => {
      for (let row = segmentStart[segment]!; row < segmentStart[segment + 1]!; row += 1) {
        if (this.#visible[factCve[rowFact[row]!]!] === 1 && isInStates(rowComponent[row]!, this.#sight.view.states)) {
          return true;
        }
      }
      return false;
    });
  }

  /** Severities are kept plus one, so that 0 means "not here". */
  #mark(segment: number, touched: number[]): void {
    const { segmentStart, rowFact, rowComponent, factCve, factFlags } = this.#desk.snapshot;
    const states = this.#sight.view.states;
    for (let row = segmentStart[segment]!; row < segmentStart[segment + 1]!; row += 1) {
      const fact = rowFact[row]!;
      const cve = factCve[fact]!;
      if (this.#visible[cve] === 0 || !isInStates(rowComponent[row]!, states)) {
        continue;
      }
      const severity = (factFlags[fact]! & severityMask) + 1;
      if (this.#worst[cve] === 0) {
        touched.push(cve);
      }
      if (severity > this.#worst[cve]!) {
        this.#worst[cve] = severity;
      }
    }
  }
}
