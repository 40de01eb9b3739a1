/** Why something is to be done today, and until when, in words with their values. */
import type { CveListItem, TodayItem } from '@pratique/hub/contract';
import type { TFunction } from 'i18next';
import type { Format } from '../design/format.ts';
import { severityName } from '../design/severity.tsx';

export interface ReasonContext {
  readonly t: TFunction;
  readonly format: Format;
  /** Language of the words, for names of weekdays. */
  readonly language: string;
  /** The moment the reader looks, in their own time zone. */
  readonly now: Date;
  readonly lastVisit: string | null;
  /** The level the security team gave, where it is known. */
  readonly level?: CveListItem['priority_level'];
}

/** One sentence without a full stop: `Known exploited, was due Dec 24, 2021, fix in 2.17.1`. */
export function reasonText(item: TodayItem, context: ReasonContext): string {
  const parts = [whyText(item, context), dueText(item.due, context), fixText(item, context)];
  return parts.filter((part) => part !== '').join(', ');
}

function whyText(item: TodayItem, { t, format, lastVisit, level }: ReasonContext): string {
  switch (item.reason) {
    case 'kev_overdue':
    case 'kev':
      return t('dashboard.reason.kev');
    case 'priority':
      return level
        ? t('dashboard.reason.priorityLevel', { level: t(`dashboard.level.${level}`) })
        : t('dashboard.reason.priority');
    case 'likely':
      return t('dashboard.reason.likely', {
        epss: format.percent(item.epss_probability),
        severity: t(`dashboard.severityInline.${severityName(item.severity)}`),
      });
    case 'new':
      return lastVisit === null
        ? t('dashboard.reason.new')
        : t('dashboard.reason.newSince', { at: format.date(lastVisit) });
  }
}

/** Where several components have a fix the hub names each with its version; the first is enough to begin with. */
function fixText(item: TodayItem, { t }: ReasonContext): string {
  if (!item.fixable) return t('dashboard.reason.noFix');
  const [version, ...more] = item.fixed_by?.split(', ') ?? [];
  if (version === undefined) return t('dashboard.reason.fixable');
  return more.length === 0
    ? t('dashboard.reason.fix', { version })
    : t('dashboard.reason.fixAndMore', { version, count: more.length });
}

/** '' without a due day. A day within a week is called by its name, a past one by its date. */
function dueText(due: string | null, { t, format, language, now }: ReasonContext): string {
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
