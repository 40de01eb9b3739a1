import { describe, expect, it } from 'vitest';
import { decisionsQuery, isNarrowed, readAdmissionSearch, withAdmissionFilters } from './search.ts';

describe('the address of the list of decisions', () => {
  it('keeps what makes sense and drops the rest', () => {
    const raw = { outcome: 'refused', class: 'no_signature', image: ' shop/web ', period: 'day', page: '3' };
    expect(readAdmissionSearch(raw)).toEqual({ ...raw, image: 'shop/web', page: 3 });
    const odd = { outcome: 'maybe', class: 'x', image: ' ', period: 'year', page: '0', later: 'y' };
    expect(readAdmissionSearch(odd)).toEqual({});
    expect(readAdmissionSearch({ image: ['a'], page: '1' })).toEqual({});
  });

  it('asks for a period from the minute on, and for the scope of the page', () => {
    const now = Date.parse('2026-11-01T12:00:40Z');
    expect(decisionsQuery({ outcome: 'refused', period: 'day' }, { cluster: 'east', ns: 'shop' }, now)).toEqual({
      outcome: 'refused',
      since: '2026-10-31T12:00:00.000Z',
      page: 1,
      page_size: 50,
      cluster: 'east',
      namespace: 'shop',
    });
    expect(decisionsQuery({ page: 2 }, {}, now)).toMatchObject({ since: undefined, page: 2 });
  });

  it('goes back to the first page with every new question', () => {
    expect(withAdmissionFilters({ page: 4, period: 'day' }, { outcome: 'refused' })).toEqual({
      outcome: 'refused',
      period: 'day',
    });
    expect(withAdmissionFilters({ outcome: 'refused' }, { outcome: undefined })).toEqual({});
    const scoped = { page: 2, cluster: 'east', ns: 'shop' };
    expect([isNarrowed(scoped), isNarrowed({ period: 'day' })]).toEqual([false, true]);
    expect(decisionsQuery(scoped, {}, 0)).not.toHaveProperty('ns');
  });
});
