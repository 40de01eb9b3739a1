import type { Pair, VisibilityAnswer, VisibilityTerm } from '@pratique/hub/contract';
import { reachesLimit, shownCvss, shownEpss } from '../findings/scores.ts';
import { anyState, observedOnly, type ScopeView } from './aggregate.ts';
import { isVisible } from './decide.ts';
import { thresholdsFor, type Desk } from './desk.ts';
import { pairsOfCve } from './occurrences.ts';
import type { ScopeFilter } from './reach.ts';
import type { Scope } from './scope.ts';
import { coverageOf, coveringRules, isSuppressed, isSuppressionRequested } from './suppression.ts';
import { liftsThresholds, type Viewer } from './viewer.ts';

/** Why does `viewer` see, or not see, a CVE? */
export interface ExplainQuestion {
  readonly viewer: Viewer;
  readonly cveId: string;
  readonly filter: ScopeFilter;
  /** Whether whoever asks may learn where else the CVE runs: the security team only. */
  readonly asksAsSecTeam: boolean;
  /** Names of the namespace annotations that grant access, for the advice. */
  readonly annotations: { readonly users: string; readonly groups: string };
  /** Where the EPSS value comes from, if a feed knows the CVE. */
  readonly epssFeed: { readonly model: string | null; readonly date: string | null } | null;
}

/** What the snapshot contributes to the answer; identity is added where it is known. */
export type Explanation = Pick<VisibilityAnswer, 'cve_id' | 'visible' | 'occurs_in' | 'terms' | 'data_as_of'>;

const maxPairsNamed = 100;

/** Every term that hides or shows the CVE for the viewer, in the order in which they decide. Pure. */
export function explainVisibility(desk: Desk, question: ExplainQuestion): Explanation {
  const { viewer, cveId, filter } = question;
  const cve = desk.lexicon.cveIndex(cveId);
  const scope = desk.scope(viewer, filter);
  const everywhere = desk.scope({ ...viewer, reach: { kind: 'all' } }, {});
  const here = cve === -1 ? [] : pairsOfCve(desk.snapshot, { cve, scope, states: anyState });
  const answer = (terms: VisibilityTerm[], visible: boolean, pairs: readonly number[]): Explanation => ({
    cve_id: cveId,
    visible,
    occurs_in: pairs.slice(0, maxPairsNamed).map((pair) => named(desk, pair)),
    terms,
    data_as_of: new Date(desk.dataAsOf).toISOString(),
  });
  if (here.length === 0) {
    const elsewhere = cve === -1 ? [] : pairsOfCve(desk.snapshot, { cve, scope: everywhere, states: anyState });
    const terms = absenceTerms(desk, question, { known: cve !== -1, elsewhere });
    return answer(terms, false, question.asksAsSecTeam ? elsewhere : []);
  }
  const inScope = term('in_scope', 'informs', {
    text: `${cveId} occurs in ${here.length} of the namespaces in scope.`,
    values: { namespaces: here.length },
  });
  const decided = decide(desk, question, { cve, scope });
  return answer([inScope, ...decided.terms], decided.visible, here);
}

function named(desk: Desk, pair: number): Pair {
  return { namespace: desk.pairNames.namespaces[pair]!, cluster_name: desk.pairNames.clusters[pair]! };
}

interface TermText {
  readonly text: string;
  readonly next?: string;
  readonly values?: Record<string, unknown>;
}

function term(
  name: VisibilityTerm['term'],
  effect: VisibilityTerm['effect'],
  { text, next, values }: TermText,
): VisibilityTerm {
  return { term: name, effect, text, next_step: next ?? null, values: values ?? {} };
}

