import { describe, expect, it } from 'vitest';
import { formatFor } from './format.ts';

describe('figures as the reader writes them', () => {
  it.each([
    ['en', ['1,284', '9.8', '94.4%', 'Dec 24, 2021']],
    ['de', ['1.284', '9,8', '94,4\u00a0%', '24.12.2021']],
    ['es', ['1284', '9,8', '94,4\u00a0%', '24 dic 2021']],
  ])('writes %s', (language, written) => {
    const format = formatFor(language);
    expect([format.count(1284), format.score(9.8), format.percent(0.944), format.day('2021-12-24')]).toEqual(written);
  });

  it('is built once a language, for tables of thousands of cells', () => {
    expect(formatFor('de-AT')).toBe(formatFor('de'));
    expect(formatFor('es')).not.toBe(formatFor('de'));
  });

  it('shows only zero as zero', () => {
    const format = formatFor('en');
    expect(format.percent(0)).toBe('0%');
    expect(format.percent(0.00001)).toBe('< 0.01%');
    expect(format.percent(0.0043)).toBe('0.43%');
  });

  it('rounds scores that were stored as 32-bit floats to what a person sees', () => {
    expect(formatFor('en').score(7.099999904632568)).toBe('7.1');
  });

  it('gives the time for today and the date for any other day', () => {
    const format = formatFor('en');
    const now = new Date(2026, 10, 21, 15, 0);
    expect(format.clock(new Date(2026, 10, 21, 14, 2).toISOString(), now)).toBe('14:02');
    expect(format.clock(new Date(2026, 10, 20, 14, 2).toISOString(), now)).toContain('Nov 20, 2026');
  });

  it('gives nothing for text that is no date', () => {
    expect(formatFor('en').date('soon')).toBe('');
  });
});
