import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonPointer, valueAt } from '../json-pointer.ts';
import { limitWarnings, writeAdmissionAnswer } from './answer.ts';
import { imagePatch } from './patch.ts';
import { readAdmissionReview } from './review.ts';

const request = {
  uid: 'a-1',
  kind: { group: 'apps', version: 'v1', kind: 'Deployment' },
  resource: { group: 'apps', version: 'v1', resource: 'deployments' },
  name: 'web',
  namespace: 'shop',
  operation: 'UPDATE',
  userInfo: { username: 'jane', groups: ['dev'] },
  object: { spec: {} },
  oldObject: { spec: {} },
  dryRun: true,
};
const to = { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', uid: 'a-1' };

describe('a review', () => {
  it.each(['admission.k8s.io/v1', 'admission.k8s.io/v1beta1'])(
    'ADM-2 of %s is read, extra fields aside',
    (apiVersion) => {
      const body = { apiVersion, kind: 'AdmissionReview', request: { ...request, options: {}, requestKind: {} } };
      expect(readAdmissionReview(body)).toEqual({
        state: 'read',
        review: {
          apiVersion,
          kind: 'AdmissionReview',
          uid: 'a-1',
          request: {
            ...{ uid: 'a-1', kind: request.kind, resource: request.resource, name: 'web', namespace: 'shop' },
            ...{
              operation: 'UPDATE',
              user: 'jane',
              object: request.object,
              oldObject: request.oldObject,
              dryRun: true,
            },
          },
        },
      });
    },
  );

  it.each([null, {}, { request: null }, { apiVersion: 'v1', kind: 'AdmissionReview' }])(
    'ADM-1 without a request asks nothing: %j',
    (body) => {
      expect(readAdmissionReview(body)).toEqual({ state: 'empty' });
    },
  );

  it.each([[[]], ['text'], [1], [true]])('ADM-1 that is no object is none: %j', (body) => {
    expect(readAdmissionReview(body)).toEqual({ state: 'no-review' });
  });

  it('ADM-4 with hardly anything in it is read as a creation of nothing', () => {
    const reading = readAdmissionReview({ request: {} });
    expect(reading).toMatchObject({
      state: 'read',
      review: { apiVersion: 'admission.k8s.io/v1', request: { uid: '', operation: 'CREATE', kind: { kind: '' } } },
    });
  });

  it.each([
    [{ ...request, uid: 5 }, 'request.uid has the wrong type or length', ''],
    [{ ...request, kind: 'Pod' }, 'request.kind has the wrong type or length', 'a-1'],
    [{ ...request, operation: 'REPLACE' }, 'unknown operation "REPLACE"', 'a-1'],
    [{ ...request, dryRun: 'yes' }, 'request.dryRun has the wrong type or length', 'a-1'],
    [{ ...request, name: 'x'.repeat(300) }, 'request.name has the wrong type or length', 'a-1'],
    [[], 'the request is not an object', ''],
    ['text', 'the request is not an object', ''],
  ])('ADM-4 that is broken inside says where and keeps its uid (%#)', (broken, problem, uid) => {
    const reading = readAdmissionReview({ ...to, request: broken });
    expect(reading).toMatchObject({ state: 'malformed', address: { uid } });
    expect(reading.state === 'malformed' && reading.problem).toBe(`malformed admission request: ${problem}`);
  });

  it('is never more than one of the four, whatever comes', () => {
    const field = fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.constantFrom('CREATE', 'UPDATE', {}, []));
    const keys = fc.constantFrom(...Object.keys(request), '__proto__', 'subResource');
    const body = fc.oneof(fc.jsonValue(), fc.record({ request: fc.dictionary(keys, field) }));
    const states = ['read', 'empty', 'no-review', 'malformed'];
    const property = fc.property(body, (value) => {
      expect(states).toContain(readAdmissionReview(value).state);
    });
    fc.assert(property, { numRuns: 300 });
  });
});