function absenceTerms(
  desk: Desk,
  question: ExplainQuestion,
  where: { readonly known: boolean; readonly elsewhere: readonly number[] },
): VisibilityTerm[] {
  const { viewer, cveId, filter, annotations } = question;
  const grant = `Have the namespace annotated with ${annotations.users} (user names) or ${annotations.groups} (group names); the spoke picks the change up by itself.`;
  const terms: VisibilityTerm[] = [];
  if (!viewer.isSecTeam && !viewer.hasNamespaces) {
    terms.push(
      term('no_namespaces', 'hides', {
        text: 'This login was granted no namespace at all.',
        next: grant,
        values: { ...annotations },
      }),
    );
  }
  if (where.elsewhere.length === 0) {
    terms.push(
      where.known
        ? term('not_deployed', 'hides', {
            text: `${cveId} was found by a scan, but no deployment runs an image that holds it now.`,
            next: 'Nothing to do while nothing runs it.',
          })
        : term('not_in_source', 'hides', {
            text: `StackRox reports ${cveId} for no image.`,
            next: 'Check the spelling of the id, and whether the image has been scanned.',
          }),
    );
    return terms;
  }
  const inReach = viewer.reach.kind === 'all' || where.elsewhere.some((pair) => viewerReaches(desk, viewer, pair));
  if (inReach) {
    const filters = { cluster: filter.cluster ?? null, namespace: filter.namespace ?? null };
    terms.push(
      term('scope_filter_empty', 'hides', {
        text: `${cveId} does not occur within the chosen cluster and namespace, but elsewhere in the granted namespaces.`,
        next: 'Choose all clusters and all namespaces.',
        values: filters,
      }),
    );
  } else {
    const pairs = question.asksAsSecTeam
      ? where.elsewhere.slice(0, maxPairsNamed).map((pair) => named(desk, pair))
      : [];
    terms.push(
      term('namespace_not_in_scope', 'hides', {
        text: `${cveId} occurs only in namespaces this login was not granted.`,
        next: grant,
        values: { ...annotations, ...(question.asksAsSecTeam ? { namespaces: pairs } : {}) },
      }),
    );
  }
  return terms;
}

function viewerReaches(desk: Desk, viewer: Viewer, pair: number): boolean {
  return desk.scope(viewer, {}).pairs[pair] === 1;
}

function decide(desk: Desk, question: ExplainQuestion, { cve, scope }: { cve: number; scope: Scope }) {
  const { viewer, cveId } = question;
  const observed = desk.view(scope, observedOnly);
  const position = observed.cves.indexOf(cve);
  if (position === -1) {
    return { visible: false, terms: exceptionTerms(desk, cveId, { cve, scope }) };
  }
  const { ledger } = desk;
  const coverage = coverageOf(desk.snapshot, ledger, { cve, view: observed });
  const facts = {
    cvss: observed.cvss[position]!,
    epss: observed.epss[position]!,
    thresholds: thresholdsFor(ledger.workflow, viewer),
    kev: observed.kev[position] === 1 || ledger.knownExploited.has(cve),
    prioritised: ledger.priorities.has(cve),
    accepted: (ledger.acceptances.get(cve) ?? []).some((acceptance) => liftsThresholds(viewer, acceptance)),
    suppressed: isSuppressed(coverage),
  };
  const lifts = liftTerms(desk, cve, facts);
  const terms = [
    ...thresholdTerms(question, facts, lifts.length > 0),
    ...lifts,
    ...suppressionTerms({ cveId, coverage, rules: coveringRules(desk.snapshot, ledger, { cve, view: observed }) }),
  ];
  return { visible: isVisible(facts, false), terms };
}

function exceptionTerms(desk: Desk, cveId: string, { cve, scope }: { cve: number; scope: Scope }): VisibilityTerm[] {
  const view: ScopeView = desk.view(scope, anyState);
  const bits = view.stateBits[view.cves.indexOf(cve)] ?? 0;
  const next = 'Ask the list for this state (rhacs_state), or end the exception in RHACS.';
  const terms: VisibilityTerm[] = [];
  if ((bits & 0b010) !== 0) {
    terms.push(
      term('deferred_in_rhacs', 'hides', { text: `${cveId} is deferred by an exception in RHACS itself.`, next }),
    );
  }
  if ((bits & 0b100) !== 0) {
    terms.push(
      term('false_positive_in_rhacs', 'hides', { text: `${cveId} is marked a false positive in RHACS itself.`, next }),
    );
  }
  return terms;
}

