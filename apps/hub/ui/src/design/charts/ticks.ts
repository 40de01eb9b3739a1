/** Where the axes of charts are marked. */

const steps = [1, 2, 5];

/** At most five whole numbers from 0 to `highest`: counts have no halves. */
export function wholeTicks(highest: number): readonly number[] {
  const step = niceStep(Math.max(1, highest) / 4);
  return Array.from({ length: Math.floor(highest / step) + 1 }, (_unused, index) => index * step);
}

/** The smallest of 1, 2, 5, 10, 20, 50 … that is not below `least`. */
function niceStep(least: number): number {
  for (let power = 1; ; power *= 10) {
    const fitting = steps.find((step) => step * power >= least);
    if (fitting !== undefined) return fitting * power;
  }
}

/** Positions of the days that are named below a chart: as many as fit, the last day among them. */
export function dayTicks(count: number, width: number): readonly number[] {
  const last = count - 1;
  const step = Math.max(1, Math.ceil(count / Math.max(2, Math.floor(width / 90))));
  return Array.from({ length: Math.floor(last / step) + 1 }, (_unused, index) => last - index * step).toReversed();
}

/** `Nov 21`: a UTC day without its year. */
export function shortDay(day: string, language: string): string {
  const at = new Date(`${day}T00:00:00Z`);
  if (Number.isNaN(at.getTime())) return '';
  return new Intl.DateTimeFormat(language, { day: 'numeric', month: 'short', timeZone: 'UTC' }).format(at);
}
