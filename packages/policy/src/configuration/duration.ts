/** Lengths of time as Kubernetes and Go write them, and days beside them. */

const units: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Ten years: longer ones are slips. */
const longest = 3_660 * 86_400_000;

/** Milliseconds of `30s`, `1h30m`, `7d`; undefined where it is none, is nothing or more than ten years. */
export function durationMs(text: string): number | undefined {
  if (!/^(?:\d{1,9}(?:ms|[smhd]))+$/.test(text)) return undefined;
  const parts = [...text.matchAll(/(\d+)(ms|[smhd])/g)];
  const ms = parts.reduce((sum, [, count, unit]) => sum + Number(count) * (units[unit ?? ''] ?? Number.NaN), 0);
  return ms > 0 && ms <= longest ? ms : undefined;
}
