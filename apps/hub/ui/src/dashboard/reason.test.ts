import type { TodayItem } from '@pratique/hub/contract';
import { beforeAll, describe, expect, it } from 'vitest';
import { formatFor } from '../design/format.ts';
import { startTranslation } from '../i18n/start.ts';
import type { Language } from '../preferences.ts';
import { dueText, fixOf, isPast, type ReasonContext, whyText } from './reason.ts';

// A Saturday at noon, where the reader is.
const now = new Date(2026, 10, 21, 12, 0);
const item: TodayItem = {
  cve_id: 'CVE-2021-44228',
  reason: 'kev_overdue',
  severity: 4,
  cvss: 10,
  epss_probability: 0.9987,
  fixable: true,
  fixed_by: '2.15.0',
  component_names: ['log4j-core'],
  affected_deployments: 3,
  namespaces: ['checkout'],
  namespace_count: 1,
  due: '2021-12-24',
  first_seen: '2026-04-24T08:00:00Z',
};
const contexts = new Map<Language, ReasonContext>();

beforeAll(async () => {
  for (const language of ['en', 'es', 'de'] as const) {
    const { t } = await startTranslation(language);
    contexts.set(language, { t, format: formatFor(language), language, now, lastVisit: '2026-11-19T12:00:00Z' });
  }
});

function contextIn(language: Language): ReasonContext {
  const context = contexts.get(language);
  if (context === undefined) throw new Error(`no words in ${language}`);
  return context;
}

function why(change: Partial<TodayItem>, language: Language = 'en', more: Partial<ReasonContext> = {}): string {
  return whyText({ ...item, ...change }, { ...contextIn(language), ...more });
}

const due = (day: string | null, language: Language = 'en') => dueText(day, contextIn(language));
const fix = (change: Partial<TodayItem>) => fixOf({ ...item, ...change });

describe('why something is to be done today', () => {
  it.each([
    ['en', 'Known exploited', 'was due Dec 24, 2021'],
    ['de', 'Wird bekanntermaßen ausgenutzt', 'war fällig am 24.12.2021'],
    ['es', 'Se sabe que se explota', 'vencía el 24 dic 2021'],
  ] as const)('says in %s that it is exploited and since when it is late', (language, words, day) => {
    expect([why({}, language), due(item.due, language)]).toEqual([words, day]);
  });

  it.each([
    ['en', '99.9% exploit probability'],
    ['de', 'Zu 99,9\u00a0% bald ausgenutzt'],
    ['es', 'Explotación probable: 99,9\u00a0%'],
  ] as const)('says in %s how likely it is', (language, words) => {
    expect(why({ reason: 'likely', due: null }, language)).toBe(words);
  });

  it.each([
    ['en', 'New since your last visit on Nov 19, 2026'],
    ['de', 'Neu seit Ihrem letzten Besuch am 19.11.2026'],
    ['es', 'Nueva desde su última visita del 19 nov 2026'],
  ] as const)('says in %s since when it is new', (language, words) => {
    expect(why({ reason: 'new' }, language)).toBe(words);
  });

  it.each([
    ['en', 'Priority high', 'due Friday'],
    ['de', 'Priorität hoch', 'fällig am Freitag'],
    ['es', 'Prioridad alta', 'vence el viernes'],
  ] as const)('says in %s which priority it has and until which weekday', (language, words, day) => {
    expect(why({ reason: 'priority', priority_level: 'high' }, language)).toBe(words);
    expect(due('2026-11-27', language)).toBe(day);
  });

  it('does without a level, a last visit or a due day that is not known', () => {
    expect(why({ reason: 'priority' })).toBe('Prioritised by the security team');
    expect(why({ reason: 'new' }, 'en', { lastVisit: null })).toBe('New here');
    expect(due(null)).toBe('');
  });

  it.each([
    ['2026-11-20', 'was due Nov 20, 2026'],
    ['2026-11-21', 'due today'],
    ['2026-11-22', 'due tomorrow'],
    ['2026-11-27', 'due Friday'],
    ['2026-11-28', 'due Nov 28, 2026'],
  ])('calls %s "%s"', (day, words) => {
    expect(due(day)).toBe(words);
  });

  it('is late only after the due day', () => {
    expect([isPast('2026-11-20', now), isPast('2026-11-21', now), isPast(null, now)]).toEqual([true, false, false]);
    expect(isPast('2026-11-21', new Date(2026, 10, 21, 23, 59))).toBe(false);
  });
});

describe('what mends it', () => {
  it('is the version of the component, called as people call it', () => {
    expect(fix({})).toEqual({ what: 'log4j-core 2.15.0', more: 0 });
    expect(fix({ component_names: ['org.apache.logging.log4j:log4j-core'] }).what).toBe('log4j-core 2.15.0');
    expect(fix({ component_names: ['golang.org/x/net'], fixed_by: '0.17.0' }).what).toBe('golang.org/x/net 0.17.0');
    expect(fix({ component_names: [] }).what).toBe('2.15.0');
  });

  it('is the first of several, with how many more there are', () => {
    const several = {
      component_names: ['apache2-bin', 'httpd-core'],
      fixed_by: 'apache2-bin 2.4.51, httpd-core 2.4.52',
    };
    expect(fix(several)).toEqual({ what: 'apache2-bin 2.4.51', more: 1 });
    expect(fix({ component_names: ['o.a:x', 'o.b:y'], fixed_by: 'o.a:x 1.0, o.b:y 2.0' }).what).toBe('x 1.0');
    expect(fix({ component_names: ['libc-bin', 'libc6'], fixed_by: '2.36-9' })).toEqual({
      what: 'libc-bin 2.36-9',
      more: 0,
    });
  });

  it('is nothing yet where only the component is known', () => {
    expect(fix({ fixable: false, fixed_by: null, component_names: ['liblz4-1', 'lz4'] })).toEqual({
      what: 'liblz4-1',
      more: 1,
    });
    expect(fix({ fixable: false, fixed_by: null, component_names: [] })).toEqual({ what: null, more: 0 });
  });
});
