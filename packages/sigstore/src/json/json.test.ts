import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { strictBase64, tolerantBase64 } from './base64.ts';
import { goJson, sortedMembers } from './go-json.ts';
import { rawElements, rawMembers } from './raw-json.ts';
import { parseStrictJson } from './strict-json.ts';

describe('strict JSON', () => {
  it('reads whatever JSON is written without duplicates', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        // fast-check may itself write a member twice; written again it cannot.
        const clean = JSON.stringify(JSON.parse(text));
        expect(parseStrictJson(clean)).toEqual({ ok: true, value: JSON.parse(clean) });
        expect(parseStrictJson(JSON.stringify(JSON.parse(text), undefined, 2)).ok).toBe(true);
      }),
    );
  });

  it.each([
    '{"a":1,"a":2}',
    '{"a":{"b":1,"c":[],"b":2}}',
    '[{"a":1,"\\u0061":1}]',
    '{"x":["a","a"],"y":{"a":"a"},"x":1}',
    '{"\\"":1,"\\"":1}',
    '{"a\\\\":"\\"","b":1,"a\\\\":2}',
  ])('refuses the duplicate in %s', (text) => {
    expect(parseStrictJson(text)).toMatchObject({ ok: false, detail: expect.stringContaining('twice') });
  });

  it.each(['{"a":"a","b":{"a":["a","a"]}}', '["a","a"]', '{"a":{"b":1},"b":{"a":1}}', '{"\\\\":"\\"","b":1}'])(
    'finds no duplicate in %s',
    (text) => expect(parseStrictJson(text).ok).toBe(true),
  );

  it('refuses what is no UTF-8, no JSON, or nested too deep', () => {
    expect(parseStrictJson(Buffer.from([0x22, 0xff, 0x22]))).toMatchObject({ ok: false, detail: 'is not UTF-8 text' });
    expect(parseStrictJson('{')).toMatchObject({ ok: false, detail: expect.stringContaining('is not JSON') });
    expect(parseStrictJson('\ufeff{}').ok).toBe(false);
    expect(parseStrictJson('['.repeat(257) + ']'.repeat(257))).toMatchObject({
      ok: false,
      detail: expect.stringContaining('nested'),
    });
    expect(parseStrictJson('['.repeat(256) + ']'.repeat(256)).ok).toBe(true);
  });

  it('refuses more parts than allowed before anything is built', () => {
    expect(parseStrictJson('[1,2,3]', { parts: 3 }).ok).toBe(true);
    expect(parseStrictJson('[1,2,3,4]', { parts: 3 })).toMatchObject({ ok: false, detail: 'has more than 3 parts' });
    const wide = `[${'{},'.repeat(6_000_000)}{}]`;
    expect(parseStrictJson(wide)).toMatchObject({ ok: false, detail: 'has more than 5000000 parts' });
    expect(parseStrictJson('['.repeat(50_000_000))).toMatchObject({ detail: expect.stringContaining('nested') });
  });

  it('whose text never ends is no JSON', () => {
    for (const text of ['{"a', '"', '["\\"', '{"a\\u00zz":1}']) {
      expect(parseStrictJson(text)).toMatchObject({ ok: false, detail: expect.stringContaining('is not JSON') });
    }
  });

  it('never throws', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array(),
          fc.string().map((text) => Buffer.from(text)),
        ),
        (bytes) => {
          expect(typeof parseStrictJson(bytes).ok).toBe('boolean');
        },
      ),
    );
  });
});

describe('pieces of JSON', () => {
  it('are the texts of the members, whatever the spacing', () => {
    const object = fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue());
    fc.assert(
      fc.property(object, fc.constantFrom(0, 1, '\t'), (value, space) => {
        const pieces = rawMembers(JSON.stringify(value, undefined, space));
        expect([...pieces.keys()]).toEqual(Object.keys(JSON.parse(JSON.stringify(value)) as object));
        for (const [name, text] of pieces) expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value[name])));
      }),
    );
  });

  it('are the texts of the elements', () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue()), fc.constantFrom(0, 2), (values, space) => {
        const pieces = rawElements(JSON.stringify({ layers: values }, undefined, space), 'layers');
        expect(pieces?.map((text) => JSON.parse(text) as unknown)).toEqual(JSON.parse(JSON.stringify(values)));
      }),
    );
    expect(rawElements('{"layers":{}}', 'layers')).toBeUndefined();
    expect(rawElements('{}', 'layers')).toBeUndefined();
  });
});

describe('JSON as Go writes it', () => {
  it('escapes what Go escapes and nothing more', () => {
    expect(goJson('<a>&\u2028\u2029ü\n\r\t"\\\u0001\u007f')).toBe(
      String.raw`"\u003ca\u003e\u0026\u2028\u2029ü\n\r\t\"\\\u0001` + '\u007f"',
    );
  });

  it('writes members in their order and keys like numbers too', () => {
    expect(goJson({ b: 1, a: undefined, c: [true, null, 'x'] })).toBe('{"b":1,"c":[true,null,"x"]}');
    expect(goJson(sortedMembers({ 9: 'x', 10: 'y', Z: 'z', a: 'a', '\u{1f600}': '1', '\uffee': '2' }))).toBe(
      '{"10":"y","9":"x","Z":"z","a":"a","\uffee":"2","\u{1f600}":"1"}',
    );
  });

  it('is read back as it was', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' })), (members) => {
        expect(JSON.parse(goJson(sortedMembers(members)))).toEqual({ ...members });
      }),
    );
  });
});

describe('base64', () => {
  it('is read strictly where Go reads it strictly', () => {
    expect(strictBase64('AQID')).toEqual(Buffer.from([1, 2, 3]));
    for (const wrong of ['AQI', 'AQI\n=', 'A_I=', 'AQI=AQ', '====', 'A==='])
      expect([wrong, strictBase64(wrong)]).toEqual([wrong, undefined]);
  });

  it('is read tolerantly in bundles, but garbage stays garbage', () => {
    for (const [text, length] of [
      ['-_8', 2],
      ['+/8=', 2],
      ['+_8', 2],
      ['', 0],
    ] as const)
      expect(tolerantBase64(text)).toHaveLength(length);
    for (const wrong of ['A', 'AQ I', 'AQI==', '*']) expect([wrong, tolerantBase64(wrong)]).toEqual([wrong, undefined]);
  });

  it('comes back whatever the bytes are', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(Buffer.from(strictBase64(Buffer.from(bytes).toString('base64'))!).equals(bytes)).toBe(true);
        expect(Buffer.from(tolerantBase64(Buffer.from(bytes).toString('base64url'))!).equals(bytes)).toBe(true);
      }),
    );
  });
});
