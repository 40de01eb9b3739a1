/** Why something is to be done today, until when, and what mends it, in words with their values. */
import type { TodayItem } from '@pratique/hub/contract';
import type { TFunction } from 'i18next';
import type { Format } from '../design/format.ts';

export interface ReasonContext {
  readonly t: TFunction;
  readonly format: Format;
  /** Language of the words, for names of weekdays. */
  readonly language: string;
  /** The moment the reader looks, in their own time zone. */
  readonly now: Date;
  readonly lastVisit: string | null;
}

/** `Known exploited`, `Priority high`, `94.3% exploit probability`. */
export function whyText(item: TodayItem, { t, format, lastVisit }: ReasonContext): string {
  switch (item.reason) {
    case 'kev_overdue':
    case 'kev':
      return t('dashboard.reason.kev');
    case 'priority':
      return item.priority_level
        ? t('dashboard.reason.priorityLevel', { level: t(`dashboard.level.${item.priority_level}`) })
        : t('dashboard.reason.priority');
    case 'likely':
      return t('dashboard.reason.likely', { epss: format.percent(item.epss_probability) });
    case 'new':
      return lastVisit === null
        ? t('dashboard.reason.new')
        : t('dashboard.reason.newSince', { at: format.date(lastVisit) });
  }
}

/** What to bring in, and how many more components need something of their own. */
export interface Fix {
  /** `libwebp 1.2.4-r11`; the component alone where no version of it mends the CVE, null where none is named. */
  readonly what: string | null;
  readonly more: number;
}

/**
 * The first fix is enough to begin with. The hub names one version where it mends every component, and else each
 * component with its own.
 */
export function fixOf({ fixable, fixed_by, component_names: names }: TodayItem): Fix {
  const [component] = names;
  const name = component === undefined ? null : shortName(component);
  if (!fixable || fixed_by === null) return { what: name, more: Math.max(0, names.length - 1) };
  const [first = fixed_by, ...more] = fixed_by.split(', ');
  const isNamed = names.some((one) => first.startsWith(`${one} `));
  const what = isNamed || name === null ? shortName(first) : `${name} ${first}`;
  return { what, more: more.length };
}

/** Java's names begin with who made it; the last part is what people say. */
function shortName(name: string): string {
  const [group, ...rest] = name.split(':');
  return rest.length === 0 || group?.includes(' ') === true ? name : rest.join(':');
}

/** '' without a due day. A day within a week is called by its name, a past one by its date. */
export function dueText(due: string | null, { t, format, language, now }: Omit<ReasonContext, 'lastVisit'>): string {
  if (due === null) return '';
  const days = daysUntil(due, now);
  if (days < 0) return t('dashboard.due.was', { day: format.day(due) });
  if (days === 0) return t('dashboard.due.today');
  if (days === 1) return t('dashboard.due.tomorrow');
  if (days < 7) return t('dashboard.due.weekday', { day: weekday(due, language) });
  return t('dashboard.due.on', { day: format.day(due) });
}

/** Whether the due day has passed; the day itself has not. */
export function isPast(due: string | null, now: Date): boolean {
  return due !== null && daysUntil(due, now) < 0;
}

/** Calendar days from the reader's today to `due`, a UTC day as the hub names it. */
function daysUntil(due: string, now: Date): number {
  const today = Date.UTC(now.getFullYear(), now.getMonth(), now.getDate());
  return Math.round((Date.parse(`${due}T00:00:00Z`) - today) / 86_400_000);
}

function weekday(day: string, language: string): string {
  return new Intl.DateTimeFormat(language, { weekday: 'long', timeZone: 'UTC' }).format(new Date(`${day}T00:00:00Z`));
}
