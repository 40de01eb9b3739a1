import { LRUCache } from 'lru-cache';
import type { InventoryImage } from '../findings/inventory.ts';
import { Lexicon } from '../findings/lexicon.ts';
import type { Snapshot } from '../findings/snapshot.ts';
import { stringAt } from '../findings/string-table.ts';
import { Aggregator, observedOnly, type ScopeView, type StateMask } from './aggregate.ts';
import { viewOfCve } from './cve-view.ts';
import { passesThresholds } from './decide.ts';
import { compileLedger, type Ledger } from './ledger.ts';
import type { ScopeFilter } from './reach.ts';
import { pairNamesOf, resolveScope, type PairNames, type Scope } from './scope.ts';
import { coverageBook, type CoverageBook } from './suppression.ts';
import { liftsThresholds, type Viewer } from './viewer.ts';
import { emptyWorkflow, type Workflow, type WorkflowAcceptance, type WorkflowThresholds } from './workflow.ts';

/** About a hundred small scopes or a dozen whole fleets. */
const cachedViewBytes = 64 * 1024 * 1024;
/** Answers are counted by a rough estimate each gives of itself; a thread keeps this many bytes of them. */
const cachedAnswerBytes = 48 * 1024 * 1024;

/** A viewer looking at a scope: what they may see there and why. */
export interface Sight {
  readonly view: ScopeView;
  readonly coverage: CoverageBook;
  /** 1 for each position of `view` that passes thresholds or is lifted over them; suppression not considered. */
  readonly passes: Uint8Array;
  /** 1 where every occurrence is covered by approved rules. */
  readonly suppressed: Uint8Array;
  /** 1 where the KEV catalogue or the source says: exploited. */
  readonly kev: Uint8Array;
  /** 1 where an active acceptance counts for the viewer. */
  readonly accepted: Uint8Array;
}

/**
 * Everything one thread keeps about one version: decoded texts, the compiled workflow, and results by
 * (scope, viewer, workflow revision). Dropped as a whole when the next version arrives.
 */
export class Desk {
  readonly snapshot: Snapshot;
  readonly lexicon: Lexicon;
  readonly pairNames: PairNames;
  /** Epoch milliseconds of the last successful look at the source; moves on while nothing changes. */
  dataAsOf: number;
  readonly #aggregator: Aggregator;
  readonly #views = new LRUCache<string, ScopeView>({
    maxSize: cachedViewBytes,
    sizeCalculation: (view) => 256 + view.scope.pairs.length + view.segments.length + view.cves.length * 40,
  });
  readonly #answers = new LRUCache<string, Remembered>({
    maxSize: cachedAnswerBytes,
    sizeCalculation: ({ bytes }) => bytes,
  });
  readonly #whole: ScopeView | null;
  #ledger: Ledger | null = null;

  /** `whole`: what is known of everything that runs, where somebody has worked it out already; see `wholeView`. */
  constructor(snapshot: Snapshot, whole: ScopeView | null = null) {
    this.snapshot = snapshot;
    this.#whole = whole;
    this.dataAsOf = snapshot.dataAsOf;
    this.lexicon = new Lexicon(snapshot);
    this.pairNames = pairNamesOf(snapshot);
    this.#aggregator = new Aggregator(snapshot);
  }

  /** Takes the workflow of the coming questions; recompiled only when its revision moved. */
  useWorkflow(workflow: Workflow): void {
    if (this.#ledger?.workflow.revision !== workflow.revision || this.#ledger.workflow !== workflow) {
      const { snapshot, lexicon, pairNames } = this;
      this.#ledger = compileLedger({ snapshot, lexicon, pairNames, workflow });
      this.#answers.clear();
    }
  }

  /** Decodes what nearly every question needs, so that the first person after a new version does not wait for it. */
  prepare(): void {
    this.lexicon.cveIndex('');
    this.segmentsByPair();
  }

  get ledger(): Ledger {
    if (this.#ledger === null) {
      this.useWorkflow(emptyWorkflow);
    }
    return this.#ledger!;
  }

  /** Name of a deployment. */
  deploymentName(deployment: number): string {
    return stringAt(this.snapshot.names.deploymentNames, deployment);
  }

  /** Full name of an image as deployed. */
  imageName(image: number): string {
    return stringAt(this.snapshot.names.imageNames, image);
  }

  /** The segments that run in each pair. */
  segmentsByPair(): readonly (readonly number[])[] {
    return this.remember(
      'segments-by-pair',
      () => this.snapshot.segmentPairs.length * 8,
      () => {
        const { segmentPairStart, segmentPairs } = this.snapshot;
        const lists: number[][] = this.pairNames.namespaces.map(() => []);
        for (let segment = 0; segment + 1 < segmentPairStart.length; segment += 1) {
          for (let at = segmentPairStart[segment]!; at < segmentPairStart[segment + 1]!; at += 1) {
            lists[segmentPairs[at]!]!.push(segment);
          }
        }
        return lists;
      },
    );
  }

  /** Everything the small tables say of an image. */
  imageRecord(image: number): InventoryImage {
    return JSON.parse(stringAt(this.snapshot.names.imageRecords, image)) as InventoryImage;
  }

  /** The pairs a viewer's reach covers, narrowed. */
  scope(viewer: Viewer, filter: ScopeFilter): Scope {
    return resolveScope(this.pairNames, viewer.reach, filter);
  }

  /** The aggregates of a scope, computed once per version. */
  view(scope: Scope, states: StateMask = observedOnly): ScopeView {
    const key = `${states}|${scope.key}`;
    const known = this.#views.get(key);
    if (known !== undefined) {
      return known;
    }
    if (this.#whole?.states === states && this.#whole.scope.key === scope.key) {
      return this.#whole;
    }
    const view = this.#aggregator.view(scope, states);
    this.#views.set(key, view);
    return view;
  }

  /** What a viewer sees of a scope. `thresholds` replaces those of the workflow, for previews. */
  sight(viewer: Viewer, scope: Scope, states: StateMask = observedOnly): Sight {
    const key = `sight|${states}|${scope.key}|${viewerKey(viewer)}`;
    const weigh = (sight: Sight) => sight.passes.length * 44 + sight.view.segments.length;
    const thresholds = thresholdsFor(this.ledger.workflow, viewer);
    return this.remember(key, weigh, () => sightOf(this, { viewer, view: this.view(scope, states), thresholds }));
  }

  /** The same for a single CVE, by its index: empty where it does not occur. Reads nothing of any other, so it is not kept. */
  sightOfCve(viewer: Viewer, cve: number, { scope, states }: { scope: Scope; states: StateMask }): Sight {
    const view = viewOfCve(this.snapshot, { cve, scope, states });
    return sightOf(this, { viewer, view, thresholds: thresholdsFor(this.ledger.workflow, viewer) });
  }

  /** `compute()` once per (version, workflow revision, key); `weigh` estimates what keeping the answer costs, in bytes. */
  remember<T extends object>(key: string, weigh: (answer: T) => number, compute: () => T): T {
    const known = this.#answers.get(key);
    if (known !== undefined) {
      return known.answer as T;
    }
    const answer = compute();
    this.#answers.set(key, { answer, bytes: 256 + key.length * 2 + Math.ceil(weigh(answer)) });
    return answer;
  }
}

