/**
 * Tells the hub what the gate decided. A verdict never waits for it: decisions are put into a bounded queue and reported in batches; what
 * does not fit is dropped, oldest first, and counted. A gate that decides nothing still reports once a minute, so that the desk
 * can tell a quiet cluster from a silent gate.
 *
 * The program configures it by `PRATIQUE_HUB_URL`, `PRATIQUE_HUB_API_KEY` (or `PRATIQUE_HUB_API_KEY_FILE`, read anew for every report) and
 * `PRATIQUE_CLUSTER_NAME`, which must be the name StackRox knows the cluster by; without a URL nothing is reported.
 */
import type { AdmissionDecision, AdmissionReport } from '@pratique/hub/contract';
import { fitDecision } from './report/fit.ts';
import { DecisionQueue, type QueueLimits } from './report/queue.ts';
import { sendReport, type HubAddress, type SendOutcome } from './report/send.ts';

/** What reporting needs. */
export interface DecisionReportOptions extends Omit<HubAddress, 'timeoutMs'> {
  readonly clusterName: string;
  /** Which gate this is: the pod. */
  readonly instance: string;
  readonly version: string;
  /** Hash of the policy in force, asked for every report. */
  readonly policyHash: () => string;
  readonly now: () => Date;
  /** 0 to 1; spreads retries of many gates. */
  readonly random: () => number;
  /** Told when reporting begins to fail, and when it works again (null). Never called twice with the same. */
  readonly onProblem?: (problem: string | null) => void;
  readonly pace?: Partial<ReportPace>;
  readonly limits?: QueueLimits;
}

/** Times in milliseconds. */
export interface ReportPace {
  /** From a decision to its report; others come along meanwhile. */
  readonly gatherMs: number;
  readonly heartbeatMs: number;
  readonly timeoutMs: number;
  /** First wait after a failure; doubles up to `maxBackoffMs`. */
  readonly backoffMs: number;
  readonly maxBackoffMs: number;
  /** Longest that stopping may take to report what is left. */
  readonly stopMs: number;
}

const usualPace: ReportPace = {
  gatherMs: 1_000,
  heartbeatMs: 60_000,
  timeoutMs: 10_000,
  backoffMs: 1_000,
  maxBackoffMs: 60_000,
  stopMs: 2_000,
};

/** Fewer than the hub takes at once: writing a report down must not hold up verdicts for more than a few milliseconds. */
const decisionsAtOnce = 150;
/** A quarter of what the hub takes, so that escapes have room. */
const reportCharacters = 1024 * 1024;
/** Between reports that look for the decision the hub refuses. */
const searchDelayMs = 50;

/** How reporting goes, for health, metrics and doctor. */
export interface ReportFacts {
  readonly queued: number;
  /** Decisions the hub has, and those it will never have, since the start. */
  readonly reported: number;
  readonly dropped: number;
  /** ISO 8601; null before the first. */
  readonly lastReportAt: string | null;
  /** Why the last report failed; null while all is well. */
  readonly problem: string | null;
}

/** The reporting of one gate. */
export interface DecisionReport {
  /** Never waits and never throws. */
  add(decision: AdmissionDecision): void;
  facts(): ReportFacts;
  /** Reports what is left, for two seconds at most; what is left then is lost. */
  stop(): Promise<void>;
}

/** Starts reporting; the first report is sent at once, so that the hub knows of the gate. */
export function createDecisionReport(options: DecisionReportOptions): DecisionReport {
  return new Reporter(options);
}

class Reporter implements DecisionReport {
  readonly #options: DecisionReportOptions;
  readonly #pace: ReportPace;
  readonly #queue: DecisionQueue;
  readonly #abort = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #sending: Promise<void> | null = null;
  /** When the next report is due, by the monotonic clock. */
  #due = Infinity;
  #retryAfterMs: number | null = null;
  #isStopping = false;
  #failures = 0;
  /** Decisions per report; smaller while the hub refuses one of a batch, to find which. */
  #batch = decisionsAtOnce;
  #reported = 0;
  #lost = 0;
  #lastReportAt: string | null = null;
  #problem: string | null = null;

  constructor(options: DecisionReportOptions) {
    this.#options = options;
    this.#pace = { ...usualPace, ...options.pace };
    this.#queue = new DecisionQueue(options.limits);
    this.#schedule(0);
  }

