import { isInStates } from '../cves/filters.ts';
import { componentMask, kevFlag, severityMask } from '../findings/layout.ts';
import { stringCount } from '../findings/string-table.ts';
import { passesThresholds } from '../visibility/decide.ts';
import { thresholdsFor, type Desk, type Sight } from '../visibility/desk.ts';
import { approvedMark, type CompiledSuppression } from '../visibility/ledger.ts';
import type { Viewer } from '../visibility/viewer.ts';
import type { WorkflowThresholds } from '../visibility/workflow.ts';

/** Bits of what is known of a CVE before a place is looked at. */
const visibleBit = 1;
/** In a place it shows only if its values there reach the thresholds. */
const measuredBit = 2;
/** Rules may cover it in a place although they do not cover it on the whole. */
const ruledBit = 4;

/** Whose dashboard, and what shows on it as a whole. */
export interface CounterSources {
  readonly desk: Desk;
  readonly viewer: Viewer;
  readonly sight: Sight;
  /** Positions of the sight that are visible. */
  readonly visible: readonly number[];
}

/** What the list of a place would show. */
export interface PlaceCount {
  /** Numbers of CVEs by their worst severity in the place, 0–4. */
  readonly bySeverity: readonly number[];
  /** Pairs of the place in which at least one of them occurs; empty where nobody asked for them. */
  readonly pairs: readonly number[];
}

/**
 * Counts what the list shows of places within a scope, without making the list of each. That works because a place is a part of the
 * whole: what is hidden on the whole is hidden in every part (maxima over fewer occurrences are not higher, and rules that cover all
 * occurrences cover those of a part), so only what shows on the whole has to be judged again, by its values in the place.
 */
export class PlaceCounter {
  readonly #sources: CounterSources;
  readonly #thresholds: WorkflowThresholds | null;
  readonly #standing: Uint8Array;
  /** What a row tells by its fact alone: CVE, worst severity, whether more must be looked at; 0 where the CVE does not show at all. */
  readonly #signs: Uint32Array;
  readonly #touched: Uint32Array;
  /** Approved rules for single CVEs; rules for components are marks on these. */
  readonly #rulesOfCve: ReadonlyMap<number, readonly CompiledSuppression[]>;
  readonly #pairSegments: readonly (readonly number[])[];
  /** The place being counted. */
  readonly #place: Uint8Array;
  /** Severity plus one, so that 0 means "not here". */
  readonly #worst: Uint8Array;
  readonly #cvss: Float32Array;
  readonly #epss: Float32Array;
  readonly #kev: Uint8Array;
  readonly #uncovered: Uint8Array;

  constructor(sources: CounterSources) {
    const { desk, viewer } = sources;
    const cves = stringCount(desk.snapshot.cves);
    this.#sources = sources;
    this.#thresholds = thresholdsFor(desk.ledger.workflow, viewer);
    this.#standing = standingOf(sources, this.#thresholds);
    this.#signs = signsOf(desk, this.#standing);
    this.#touched = new Uint32Array(sources.visible.length);
    this.#rulesOfCve = approvedRules(desk);
    this.#pairSegments = desk.segmentsByPair();
    this.#place = new Uint8Array(desk.pairNames.namespaces.length);
    this.#worst = new Uint8Array(cves);
    this.#cvss = new Float32Array(cves);
    this.#epss = new Float32Array(cves);
    this.#kev = new Uint8Array(cves);
    this.#uncovered = new Uint8Array(cves);
  }

