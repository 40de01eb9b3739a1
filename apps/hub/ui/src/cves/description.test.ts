import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sectionsOf } from './description.ts';

describe('a scanner’s description', () => {
  it('turns line breaks into lines and nothing else into markup', () => {
    expect(sectionsOf('one<br>two<BR/>three<br />four <b>bold</b>')).toEqual([
      { heading: null, text: 'one\ntwo\nthree\nfour <b>bold</b>' },
    ]);
  });

  it('splits at its headings, wherever a line or sentence begins', () => {
    const text = 'DOCUMENTATION: A flaw was found. STATEMENT: Not affected.\nMITIGATION\nRemove the class.';
    expect(sectionsOf(text)).toEqual([
      { heading: 'DOCUMENTATION', text: 'A flaw was found.' },
      { heading: 'STATEMENT', text: 'Not affected.' },
      { heading: 'MITIGATION', text: 'Remove the class.' },
    ]);
  });

  it('leaves the words alone where they are only words', () => {
    expect(sectionsOf('See the DOCUMENTATION of the vendor.')).toHaveLength(1);
    expect(sectionsOf('a statement: b')).toHaveLength(1);
  });

  it('is nothing for nothing', () => {
    expect(sectionsOf(' <br> ')).toEqual([]);
  });

  it('loses no word of any text', () => {
    const words = fc.array(
      fc.constantFrom('STATEMENT:', 'MITIGATION', 'word', '<br>', '\n', '. ', '<script>', '🧨', '\u202e'),
      { maxLength: 60 },
    );
    fc.assert(
      fc.property(words, (parts) => {
        const text = parts.join('');
        const kept = sectionsOf(text)
          .map((section) => section.text)
          .join(' ');
        expect(kept.split('word').length).toBe(text.split('word').length);
        expect(kept.split('<script>').length).toBe(text.split('<script>').length);
      }),
    );
  });

  it('cuts a text that no page could show', () => {
    expect(sectionsOf('x'.repeat(5_000_000))[0]?.text.length).toBe(100_000);
  });
});
