/** Trying again: only what may pass by itself, a few times, with pauses that do not beat in step with others. */
import { isFault } from '@pratique/runtime/fault';
import type { OciFaultCode } from '../errors.ts';
import type { Waiting } from '../store.ts';

/** What trying again needs from outside. */
export interface RetryTools {
  /** Between 0 and 1. */
  readonly random: () => number;
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
  /** Tries in all; default 3. */
  readonly attempts?: number;
  /** Told before each pause. */
  readonly onRetry?: (fault: Error, ms: number) => void;
}

/** Tries in all, where nothing else is said. */
export const defaultAttempts = 3;

/** Pauses before the second and the third try in milliseconds, and how far they are spread. */
const pauses = [1_000, 3_000];
const jitter = 0.1;

/** The longest a registry may make one wait. */
const longestPause = 30_000;

/** What may pass by itself. A full disk, a refusal and a broken certificate do not. */
const passing: readonly OciFaultCode[] = [
  'registry-failed',
  'registry-unreachable',
  'registry-timeout',
  'registry-rate-limited',
  'registry-upload-lost',
];

/** Whether it makes sense to try again after this. */
export function mayPass(error: unknown): boolean {
  if (!isFault<OciFaultCode>(error)) return false;
  // A name service that is overloaded answers later, one that knows no such name will not.
  if (error.code === 'registry-host-unknown') return error.values.reason === 'EAI_AGAIN';
  // RFC 9110: 501 and 505 say that the server will never do it.
  if (error.code === 'registry-failed' && (error.values.status === 501 || error.values.status === 505)) return false;
  return passing.includes(error.code);
}

/** Repeats `work` as a whole; the last fault passes unchanged. `work` learns which try it is, from 1. */
export async function retrying<T>(
  work: (attempt: number) => Promise<T>,
  tools: RetryTools,
  waiting?: Waiting,
): Promise<T> {
  const attempts = tools.attempts ?? defaultAttempts;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work(attempt);
    } catch (error) {
      if (attempt >= attempts || !mayPass(error)) throw error;
      const ms = pauseAfter(error, attempt, tools.random);
      tools.onRetry?.(error as Error, ms);
      await tools.sleep(ms, waiting?.signal);
    }
  }
}

/** Milliseconds to wait after the given try: what the registry asks for up to a bound, else the usual pause. */
export function pauseAfter(error: unknown, attempt: number, random: () => number): number {
  const asked = isFault(error) ? error.values.retryAfter : undefined;
  const usual = pauses[Math.min(attempt, pauses.length) - 1] ?? longestPause;
  const ms = typeof asked === 'number' ? Math.max(asked * 1_000, 100) : usual;
  return Math.min(longestPause, ms * (1 - jitter + 2 * jitter * random()));
}

/** Seconds from `Retry-After` (RFC 9110 section 10.2.3: a number or a date), or undefined where it says nothing. */
export function retryAfterOf(header: string | undefined, now: Date): number | undefined {
  if (header === undefined) return undefined;
  if (/^\d{1,9}$/.test(header.trim())) return Number(header);
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, Math.ceil((date - now.getTime()) / 1_000));
}
