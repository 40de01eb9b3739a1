import type { CveListItem } from '@pratique/hub/contract';
import { componentMask } from '../findings/layout.ts';
import { shownCvss, shownEpss } from '../findings/scores.ts';
import { LRUCache } from 'lru-cache';
import type { ScopeView } from '../visibility/aggregate.ts';
import type { Desk, Sight } from '../visibility/desk.ts';
import { eachSegmentOfCve, pairsOfCve } from '../visibility/occurrences.ts';
import { isSuppressed, isSuppressionRequested } from '../visibility/suppression.ts';
import { mayAccess, type Viewer } from '../visibility/viewer.ts';
import type { WorkflowAcceptance } from '../visibility/workflow.ts';
import { describeFix, type ComponentFix } from './fix-version.ts';
import { isInStates } from './filters.ts';
import { rollUpRemediations } from './remediation-roll-up.ts';

/** Epoch seconds as the API writes instants; null for unknown (0). */
export function instantOf(epochSeconds: number): string | null {
  return epochSeconds === 0 ? null : new Date(epochSeconds * 1000).toISOString();
}

/** One CVE of a sight, every field of the contract filled. `position` is its position in the view. */
export function presentCve(desk: Desk, sight: Sight, viewer: Viewer, position: number): CveListItem {
  const { view } = sight;
  const cve = view.cves[position]!;
  const { ledger } = desk;
  const priority = ledger.priorities.get(cve);
  const coverage = sight.coverage.get(cve);
  return {
    cve_id: desk.lexicon.cves[cve]!,
    severity: view.severity[position]!,
    cvss: shownCvss(view.cvss[position]!),
    epss_probability: shownEpss(view.epss[position]!),
    impact_score: shownCvss(view.impact[position]!),
    fixable: view.fixable[position] === 1,
    ...rowFacts(desk, sight, cve),
    affected_images: view.images[position]!,
    affected_deployments: view.deployments[position]!,
    first_seen: instantOf(view.firstSeen[position]!),
    published_on: instantOf(view.published[position]!),
    has_priority: priority !== undefined,
    priority_level: priority?.level ?? null,
    priority_deadline: priority?.deadline == null ? null : new Date(priority.deadline).toISOString(),
    ...presentAcceptance(bestAcceptance(ledger.acceptances.get(cve) ?? [], viewer)),
    is_suppressed: isSuppressed(coverage),
    suppression_requested: isSuppressionRequested(coverage),
    remediation_status: remediationStatus(desk, sight, cve),
    ...(coverage === undefined ? {} : { suppressed_occurrences: coverage.approved, total_occurrences: coverage.total }),
    kev: sight.kev[position] === 1,
    kev_due_date: ledger.knownExploited.get(cve) ?? null,
    rhacs_state: lowestState(view.stateBits[position]!),
  };
}

/** The roll-up of the remediations of a CVE over the pairs it affects within the sight. */
export function remediationStatus(desk: Desk, sight: Sight, cve: number) {
  const remediations = desk.ledger.remediations.get(cve);
  if (remediations === undefined) {
    return 'unremediated' as const;
  }
  const pairs = pairsOfCve(desk.snapshot, { cve, scope: sight.view.scope, states: sight.view.states });
  return rollUpRemediations(
    remediations,
    pairs.map((pair) => ({
      namespace: desk.pairNames.namespaces[pair]!,
      cluster_name: desk.pairNames.clusters[pair]!,
    })),
  );
}

/** Of several active acceptances the approved one counts, then the newest; only those the viewer may access. */
export function bestAcceptance(acceptances: readonly WorkflowAcceptance[], viewer: Viewer): WorkflowAcceptance | null {
  const accessible = acceptances.filter((acceptance) => mayAccess(viewer, acceptance));
  const [best] = accessible.toSorted(
    (a, b) => Number(b.status === 'approved') - Number(a.status === 'approved') || b.createdAt - a.createdAt,
  );
  return best ?? null;
}

function presentAcceptance(acceptance: WorkflowAcceptance | null) {
  return {
    has_risk_acceptance: acceptance !== null,
    risk_acceptance_status: acceptance?.status ?? null,
    risk_acceptance_id: acceptance?.id ?? null,
  };
}

type RowFacts = Pick<CveListItem, 'fixed_by' | 'operating_system' | 'component_names'>;

/** Enough for what people page through; about half a kilobyte each. */
const keptRowFacts = 1_000;
/** By view, and gone with it: a page of CVEs is asked for again and again while its version lasts. */
const rowFactsOf = new WeakMap<ScopeView, LRUCache<number, RowFacts>>();

/** What only the rows know: operating system, components, fixing versions. A CVE of a whole fleet has thousands of rows, and few distinct ones. */
function rowFacts(desk: Desk, { view }: Sight, cve: number): RowFacts {
  const known = rowFactsOf.get(view) ?? new LRUCache<number, RowFacts>({ max: keptRowFacts });
  rowFactsOf.set(view, known);
  const kept = known.get(cve);
  if (kept !== undefined) {
    return kept;
  }
  const facts = readRowFacts(desk, view, cve);
  known.set(cve, facts);
  return facts;
}

function readRowFacts(desk: Desk, view: ScopeView, cve: number): RowFacts {
  const { snapshot, lexicon } = desk;
  const texts = snapshot.texts.ends.length;
  const systems = new Set<number>();
  const named = new Set<number>();
  const fixes = new Set<number>();
  let last = -1;
  eachSegmentOfCve(snapshot, { cve, ...view }, (segment, start, end) => {
    systems.add(snapshot.segmentOs[segment]!);
    for (let row = start; row < end; row += 1) {
      const word = snapshot.rowComponent[row]!;
      if (isInStates(word, view.states)) {
        const name = snapshot.componentName[word & componentMask]!;
        const fix = name * texts + snapshot.factFixedBy[snapshot.rowFact[row]!]!;
        if (fix !== last) {
          last = fix;
          named.add(name);
          fixes.add(fix);
        }
      }
    }
  });
  const system = [...systems].map((index) => lexicon.text(index)).reduce((a, b) => (b > a ? b : a), '');
  const component = (fix: number): ComponentFix => ({
    component: lexicon.text(Math.floor(fix / texts)),
    fixedBy: lexicon.text(fix % texts),
  });
  return {
    fixed_by: describeFix([...fixes].map(component)),
    operating_system: system === '' ? null : system,
    component_names: [...named]
      .map((name) => lexicon.text(name))
      .filter((name) => name !== '')
      .toSorted(),
  };
}

function lowestState(bits: number): number {
  return (bits & 1) !== 0 ? 0 : (bits & 2) !== 0 ? 1 : 2;
}
