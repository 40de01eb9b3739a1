import type { VisibilityTerm } from '@pratique/hub/contract';
import { beforeAll, describe, expect, it } from 'vitest';
import { formatFor } from '../design/format.ts';
import { startTranslation } from '../i18n/start.ts';
import type { Language } from '../preferences.ts';
import { nextStepText, type TermContext, termText } from './words.ts';

const cveId = 'CVE-2021-44228';
const contexts = new Map<Language, TermContext>();

beforeAll(async () => {
  for (const language of ['en', 'es', 'de'] as const) {
    const { t } = await startTranslation(language);
    contexts.set(language, { cveId, t, format: formatFor(language) });
  }
});

const says = (language: Language, term: VisibilityTerm) => termText(term, contexts.get(language)!);
const next = (language: Language, term: VisibilityTerm) => nextStepText(term, contexts.get(language)!);

/** As the hub answers it. */
function answered(term: VisibilityTerm['term'], values: Record<string, unknown> = {}): VisibilityTerm {
  return { term, effect: 'hides', text: 'in the words of the hub', next_step: 'do as the hub says', values };
}

const everyTerm: readonly VisibilityTerm[] = [
  answered('not_in_source'),
  answered('not_deployed'),
  answered('no_namespaces', { users: 'a/users', groups: 'a/groups' }),
  answered('namespace_not_in_scope', { users: 'a/users', groups: 'a/groups' }),
  answered('scope_filter_empty', { cluster: 'harbor-eu', namespace: null }),
  answered('in_scope', { namespaces: 3 }),
  answered('below_cvss', { value: 3.1, limit: 7 }),
  answered('below_epss', { value: 0.0012, limit: 0.1, model: null, date: null }),
  answered('thresholds_met', { cvss: 9.8, min_cvss: 7, epss: 0.9, min_epss: 0.1 }),
  answered('thresholds_do_not_apply'),
  answered('shown_by_kev', { due_date: '2021-12-24' }),
  answered('shown_by_priority', { level: 'high' }),
  answered('shown_by_acceptance'),
  answered('deferred_in_rhacs'),
  answered('false_positive_in_rhacs'),
  answered('suppressed', { covered: 2, total: 2, rules: [] }),
  answered('partly_suppressed', { covered: 1, total: 1200, rules: [] }),
  answered('suppression_requested', { rules: [] }),
  answered('source_stale'),
];

describe('what decides whether a person sees a CVE', () => {
  it.each(['en', 'es', 'de'] as const)('is said in %s, every term of it, with every value filled in', (language) => {
    for (const term of everyTerm) {
      const text = says(language, term);
      expect([term.term, text]).not.toEqual([term.term, term.text]);
      expect(text).not.toMatch(/\{\{|undefined|null|visibility\./);
    }
  });

  it('writes the values as the reader does', () => {
    const below = answered('below_epss', { value: 0.0012, limit: 0.1 });
    expect(says('en', below)).toBe('Its EPSS probability 0.12% is below the threshold 10%.');
    expect(says('de', below)).toBe('Ihre EPSS-Wahrscheinlichkeit 0,12\u00a0% liegt unter dem Schwellenwert 10\u00a0%.');
    expect(says('de', answered('shown_by_priority', { level: 'high' }))).toContain('Priorität hoch');
  });

  it('names the annotations that would grant access', () => {
    const hidden = answered('namespace_not_in_scope', { users: 'a/users', groups: 'a/groups' });
    expect(next('es', hidden)).toContain('a/users (nombres de usuario) o a/groups');
    expect(next('es', answered('namespace_not_in_scope'))).toBe('do as the hub says');
    expect(next('en', { ...hidden, next_step: null })).toBeNull();
  });

  it('keeps the words of the hub for what it does not know', () => {
    const newer = { ...answered('in_scope'), term: 'shown_by_moon' as VisibilityTerm['term'] };
    expect([says('de', newer), next('de', newer)]).toEqual(['in the words of the hub', 'do as the hub says']);
    expect(says('de', answered('below_cvss', { value: 'much' }))).toBe('in the words of the hub');
  });
});
