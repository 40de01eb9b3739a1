/** How often what is done though nothing happened. Milliseconds. */
export interface LoopTimes {
  /** How long the start waits for the Secret before it serves from files or with a stand-in. */
  readonly firstMs: number;
  /** Everything is looked over again. */
  readonly regularMs: number;
  /** The same while some object cannot be watched but only read; short of the five seconds that are promised. */
  readonly brokenMs: number;
  /** Between questions whether this replica is ready and the Service answers, until the webhook is switched on. */
  readonly readyMs: number;
  /** A replica says again what it serves. */
  readonly reportMs: number;
  /** First and longest pause after the API server could not be asked. */
  readonly retryMs: number;
  readonly longestRetryMs: number;
  /** Between repairs while somebody else keeps undoing them; short of the five seconds that are promised. */
  readonly contestedMs: number;
}

export const usualTimes: LoopTimes = {
  firstMs: 3_000,
  regularMs: 30_000,
  brokenMs: 3_000,
  readyMs: 1_000,
  reportMs: 600_000,
  retryMs: 500,
  longestRetryMs: 30_000,
  contestedMs: 3_000,
};
