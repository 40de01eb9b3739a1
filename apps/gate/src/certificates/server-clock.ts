/** The time as the API server has it, learnt from what it writes into objects: callers judge certificates by that clock. */
import type { ClusterObject } from './cluster.ts';

/** Differences up to this are not worth a word: certificates of the gate begin an hour early. */
const toleratedMs = 5 * 60_000;

/** The clock of this replica, put right where the API server was seen to have another. */
export class ServerClock {
  readonly #local: () => number;
  #aheadMs = 0;
  #isConfirmed = false;

  /** @param local milliseconds since 1970 by the clock of this replica */
  constructor(local: () => number) {
    this.#local = local;
  }

  /** Milliseconds since 1970; of the API server, where its clock differs by more than certificates forgive. */
  now(): number {
    return this.#local() - this.skewMs;
  }

  /** How much the clock of this replica is ahead; 0 where that is little or not known. */
  get skewMs(): number {
    return Math.abs(this.#aheadMs) > toleratedMs ? this.#aheadMs : 0;
  }

  /** Whether the API server's time was seen at all. */
  get isConfirmed(): boolean {
    return this.#isConfirmed;
  }

  /** Takes the time from an object that was written just now. One that bears no newer time than before tells nothing. */
  notice(before: ClusterObject | undefined, after: ClusterObject): void {
    const time = newestTime(after);
    if (time === undefined || (before !== undefined && time <= (newestTime(before) ?? Infinity))) return;
    this.#aheadMs = this.#local() - time;
    this.#isConfirmed = true;
  }
}

function newestTime({ metadata }: ClusterObject): number | undefined {
  const managed = metadata['managedFields'];
  const times = [
    metadata['creationTimestamp'],
    ...(Array.isArray(managed) ? managed.map((entry: { readonly time?: unknown } | null) => entry?.time) : []),
  ].flatMap((text) => (typeof text === 'string' ? [Date.parse(text)] : []));
  const known = times.filter((time) => !Number.isNaN(time));
  return known.length === 0 ? undefined : Math.max(...known);
}