/** A kept answer with its weight. */
interface Remembered {
  readonly answer: object;
  readonly bytes: number;
}

/** The thresholds that bind a viewer: none bind the security team. */
export function thresholdsFor(workflow: Workflow, viewer: Viewer): WorkflowThresholds | null {
  return viewer.isSecTeam ? null : workflow.thresholds;
}

/** Equal for viewers who see the same of the same scope. */
export function viewerKey(viewer: Viewer): string {
  const reach = viewer.reach.kind === 'all' ? 'all' : JSON.stringify(viewer.reach);
  return `${viewer.isSecTeam}|${viewer.seesAll}|${reach}`;
}

interface Looking {
  readonly viewer: Viewer;
  readonly view: ScopeView;
  readonly thresholds: WorkflowThresholds | null;
}

function sightOf(desk: Desk, { viewer, view, thresholds }: Looking): Sight {
  const { ledger } = desk;
  const coverage = coverageBook(desk.snapshot, ledger, view);
  const count = view.cves.length;
  const sight = {
    view,
    coverage,
    passes: new Uint8Array(count),
    suppressed: new Uint8Array(count),
    kev: new Uint8Array(count),
    accepted: new Uint8Array(count),
  };
  for (let at = 0; at < count; at += 1) {
    const cve = view.cves[at]!;
    const isConcerned = ledger.concerned[cve] === 1;
    const kev = view.kev[at] === 1 || (isConcerned && ledger.knownExploited.has(cve));
    const accepted = isConcerned && isAcceptedFor(viewer, ledger.acceptances.get(cve));
    const suppressed = isConcerned && coverage.isSuppressed(cve);
    const prioritised = isConcerned && ledger.priorities.has(cve);
    const facts = { cvss: view.cvss[at]!, epss: view.epss[at]!, thresholds, kev, prioritised, accepted, suppressed };
    sight.kev[at] = Number(kev);
    sight.accepted[at] = Number(accepted);
    sight.suppressed[at] = Number(suppressed);
    sight.passes[at] = Number(passesThresholds(facts));
  }
  return sight;
}

function isAcceptedFor(viewer: Viewer, acceptances: readonly WorkflowAcceptance[] | undefined): boolean {
  return acceptances?.some((acceptance) => liftsThresholds(viewer, acceptance)) ?? false;
}

/** Positions of a sight that are visible: the set every figure and list is made from. */
export function visiblePositions(sight: Sight, showSuppressed: boolean): number[] {
  return Array.from(passingPositions(sight, showSuppressed, null));
}

/** The same as typed array, as far as `test` lets them pass; null lets everything pass. */
export function passingPositions(
  sight: Sight,
  showSuppressed: boolean,
  test: ((position: number) => boolean) | null,
): Uint32Array {
  const positions = new Uint32Array(sight.passes.length);
  let count = 0;
  for (let at = 0; at < positions.length; at += 1) {
    if (sight.passes[at] === 1 && (showSuppressed || sight.suppressed[at] === 0) && (test === null || test(at))) {
      positions[count] = at;
      count += 1;
    }
  }
  return positions.subarray(0, count);
}
