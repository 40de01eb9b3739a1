/** Numbers, dates and shares as the reader's language writes them. */
import { useTranslation } from 'react-i18next';

const locales: Readonly<Record<string, string>> = { en: 'en-US', es: 'es-ES', de: 'de-DE' };

export interface Format {
  /** `Mar 4, 2026`; '' for text that is no date. */
  readonly date: (iso: string) => string;
  /** A calendar day (`YYYY-MM-DD`), never moved by the reader's time zone. */
  readonly day: (day: string) => string;
  readonly dateTime: (iso: string) => string;
  /** Only the time when the instant is of the same day as `now`, else date and time. */
  readonly clock: (iso: string, now: Date) => string;
  readonly count: (value: number) => string;
  /** One digit after the point, as scores are known. */
  readonly score: (value: number) => string;
  /** A probability 0–1 as a percentage. Only zero is shown as zero and only one as 100%: `< 0.01%` and `> 99.9%` are the ends of the rest. */
  readonly percent: (share: number) => string;
}

const tiny = 0.0001;
const nearlyAll = 0.999;

const built = new Map<string, Format>();

/**
 * The formats of one language (`en`, `es` or `de`). Built once: each holds memory outside of JavaScript, and a table in
 * which every cell had its own made the browser stand still for 150 ms whenever they were collected.
 */
export function formatFor(language: string): Format {
  const locale = locales[language.split('-')[0] ?? ''] ?? 'en-US';
  const known = built.get(locale);
  if (known !== undefined) return known;
  const format = build(locale);
  built.set(locale, format);
  return format;
}

function build(locale: string): Format {
  const date = new Intl.DateTimeFormat(locale, { dateStyle: 'medium' });
  const day = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeZone: 'UTC' });
  const dateTime = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' });
  const time = new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit', hour12: false });
  const count = new Intl.NumberFormat(locale);
  const score = new Intl.NumberFormat(locale, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
  const percent = new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 1 });
  const small = new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 2 });
  return {
    date: (iso) => render(date, iso),
    day: (value) => render(day, value.slice(0, 10)),
    dateTime: (iso) => render(dateTime, iso),
    clock: (iso, now) => render(sameDay(iso, now) ? time : dateTime, iso),
    count: (value) => count.format(value),
    score: (value) => score.format(value),
    percent: (share) => {
      if (share > 0 && share < tiny) return `< ${small.format(tiny)}`;
      if (share < 1 && share > nearlyAll) return `> ${percent.format(nearlyAll)}`;
      return (share < 0.01 ? small : percent).format(share);
    },
  };
}

/** The formats of the language being read. */
export function useFormat(): Format {
  const { i18n } = useTranslation();
  return formatFor(i18n.language);
}

function render(format: Intl.DateTimeFormat, iso: string): string {
  const instant = new Date(iso);
  return Number.isNaN(instant.getTime()) ? '' : format.format(instant);
}

function sameDay(iso: string, now: Date): boolean {
  return new Date(iso).toDateString() === now.toDateString();
}