  /** What the list of these pairs, all of them within the sight, would show; `where` asks for the pairs it occurs in, too. */
  count(pairs: readonly number[], where: boolean): PlaceCount {
    pairs.forEach((pair) => (this.#place[pair] = 1));
    let met = 0;
    for (const segment of new Set(pairs.flatMap((pair) => this.#pairSegments[pair]!))) {
      met = this.#mark(segment, met);
    }
    const bySeverity = [0, 0, 0, 0, 0];
    const touched = this.#touched.subarray(0, met);
    let shown = 0;
    for (const cve of touched) {
      if (this.#shows(cve)) {
        shown += 1;
        bySeverity[this.#worst[cve]! - 1]! += 1;
      } else {
        this.#worst[cve] = 0;
      }
    }
    const holding = where && shown > 0 ? pairs.filter((pair) => this.#holdsMarked(pair)) : [];
    this.#wipe(touched);
    pairs.forEach((pair) => (this.#place[pair] = 0));
    return { bySeverity, pairs: holding };
  }

  #shows(cve: number): boolean {
    const standing = this.#standing[cve]!;
    if (standing === visibleBit) {
      return true;
    }
    if ((standing & ruledBit) !== 0 && this.#uncovered[cve] === 0) {
      return false;
    }
    return (
      (standing & measuredBit) === 0 ||
      passesThresholds({
        cvss: this.#cvss[cve]!,
        epss: this.#epss[cve]!,
        thresholds: this.#thresholds,
        kev: this.#kev[cve] === 1,
        prioritised: false,
        accepted: false,
        suppressed: false,
      })
    );
  }

  /** Reads every row of a segment: the hottest loop of the dashboard, so it works on variables instead of fields. */
  #mark(segment: number, met: number): number {
    const { desk, sight } = this.#sources;
    const { segmentStart, segmentStates, rowFact, rowComponent } = desk.snapshot;
    const { states } = sight.view;
    const takesAll = (segmentStates[segment]! & ~states) === 0;
    const signs = this.#signs;
    const worst = this.#worst;
    const touched = this.#touched;
    const end = segmentStart[segment + 1]!;
    let count = met;
    for (let row = segmentStart[segment]!; row < end; row += 1) {
      const sign = signs[rowFact[row]!]!;
      if (sign === 0 || !(takesAll || isInStates(rowComponent[row]!, states))) {
        continue;
      }
      const severity = sign & signSeverity;
      const cve = sign >>> signShift;
      const before = worst[cve]!;
      if (severity > before) {
        worst[cve] = severity;
        if (before === 0) {
          touched[count] = cve;
          count += 1;
        }
      }
      if ((sign & signLook) !== 0) {
        this.#look(cve, segment, row);
      }
    }
    return count;
  }

  /** What decides, where being visible on the whole does not. */
  #look(cve: number, segment: number, row: number): void {
    const { rowFact, rowComponent } = this.#sources.desk.snapshot;
    const standing = this.#standing[cve]!;
    if ((standing & measuredBit) !== 0) {
      this.#measure(cve, rowFact[row]!);
    }
    if ((standing & ruledBit) !== 0 && this.#uncovered[cve] === 0) {
      this.#uncovered[cve] = Number(this.#isUncovered(cve, segment, rowComponent[row]! & componentMask));
    }
  }

  #measure(cve: number, fact: number): void {
    const { factCvss, factEpss, factFlags } = this.#sources.desk.snapshot;
    if (factCvss[fact]! > this.#cvss[cve]!) {
      this.#cvss[cve] = factCvss[fact]!;
    }
    if (factEpss[fact]! > this.#epss[cve]!) {
      this.#epss[cve] = factEpss[fact]!;
    }
    if ((factFlags[fact]! & kevFlag) !== 0) {
      this.#kev[cve] = 1;
    }
  }

  /** Whether a component of a segment of the place holds the CVE somewhere in the place where no approved rule covers it. */
  #isUncovered(cve: number, segment: number, component: number): boolean {
    const { snapshot, ledger } = this.#sources.desk;
    if ((ledger.suppressions.componentMarks[component]! & approvedMark) !== 0) {
      return false;
    }
    const rules = this.#rulesOfCve.get(cve);
    if (rules === undefined) {
      return true;
    }
    for (let at = snapshot.segmentPairStart[segment]!; at < snapshot.segmentPairStart[segment + 1]!; at += 1) {
      const pair = snapshot.segmentPairs[at]!;
      if (this.#place[pair] === 1 && !rules.some((rule) => rule.covers(cve, pair, component))) {
        return true;
      }
    }
    return false;
  }

  #holdsMarked(pair: number): boolean {
    const { desk, sight } = this.#sources;
    const { segmentStart, rowFact, rowComponent, factCve } = desk.snapshot;
    return this.#pairSegments[pair]!.some((segment) => {
      for (let row = segmentStart[segment]!; row < segmentStart[segment + 1]!; row += 1) {
        if (this.#worst[factCve[rowFact[row]!]!] !== 0 && isInStates(rowComponent[row]!, sight.view.states)) {
          return true;
        }
      }
      return false;
    });
  }

  #wipe(touched: Uint32Array): void {
    const worst = this.#worst;
    for (const cve of touched) {
      worst[cve] = 0;
      if (this.#standing[cve] !== visibleBit) {
        this.#cvss[cve] = 0;
        this.#epss[cve] = 0;
        this.#kev[cve] = 0;
        this.#uncovered[cve] = 0;
      }
    }
  }
}

/** Bits of a sign: severity plus one, whether to look closer, then the CVE. */
const signSeverity = 0b111;
const signLook = 0b1000;
const signShift = 4;

function signsOf({ snapshot }: Desk, standing: Uint8Array): Uint32Array {
  const { factCve, factFlags } = snapshot;
  const signs = new Uint32Array(factCve.length);
  for (let fact = 0; fact < signs.length; fact += 1) {
    const cve = factCve[fact]!;
    const stands = standing[cve]!;
    if (stands !== 0) {
      const severity = (factFlags[fact]! & severityMask) + 1;
      signs[fact] = (cve << signShift) | (stands === visibleBit ? 0 : signLook) | severity;
    }
  }
  return signs;
}

/** Where no threshold can hide anything, nothing is measured; where no rule concerns a CVE, no rule is asked. */
function standingOf({ desk, sight, visible }: CounterSources, thresholds: WorkflowThresholds | null): Uint8Array {
  const standing = new Uint8Array(stringCount(desk.snapshot.cves));
  const { priorities, knownExploited, suppressions } = desk.ledger;
  const hidesNothing = thresholds === null || (thresholds.minCvss <= 0 && thresholds.minEpss <= 0);
  for (const position of visible) {
    const cve = sight.view.cves[position]!;
    const isLifted = hidesNothing || priorities.has(cve) || knownExploited.has(cve) || sight.accepted[position] === 1;
    standing[cve] = visibleBit | (isLifted ? 0 : measuredBit) | (suppressions.candidates.has(cve) ? ruledBit : 0);
  }
  return standing;
}

function approvedRules({ ledger }: Desk): ReadonlyMap<number, readonly CompiledSuppression[]> {
  const approved = [...ledger.suppressions.rulesOfCve].map(
    ([cve, rules]) => [cve, rules.filter(({ status }) => status === 'approved')] as const,
  );
  return new Map(approved.filter(([, rules]) => rules.length > 0));
}