describe('an answer', () => {
  it('ADM-2 that allows as it is has no patch type', () => {
    expect(JSON.parse(writeAdmissionAnswer(to, { allowed: true, patch: [], warnings: [] }))).toEqual({
      apiVersion: 'admission.k8s.io/v1',
      kind: 'AdmissionReview',
      response: { uid: 'a-1', allowed: true },
    });
  });

  it('ADM-9 tests each old value before it is replaced, sorted by path', () => {
    const patch = imagePatch([
      { path: '/spec/initContainers/0/image', from: 'a', to: 'b' },
      { path: '/spec/containers/0/image', from: 'c', to: 'd' },
    ]);
    const { response } = JSON.parse(writeAdmissionAnswer(to, { allowed: true, patch, warnings: ['mind'] })) as {
      response: { patch: string; patchType: string; warnings: string[] };
    };
    expect(response).toMatchObject({ patchType: 'JSONPatch', warnings: ['mind'] });
    expect(JSON.parse(Buffer.from(response.patch, 'base64').toString())).toEqual([
      { op: 'test', path: '/spec/containers/0/image', value: 'c' },
      { op: 'replace', path: '/spec/containers/0/image', value: 'd' },
      { op: 'test', path: '/spec/initContainers/0/image', value: 'a' },
      { op: 'replace', path: '/spec/initContainers/0/image', value: 'b' },
    ]);
  });

  it('ADM-3 that denies is Forbidden, with a cause per image', () => {
    const cause = { reason: 'no_signature', message: 'no signatures found', field: '/spec/containers/0/image' };
    const text = writeAdmissionAnswer(to, { allowed: false, message: 'no', causes: [cause], warnings: [] });
    expect(JSON.parse(text)).toMatchObject({
      response: {
        allowed: false,
        status: { code: 403, reason: 'Forbidden', message: 'no', details: { causes: [cause] } },
      },
    });
  });

  it('ADM-3 stays short, however many images are wrong and however much is said of each', () => {
    const cause = { reason: 'no_signature', message: 'm'.repeat(10_000), field: '/spec/containers/0/image' };
    const causes = Array.from({ length: 1_000 }, () => cause);
    const text = writeAdmissionAnswer(to, { allowed: false, message: 'no', causes, warnings: [] });
    expect(text.length).toBeLessThan(300_000);
    const { response } = JSON.parse(text) as { response: { status: { details: { causes: object[] } } } };
    expect(response.status.details.causes.at(-1)).toMatchObject({ message: 'and 900 more' });
  });

  it('ADM-20 keeps warnings within what the API server takes', () => {
    expect(limitWarnings(['a\u0000b\u202e', 'first\nsecond', '', 'first'])).toEqual(['a b', 'first', 'second']);
    expect(limitWarnings([`${'x'.repeat(254)}😀y`])[0]).toBe(`${'x'.repeat(254)}…`);
    const odd = fc.constantFrom(
      'a',
      ' ',
      '\n',
      '\r',
      '\u0000',
      '\u202e',
      'é',
      '😀',
      '\ud83d',
      '\u007f',
      'xyz'.repeat(9),
    );
    const property = fc.property(fc.array(fc.string({ unit: odd, maxLength: 150 }), { maxLength: 20 }), (texts) => {
      const limited = limitWarnings([...texts, ...texts.map((text) => `${text}x`.repeat(20))]);
      const all = limited.join('');
      // oxlint-disable-next-line no-control-regex -- naming the control characters is the purpose
      return limited.every((one) => one.length <= 256) && all.length <= 4096 && !/[\u0000-\u001f\u007f]/.test(all);
    });
    fc.assert(property, { numRuns: 25 });
  });

  it('ADM-20 says how many warnings did not fit', () => {
    const limited = limitWarnings(Array.from({ length: 40 }, (_, at) => `${at} ${'x'.repeat(200)}`));
    expect(limited.at(-1)).toBe(`and ${40 - (limited.length - 1)} more warnings`);
  });
});

describe('a pointer', () => {
  it('leads back to what it was made for (RFC 6901)', () => {
    const property = fc.property(fc.array(fc.string(), { minLength: 1, maxLength: 4 }), (segments) => {
      const document = segments.reduceRight<unknown>(
        (value, segment) => Object.fromEntries([[segment, value]]),
        'found',
      );
      return valueAt(document, jsonPointer(segments)) === 'found';
    });
    fc.assert(property, { numRuns: 200 });
    expect(valueAt([1, 2], '/01')).toBeUndefined();
    expect(valueAt({}, '/constructor')).toBeUndefined();
    expect(valueAt({ '': 1 }, '/')).toBe(1);
    expect(valueAt('x', '')).toBe('x');
    expect(valueAt({ a: 1 }, 'a')).toBeUndefined();
  });
});