type Facts = Parameters<typeof isVisible>[0];

function thresholdTerms(question: ExplainQuestion, facts: Facts, lifted: boolean): VisibilityTerm[] {
  if (facts.thresholds === null) {
    return [term('thresholds_do_not_apply', 'shows', { text: 'Thresholds do not apply to the security team.' })];
  }
  const { minCvss, minEpss } = facts.thresholds;
  const effect = lifted ? 'informs' : 'hides';
  const next = 'The security team sets the thresholds; a priority or a risk acceptance shows the CVE all the same.';
  const terms: VisibilityTerm[] = [];
  if (!reachesLimit(facts.cvss, minCvss)) {
    const values = { value: shownCvss(facts.cvss), limit: minCvss };
    terms.push(
      term('below_cvss', effect, {
        text: `Its CVSS score ${values.value} is below the threshold ${minCvss}.`,
        next,
        values,
      }),
    );
  }
  if (!reachesLimit(facts.epss, minEpss)) {
    const { epssFeed } = question;
    const values = {
      value: shownEpss(facts.epss),
      limit: minEpss,
      model: epssFeed?.model ?? null,
      date: epssFeed?.date ?? null,
    };
    const origin =
      epssFeed?.model == null ? '' : ` (model ${epssFeed.model}${epssFeed.date === null ? '' : `, ${epssFeed.date}`})`;
    terms.push(
      term('below_epss', effect, {
        text: `Its EPSS probability ${values.value}${origin} is below the threshold ${minEpss}.`,
        next,
        values,
      }),
    );
  }
  if (terms.length === 0) {
    const values = { cvss: shownCvss(facts.cvss), min_cvss: minCvss, epss: shownEpss(facts.epss), min_epss: minEpss };
    terms.push(term('thresholds_met', 'shows', { text: 'It meets both thresholds.', values }));
  }
  return terms;
}

function liftTerms(desk: Desk, cve: number, facts: Facts): VisibilityTerm[] {
  const terms: VisibilityTerm[] = [];
  if (facts.kev) {
    const due = desk.ledger.knownExploited.get(cve) ?? null;
    terms.push(
      term('shown_by_kev', 'shows', {
        text: 'It is known to be exploited (CISA KEV), which no threshold hides.',
        values: { due_date: due },
      }),
    );
  }
  if (facts.prioritised) {
    const level = desk.ledger.priorities.get(cve)!.level;
    terms.push(
      term('shown_by_priority', 'shows', {
        text: `The security team gave it the priority ${level}.`,
        values: { level },
      }),
    );
  }
  if (facts.accepted) {
    terms.push(term('shown_by_acceptance', 'shows', { text: 'A risk acceptance for it is requested or approved.' }));
  }
  return terms;
}

interface SuppressionFacts {
  readonly cveId: string;
  readonly coverage: { readonly total: number; readonly approved: number; readonly requested: number };
  readonly rules: readonly string[];
}

function suppressionTerms({ cveId, coverage, rules }: SuppressionFacts): VisibilityTerm[] {
  const values = { covered: coverage.approved, total: coverage.total, rules };
  if (isSuppressed(coverage)) {
    const next = 'Ask the list for suppressed CVEs (show_suppressed), or have the rule withdrawn.';
    return [
      term('suppressed', 'hides', {
        text: `All ${coverage.total} occurrences of ${cveId} are covered by false-positive rules.`,
        next,
        values,
      }),
    ];
  }
  const terms: VisibilityTerm[] = [];
  if (coverage.approved > 0) {
    const text = `False-positive rules cover ${coverage.approved} of ${coverage.total} occurrences; the others keep it visible.`;
    terms.push(term('partly_suppressed', 'informs', { text, values }));
  }
  if (isSuppressionRequested(coverage)) {
    terms.push(
      term('suppression_requested', 'informs', {
        text: 'A false-positive rule that would cover it waits for review.',
        values: { rules },
      }),
    );
  }
  return terms;
}
