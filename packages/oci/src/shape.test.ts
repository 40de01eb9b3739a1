import fc from 'fast-check';
import Type from 'typebox';
import { expect, it } from 'vitest';
import { shapeOf } from './shape.ts';

const schema = Type.Object({
  name: Type.String({ maxLength: 8 }),
  size: Type.Optional(Type.Integer({ minimum: 0 })),
  parts: Type.Optional(Type.Array(Type.Union([Type.String({ pattern: '^[a-z]+$' }), Type.Null()]), { maxItems: 3 })),
});

it('a shape says the same when it is walked and when it is compiled', () => {
  const often = shapeOf(schema);
  for (let no = 0; no < 100; no += 1) often.fits({});
  const part = fc.oneof(fc.string({ maxLength: 10 }), fc.integer({ min: -2, max: 3 }), fc.constant(null));
  const value = fc.record({ name: part, size: part, parts: fc.array(part, { maxLength: 5 }) }, { requiredKeys: [] });
  fc.assert(
    fc.property(fc.oneof(value, fc.jsonValue()), (any) => {
      const walked = shapeOf(schema);
      expect(often.fits(any)).toBe(walked.fits(any));
      expect(walked.flawOf(any) === undefined).toBe(walked.fits(any));
    }),
  );
});

it('a shape tells where a value does not fit', () => {
  expect(shapeOf(schema).flawOf({ name: 'a', parts: ['a', '1'] })).toMatchObject({
    path: expect.stringMatching(/^\/parts\/1/),
  });
  expect(shapeOf(schema).flawOf({ name: 'a' })).toBeUndefined();
});
