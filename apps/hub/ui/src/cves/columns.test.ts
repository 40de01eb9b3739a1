import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { columnIds, columnWidths, defaultColumns, readColumns, sameColumns } from './columns.ts';
import { daysBetween, isPast } from './dates.tsx';
import { defaultLook, lookOf, readLook } from './look.ts';
import { pagesOf } from './scrolled-pages.ts';

describe('the columns of the list', () => {
  it('are read from one text or from many, in the order of the table', () => {
    expect(readColumns('os,severity')).toEqual(['cve', 'severity', 'os']);
    expect(readColumns(['os', 'cve', 'os'])).toEqual(['cve', 'os']);
  });

  it('are not chosen by a text that names none', () => {
    for (const none of [undefined, '', 'nonsense', 7, null, ['x']]) expect(readColumns(none)).toBeUndefined();
  });

  it('always hold the CVE, each once, and read the same again', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.constantFrom(...columnIds), fc.string())), (names) => {
        const read = readColumns(names);
        if (read === undefined) return;
        expect(read[0]).toBe('cve');
        expect(new Set(read).size).toBe(read.length);
        expect(sameColumns(readColumns(read.join(',')) ?? [], read)).toBe(true);
      }),
    );
  });

  it('all have a width for where content cannot give them one', () => {
    for (const id of columnIds) expect(columnWidths[id]).toBeGreaterThan(3);
  });
});

describe('how a person likes the list', () => {
  it('is the usual look where nothing usable is kept', () => {
    for (const stored of [null, '', '{', 'null', '{"columns":3,"density":"x"}']) {
      expect(readLook(stored)).toEqual(defaultLook);
    }
  });

  it('gives way to what the address says', () => {
    const liked = { columns: defaultColumns, density: 'comfortable' } as const;
    expect(lookOf({ columns: ['cve', 'os'] }, liked)).toEqual({ columns: ['cve', 'os'], density: 'comfortable' });
    expect(lookOf({ density: 'compact' }, liked).density).toBe('compact');
  });
});

describe('the dates of a CVE', () => {
  it('are past only from the next day on', () => {
    const now = new Date('2026-11-21T00:30:00Z');
    expect(isPast('2026-11-20', now)).toBe(true);
    expect(isPast('2026-11-21', now)).toBe(false);
    expect(isPast('2026-11-21T00:00:00Z', now)).toBe(false);
  });

  it('lie whole days apart, in either order, or at an unknown distance', () => {
    expect(daysBetween('2026-01-01T00:00:00Z', '2026-01-11T12:00:00Z')).toBe(10);
    expect(daysBetween('2026-01-11T00:00:00Z', '2026-01-01T00:00:00Z')).toBe(-10);
    expect(daysBetween(null, '2026-01-01T00:00:00Z')).toBeNull();
  });
});

describe('the pages of a list that is scrolled through', () => {
  it.each([
    [0, 10, [1]],
    [195, 205, [1, 2]],
    [400, 419, [3]],
    [0, 0, [1]],
    [99_990, 99_999, [500]],
  ])('rows %i to %i are on %o', (first, last, pages) => {
    expect(pagesOf(first, last)).toEqual(pages);
  });
});
