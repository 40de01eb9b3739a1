import { describe, expect, it } from 'vitest';
import { detail } from '../testing/hub.ts';
import { readDetailSearch, withFold } from './detail-search.ts';
import { dueDay, isPast, lifts, percentileShown } from './ranking.ts';
import { vectorWords } from './vector.ts';

describe('what ranks a CVE', () => {
  it('lets a term lift only where it says something', () => {
    const quiet = {
      ...detail,
      kev: false,
      has_priority: false,
      severity: 1,
      fixable: false,
      epss: { ...detail.epss, probability: 0.0999 },
    };
    expect(lifts('kev', detail)).toBe(true);
    for (const key of ['kev', 'priority', 'epss', 'severity', 'fix'] as const)
      expect([key, lifts(key, quiet)]).toEqual([key, false]);
  });

  it('is past due from the day after, not on it', () => {
    expect(isPast('2026-11-21', new Date('2026-11-21T23:59:59Z'))).toBe(false);
    expect(isPast('2026-11-21', new Date('2026-11-22T00:00:00Z'))).toBe(true);
  });

  it('takes the due day of the catalogue before that of the list', () => {
    expect(dueDay({ kev_entry: null, kev_due_date: '2021-12-24' })).toBe('2021-12-24');
    expect(dueDay({ kev_entry: null })).toBeNull();
  });

  it.each([
    [1, 0.999],
    [0.99999, 0.999],
    [0.8567, 0.856],
    [0, 0],
  ])('shows the percentile %d as above %d of all', (percentile, above) => {
    expect(percentileShown(percentile)).toBe(above);
  });
});

describe('a CVSS vector', () => {
  it('is put into words', () => {
    expect(
      vectorWords('CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:N').map(({ metric, value }) => `${metric} ${value}`),
    ).toEqual(['AV network', 'AC low', 'PR none', 'UI alone', 'S changed', 'C high', 'I high', 'A none']);
  });
  it.each(['AV:N/AC:L/Au:N/C:P/I:P/A:P', 'CVSS:4.0/AV:N', 'CVSS:3.1/__proto__:x/AV:Z', ''])(
    'has no words for %j',
    (vector) => {
      expect(vectorWords(vector)).toEqual([]);
    },
  );
});

describe('the address of a CVE’s page', () => {
  it('keeps what can be used and drops the rest', () => {
    expect(readDetailSearch({ by: 'image', q: ' api ', fold: ['a', 'a', ''] })).toEqual({
      by: 'image',
      q: 'api',
      fold: ['a'],
    });
    expect(readDetailSearch({ by: 'x', q: ['a'], fold: { a: 1 } })).toEqual({});
    expect(readDetailSearch({ q: 'x'.repeat(10_000) }).q?.length).toBe(200);
  });
  it('folds and unfolds, and never grows without end', () => {
    expect(withFold(['a'], 'a')).toEqual([]);
    const many = Array.from({ length: 40 }, (_unused, at) => `k${at}`);
    expect(withFold(many, 'new')).toHaveLength(40);
    expect(withFold(many, 'new').at(-1)).toBe('new');
  });
});
