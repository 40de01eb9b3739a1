import { componentMask } from '../findings/layout.ts';
import type { Lexicon } from '../findings/lexicon.ts';
import type { Snapshot } from '../findings/snapshot.ts';
import { matchesGlob } from './glob.ts';
import type { PairNames } from './scope.ts';
import { pairKey } from './scope.ts';
import type {
  Workflow,
  WorkflowAcceptance,
  WorkflowPriority,
  WorkflowRemediation,
  WorkflowSuppression,
} from './workflow.ts';

/** The workflow in the numbers of one snapshot: what people said, by CVE index. */
export interface Ledger {
  readonly workflow: Workflow;
  readonly priorities: ReadonlyMap<number, WorkflowPriority>;
  readonly acceptances: ReadonlyMap<number, readonly WorkflowAcceptance[]>;
  readonly remediations: ReadonlyMap<number, readonly WorkflowRemediation[]>;
  /** Due date by CVE index; null where the catalogue names none. */
  readonly knownExploited: ReadonlyMap<number, string | null>;
  readonly suppressions: SuppressionBook;
}

/** One rule, ready to be asked about an occurrence. */
export interface CompiledSuppression {
  readonly id: string;
  readonly status: 'requested' | 'approved';
  /** Whether the rule covers this occurrence of this CVE. */
  covers(cve: number, pair: number, component: number): boolean;
}

export interface SuppressionBook {
  readonly rules: readonly CompiledSuppression[];
  /** CVEs that some rule could concern; all others are untouched by suppression. */
  readonly candidates: ReadonlySet<number>;
  /** A component index for a (name, version) of the snapshot: what `covers` takes. */
  componentOf(name: number, version: number): number;
}

/** What a ledger is compiled from. */
export interface LedgerSources {
  readonly snapshot: Snapshot;
  readonly lexicon: Lexicon;
  readonly pairNames: PairNames;
  readonly workflow: Workflow;
}

/** Compiles the workflow for one snapshot. CVEs the snapshot does not hold are left out. */
export function compileLedger(sources: LedgerSources): Ledger {
  const { lexicon, workflow } = sources;
  const index = new Map(lexicon.cves.map((cve, at) => [cve, at]));
  return {
    workflow,
    priorities: new Map(known(workflow.priorities, index)),
    acceptances: grouped(workflow.acceptances, index),
    remediations: grouped(workflow.remediations, index),
    knownExploited: new Map(
      workflow.knownExploited.flatMap(([cve, due]) => {
        const at = index.get(cve);
        return at === undefined ? [] : [[at, due] as const];
      }),
    ),
    suppressions: compileSuppressions(sources, index),
  };
}

function known<T extends { readonly cveId: string }>(
  items: readonly T[],
  index: ReadonlyMap<string, number>,
): (readonly [number, T])[] {
  return items.flatMap((item) => {
    const at = index.get(item.cveId);
    return at === undefined ? [] : [[at, item] as const];
  });
}

function grouped<T extends { readonly cveId: string }>(
  items: readonly T[],
  index: ReadonlyMap<string, number>,
): ReadonlyMap<number, readonly T[]> {
  const groups = new Map<number, T[]>();
  for (const [cve, item] of known(items, index)) {
    groups.set(cve, [...(groups.get(cve) ?? []), item]);
  }
  return groups;
}

function compileSuppressions(sources: LedgerSources, index: ReadonlyMap<string, number>): SuppressionBook {
  const { snapshot, workflow } = sources;
  const matched = new Uint8Array(snapshot.componentName.length);
  const candidates = new Set<number>();
  const rules = workflow.suppressions.map((suppression) => {
    if (suppression.rule.type === 'component') {
      return compileComponentRule(sources, suppression, matched);
    }
    const cve = index.get(suppression.rule.cveId);
    if (cve !== undefined) {
      candidates.add(cve);
    }
    return compileCveRule(sources, suppression, cve);
  });
  if (matched.includes(1)) {
    addCvesOfComponents(snapshot, matched, candidates);
  }
  const componentAt = componentLookup(snapshot);
  return { rules, candidates, componentOf: (name, version) => componentAt().get(`${name}:${version}`) ?? -1 };
}

/** Built at the first question: most workflows hold no rule, and then nobody asks. */
function componentLookup(snapshot: Snapshot): () => ReadonlyMap<string, number> {
  let lookup: Map<string, number> | null = null;
  return () => {
    if (lookup === null) {
      lookup = new Map();
      for (let component = 0; component < snapshot.componentName.length; component += 1) {
        lookup.set(`${snapshot.componentName[component]!}:${snapshot.componentVersion[component]!}`, component);
      }
    }
    return lookup;
  };
}

function compileComponentRule(
  { snapshot, lexicon }: LedgerSources,
  suppression: WorkflowSuppression,
  matched: Uint8Array,
): CompiledSuppression {
  const rule = suppression.rule;
  const own = new Set<number>();
  if (rule.type === 'component') {
    for (const component of lexicon.componentsByName.get(rule.componentName) ?? []) {
      const version = lexicon.text(snapshot.componentVersion[component]!);
      if (rule.versionPattern === null || matchesGlob(version, rule.versionPattern)) {
        own.add(component);
        matched[component] = 1;
      }
    }
  }
  return { id: suppression.id, status: suppression.status, covers: (_cve, _pair, component) => own.has(component) };
}

function compileCveRule(
  { pairNames }: LedgerSources,
  suppression: WorkflowSuppression,
  ruleCve: number | undefined,
): CompiledSuppression {
  const rule = suppression.rule;
  const everywhere = rule.type === 'cve' && rule.mode === 'all';
  const targets = new Set<number>();
  if (rule.type === 'cve' && rule.mode === 'namespace') {
    for (const target of rule.targets) {
      const pair = pairNames.byName.get(pairKey(target.namespace, target.cluster_name));
      if (pair !== undefined) {
        targets.add(pair);
      }
    }
  }
  return {
    id: suppression.id,
    status: suppression.status,
    covers: (cve, pair) => cve === ruleCve && (everywhere || targets.has(pair)),
  };
}

function addCvesOfComponents(snapshot: Snapshot, matched: Uint8Array, candidates: Set<number>): void {
  for (let row = 0; row < snapshot.rowFact.length; row += 1) {
    if (matched[snapshot.rowComponent[row]! & componentMask] === 1) {
      candidates.add(snapshot.factCve[snapshot.rowFact[row]!]!);
    }
  }
}
