/**
 * Central keeps scores as 32-bit floats widened to `numeric`: 7.1 arrives as 7.099999904632568. They are
 * rounded once, here at the edge, to what a person sees, and compared as 32-bit floats ever after.
 */

/** A CVSS or impact score: one decimal, as published. */
export function cvssFromCentral(stored: number): number {
  return Math.fround(Math.round(stored * 10) / 10);
}

/** An EPSS probability: five decimals, as FIRST publishes it. */
export function epssFromCentral(stored: number): number {
  return Math.fround(Math.round(stored * 100_000) / 100_000);
}

/** The number to show for a 32-bit CVSS or impact score. */
export function shownCvss(score: number): number {
  return Math.round(score * 10) / 10;
}

/** The number to show for a 32-bit EPSS probability. */
export function shownEpss(probability: number): number {
  return Math.round(probability * 100_000) / 100_000;
}

/** Whether a 32-bit score reaches a limit given as an ordinary number; inclusive. */
export function reachesLimit(score: number, limit: number): boolean {
  return score >= Math.fround(limit);
}