  add(decision: AdmissionDecision): void {
    if (this.#isStopping) return;
    // Without an id of its own a request could not be told from another (the API server always sends one).
    const uid = decision.uid === '' ? `none-${this.#options.random().toString(36).slice(2)}` : decision.uid;
    // Names of megabytes would push out what others did; what is told is short anyway.
    this.#queue.add(fitDecision({ ...decision, uid }));
    if (this.#sending === null && this.#failures === 0) this.#scheduleBy(this.#pace.gatherMs);
  }

  facts(): ReportFacts {
    return {
      queued: this.#queue.length,
      reported: this.#reported,
      dropped: this.#lost + this.#queue.dropped,
      lastReportAt: this.#lastReportAt,
      problem: this.#problem,
    };
  }

  async stop(): Promise<void> {
    if (this.#isStopping) return;
    this.#isStopping = true;
    clearTimeout(this.#timer);
    const deadline = setTimeout(() => this.#abort.abort(), this.#pace.stopMs);
    await this.#sending;
    while (this.#queue.length > 0 && !this.#abort.signal.aborted && this.#failures === 0) await this.#send();
    clearTimeout(deadline);
  }

  /** Sends at the latest in `ms`, or sooner where that is planned already. */
  #scheduleBy(ms: number): void {
    if (performance.now() + ms < this.#due) this.#schedule(ms);
  }

  #schedule(ms: number): void {
    clearTimeout(this.#timer);
    if (this.#isStopping) return;
    this.#due = performance.now() + ms;
    this.#timer = setTimeout(() => {
      this.#due = Infinity;
      this.#sending = this.#send().finally(() => {
        this.#sending = null;
        this.#schedule(this.#nextDelay());
      });
    }, ms);
    this.#timer.unref();
  }

  #nextDelay(): number {
    const { backoffMs, maxBackoffMs, heartbeatMs, gatherMs } = this.#pace;
    if (this.#failures > 0) {
      const ceiling = Math.min(maxBackoffMs, backoffMs * 2 ** Math.min(this.#failures - 1, 16));
      // Full jitter down to half: many gates lose the hub at the same moment.
      return Math.max(this.#retryAfterMs ?? 0, ceiling * (0.5 + this.#options.random() / 2));
    }
    if (this.#queue.length === 0) return heartbeatMs;
    if (this.#batch < decisionsAtOnce) return searchDelayMs;
    return this.#queue.length >= decisionsAtOnce ? 0 : gatherMs;
  }

  async #send(): Promise<void> {
    const decisions = this.#queue.take({ decisions: this.#batch, characters: reportCharacters });
    const { dropped } = this.#queue;
    const outcome = await sendReport(
      { ...this.#options, timeoutMs: this.#pace.timeoutMs },
      this.#reportOf(decisions, dropped),
      this.#abort.signal,
    );
    this.#settle(outcome, decisions, dropped);
  }

  #reportOf(decisions: readonly AdmissionDecision[], dropped: number): AdmissionReport {
    const { clusterName, instance, version, policyHash } = this.#options;
    return {
      cluster_name: clusterName,
      gate: { instance, version, policy_hash: policyHash() },
      dropped,
      decisions: [...decisions],
    };
  }

  #settle(outcome: SendOutcome, decisions: readonly AdmissionDecision[], dropped: number): void {
    if (outcome.kind === 'taken') {
      this.#batch = decisionsAtOnce;
      this.#reported += decisions.length;
      this.#queue.settle(dropped);
      this.#lost += dropped;
      this.#lastReportAt = this.#options.now().toISOString();
      this.#say(null);
      return;
    }
    if (outcome.kind === 'unacceptable' && decisions.length === 1) {
      // Alone it was refused as well: it would be refused for ever, and everything behind it would wait.
      this.#queue.lose(1);
      return;
    }
    this.#queue.putBack(decisions);
    if (outcome.kind === 'unacceptable' && decisions.length > 1) {
      this.#batch = Math.ceil(decisions.length / 2);
      return;
    }
    this.#retryAfterMs = outcome.kind === 'failed' ? outcome.retryAfterMs : null;
    this.#say(outcome.problem);
  }

  #say(problem: string | null): void {
    const isNews = (problem === null) !== (this.#problem === null);
    this.#failures = problem === null ? 0 : this.#failures + 1;
    this.#problem = problem;
    if (isNews) this.#options.onProblem?.(problem);
  }
}
