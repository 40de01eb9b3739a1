import type { TodayItem } from '@pratique/hub/contract';
import { beforeAll, describe, expect, it } from 'vitest';
import { formatFor } from '../design/format.ts';
import { startTranslation } from '../i18n/start.ts';
import type { Language } from '../preferences.ts';
import { isPast, type ReasonContext, reasonText } from './reason.ts';

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

function say(change: Partial<TodayItem>, language: Language = 'en', more: Partial<ReasonContext> = {}): string {
  const context = contexts.get(language);
  if (context === undefined) throw new Error(`no words in ${language}`);
  return reasonText({ ...item, ...change }, { ...context, ...more });
}

describe('why something is to be done today', () => {
  it.each([
    ['en', 'Known exploited, was due Dec 24, 2021, fix in 2.15.0'],
    ['de', 'Wird bekanntermaßen ausgenutzt, war fällig am 24.12.2021, behoben in 2.15.0'],
    ['es', 'Se sabe que se explota, vencía el 24 dic 2021, corregida en 2.15.0'],
  ] as const)('says in %s that it is exploited and since when it is late', (language, words) => {
    expect(say({}, language)).toBe(words);
  });

  it.each([
    ['en', '99.9% exploit probability, critical, fix in 2.15.0'],
    ['de', '99,9\u00a0% Ausnutzungswahrscheinlichkeit, kritisch, behoben in 2.15.0'],
    ['es', '99,9\u00a0% de probabilidad de explotación, crítica, corregida en 2.15.0'],
  ] as const)('says in %s how likely and how bad it is', (language, words) => {
    expect(say({ reason: 'likely', due: null }, language)).toBe(words);
  });

  it.each([
    ['en', 'New since your last visit on Nov 19, 2026, no fix yet'],
    ['de', 'Neu seit Ihrem letzten Besuch am 19.11.2026, noch kein Fix'],
    ['es', 'Nueva desde su última visita del 19 nov 2026, aún sin corrección'],
  ] as const)('says in %s since when it is new', (language, words) => {
    expect(say({ reason: 'new', due: null, fixable: false }, language)).toBe(words);
  });

  it.each([
    ['en', 'Priority high, due Friday, a fix exists'],
    ['de', 'Priorität hoch, fällig am Freitag, ein Fix ist verfügbar'],
    ['es', 'Prioridad alta, vence el viernes, hay una corrección'],
  ] as const)('says in %s which priority it has and until which weekday', (language, words) => {
    expect(say({ reason: 'priority', due: '2026-11-27', fixed_by: null }, language, { level: 'high' })).toBe(words);
  });

  it('does without a level, a last visit or a due day that is not known', () => {
    expect(say({ reason: 'priority', due: null })).toBe('Prioritised by the security team, fix in 2.15.0');
    expect(say({ reason: 'new', due: null }, 'en', { lastVisit: null })).toBe('New here, fix in 2.15.0');
    expect(say({ reason: 'kev', due: null })).toBe('Known exploited, fix in 2.15.0');
  });

  it('names the first of several fixes and counts the others', () => {
    expect(say({ fixed_by: 'apache2-bin 2.4.51, httpd-core 2.4.52' })).toContain(
      'fix in apache2-bin 2.4.51 and 1 more',
    );
  });

  it.each([
    ['2026-11-20', 'was due Nov 20, 2026'],
    ['2026-11-21', 'due today'],
    ['2026-11-22', 'due tomorrow'],
    ['2026-11-27', 'due Friday'],
    ['2026-11-28', 'due Nov 28, 2026'],
  ])('calls %s "%s"', (due, words) => {
    expect(say({ due })).toBe(`Known exploited, ${words}, fix in 2.15.0`);
  });

  it('is late only after the due day', () => {
    expect([isPast('2026-11-20', now), isPast('2026-11-21', now), isPast(null, now)]).toEqual([true, false, false]);
    expect(isPast('2026-11-21', new Date(2026, 10, 21, 23, 59))).toBe(false);
  });
});
