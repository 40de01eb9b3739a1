/** Months of an image's history. */
import type { ImageDetail } from '@pratique/hub/contract';

export type Month = ImageDetail['cve_timeline'][number];

/** More bars than this cannot be told apart. */
const maxMonths = 24;

/** The last two years at most, months in which nothing was found included: a gap in time must look like one. */
export function monthsOf(timeline: readonly Month[]): readonly Month[] {
  const sorted = timeline.toSorted((a, b) => (a.month < b.month ? -1 : 1));
  const first = sorted[0];
  const last = sorted.at(-1);
  if (first === undefined || last === undefined) return [];
  const known = new Map(sorted.map((month) => [month.month.slice(0, 7), month]));
  const from = Math.max(numberOf(first.month), numberOf(last.month) - maxMonths + 1);
  const count = numberOf(last.month) - from + 1;
  if (!Number.isInteger(count) || count < 1) return sorted.slice(-maxMonths);
  return Array.from({ length: count }, (_unused, index) => {
    const month = nameOf(from + index);
    return known.get(month) ?? { month: `${month}-01`, critical: 0, important: 0, moderate: 0, low: 0 };
  });
}

function numberOf(month: string): number {
  return Number(month.slice(0, 4)) * 12 + Number(month.slice(5, 7)) - 1;
}

function nameOf(number: number): string {
  return `${String(Math.floor(number / 12)).padStart(4, '0')}-${String((number % 12) + 1).padStart(2, '0')}`;
}

/** `Oct 2026`; the text itself where it is no month. */
export function monthName(month: string, language: string): string {
  const at = new Date(`${month.slice(0, 7)}-01T00:00:00Z`);
  if (Number.isNaN(at.getTime())) return month;
  return new Intl.DateTimeFormat(language, { month: 'short', year: 'numeric', timeZone: 'UTC' }).format(at);
}
