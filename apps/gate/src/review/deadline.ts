/** How long a review may take (ADM-15). */
import { limits } from '../limits.ts';

const units: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000 };

/**
 * Milliseconds until the answer must be on its way: the `timeout` the API server wrote into the query (`10s`, as Go writes
 * durations), less a second for the way back; half of it where it is that short. Without one, or with one that is not
 * understood, 29 seconds.
 */
export function deadlineOf(timeout: string | null): number {
  const asked = goDuration(timeout ?? '');
  if (asked === undefined || asked <= 0) return limits.deadlineMs;
  return Math.min(limits.deadlineMs, Math.max(asked - limits.answerMs, asked / 2));
}

/** A Go duration such as `10s`, `1m30s` or `1.5s` in milliseconds. */
function goDuration(text: string): number | undefined {
  if (!/^(?:\d{1,6}(?:\.\d{1,9})?(?:ms|s|m))+$/.test(text)) return undefined;
  let total = 0;
  for (const [, amount, unit = ''] of text.matchAll(/([\d.]+)(ms|s|m)/g)) total += Number(amount) * (units[unit] ?? 0);
  return total;
}
