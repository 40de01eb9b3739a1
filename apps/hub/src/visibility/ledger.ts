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
  /** 1 for each CVE index that anything above concerns; nobody has said anything of the others. */
  readonly concerned: Uint8Array;
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
  /** The rules that name a CVE, by its index. */
  readonly rulesOfCve: ReadonlyMap<number, readonly CompiledSuppression[]>;
  /** Marks of the component rules that match, by component index: what rules for components say does not depend on the place. */
  readonly componentMarks: Uint8Array;
}

export const approvedMark = 1;
export const requestedMark = 2;

/** The mark of a rule of that status. */
export function markOf(status: CompiledSuppression['status']): number {
  return status === 'approved' ? approvedMark : requestedMark;
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
  const priorities = new Map(known(workflow.priorities, lexicon));
  const acceptances = grouped(workflow.acceptances, lexicon);
  const remediations = grouped(workflow.remediations, lexicon);
  const listed = workflow.knownExploited.map(([cve, due]) => [lexicon.cveIndex(cve), due] as const);
  const knownExploited = new Map(listed.filter(([cve]) => cve !== -1));
  const suppressions = compileSuppressions(sources);
  const concerned = new Uint8Array(lexicon.cves.length);
  for (const book of [priorities, acceptances, remediations, knownExploited, suppressions.candidates]) {
    for (const cve of book.keys()) {
      concerned[cve] = 1;
    }
  }
  return { workflow, priorities, acceptances, remediations, knownExploited, suppressions, concerned };
}

function known<T extends { readonly cveId: string }>(items: readonly T[], lexicon: Lexicon): (readonly [number, T])[] {
  return items.map((item) => [lexicon.cveIndex(item.cveId), item] as const).filter(([cve]) => cve !== -1);
}

function grouped<T extends { readonly cveId: string }>(
  items: readonly T[],
  lexicon: Lexicon,
): ReadonlyMap<number, readonly T[]> {
  const groups = new Map<number, T[]>();
  for (const [cve, item] of known(items, lexicon)) {
    const group = groups.get(cve);
    if (group === undefined) {
      groups.set(cve, [item]);
    } else {
      group.push(item);
    }
  }
  return groups;
}

function compileSuppressions(sources: LedgerSources): SuppressionBook {
  const { snapshot, lexicon, workflow } = sources;
  const componentMarks = new Uint8Array(snapshot.componentName.length);
  const rulesOfCve = new Map<number, CompiledSuppression[]>();
  const rules = workflow.suppressions.map((suppression) => {
    if (suppression.rule.type === 'component') {
      return compileComponentRule(sources, suppression, componentMarks);
    }
    const cve = lexicon.cveIndex(suppression.rule.cveId);
    const rule = compileCveRule(sources, suppression, cve);
    if (cve !== -1) {
      rulesOfCve.set(cve, [...(rulesOfCve.get(cve) ?? []), rule]);
    }
    return rule;
  });
  const candidates = new Set(rulesOfCve.keys());
  if (componentMarks.some((marks) => marks !== 0)) {
    addCvesOfComponents(snapshot, componentMarks, candidates);
  }
  return { rules, candidates, rulesOfCve, componentMarks };
}

function compileComponentRule(
  { snapshot, lexicon }: LedgerSources,
  suppression: WorkflowSuppression,
  marks: Uint8Array,
): CompiledSuppression {
  const rule = suppression.rule;
  const own = new Set<number>();
  if (rule.type === 'component') {
    for (const component of lexicon.componentsNamed(rule.componentName)) {
      const version = lexicon.text(snapshot.componentVersion[component]!);
      if (rule.versionPattern === null || matchesGlob(version, rule.versionPattern)) {
        own.add(component);
        marks[component]! |= markOf(suppression.status);
      }
    }
  }
  return { id: suppression.id, status: suppression.status, covers: (_cve, _pair, component) => own.has(component) };
}

function compileCveRule(
  { pairNames }: LedgerSources,
  suppression: WorkflowSuppression,
  ruleCve: number,
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

function addCvesOfComponents(snapshot: Snapshot, marks: Uint8Array, candidates: Set<number>): void {
  const { rowFact, rowComponent, factCve } = snapshot;
  for (let row = 0; row < rowFact.length; row += 1) {
    if (marks[rowComponent[row]! & componentMask] !== 0) {
      candidates.add(factCve[rowFact[row]!]!);
    }
  }
}
