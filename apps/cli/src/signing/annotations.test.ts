import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { commaList, parseAnnotations } from './annotations.ts';

describe('annotations', () => {
  it.each([
    [['build=42'], { build: '42' }],
    [['a=1,b=2'], { a: '1', b: '2' }],
    [['a=1', 'b=2'], { a: '1', b: '2' }],
    [['"stages=build,test",c=3'], { stages: 'build,test', c: '3' }],
    [['"say=""hi"""'], { say: '"hi"' }],
    [['a=x=y'], { a: 'x=y' }],
    [['a='], { a: '' }],
    [['a=1', 'a=2'], { a: '2' }],
    [[], {}],
  ])('reads %j', (given, pairs) => {
    expect(parseAnnotations(given)).toEqual(pairs);
  });

  it.each([['novalue'], ['=1'], ['a=1,'], ['"a=1'], ['a"b=1"']])('refuses %j and says how to write it', (text) => {
    expect(() => parseAnnotations([text])).toThrow(expect.objectContaining({ code: 'usage' }));
  });

  it('reads back any list that was quoted', () => {
    fc.assert(
      fc.property(fc.array(fc.string(), { minLength: 1 }), (fields) => {
        const written = fields.map((field) => `"${field.replaceAll('"', '""')}"`).join(',');
        expect(commaList(written, '-a')).toEqual(fields);
      }),
    );
  });

  it('ends on any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('"', ',', '=', 'a') }), (text) => {
        try {
          parseAnnotations([text]);
        } catch (error) {
          expect(error).toMatchObject({ code: 'usage' });
        }
      }),
    );
  });
});
