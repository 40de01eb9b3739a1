import { describe, expect, it } from 'vitest';
import { asApiError, problemOf } from './api-error.ts';

describe('reading an answer that is not a success', () => {
  it.each([
    ['a detail', { detail: 'No such CVE' }, 'No such CVE'],
    [
      'the list of a refused question',
      {
        detail: [
          { loc: ['query', 'cvss_min'], msg: 'must be <= 10', type: 'x' },
          { loc: [], msg: 'bad', type: 'y' },
        ],
      },
      'query.cvss_min: must be <= 10; bad',
    ],
    ['a message', { message: 'upstream closed' }, 'upstream closed'],
    ['an error', { error: 'denied' }, 'denied'],
    ['an error inside an error', { error: { message: 'denied' } }, 'denied'],
    ['plain text', 'Bad Gateway', 'Bad Gateway'],
    ['the page of a proxy', '<!DOCTYPE html><html>…', ''],
    ['nothing', null, ''],
    ['a list', ['x'], ''],
    ['a number', 7, ''],
  ])('reads %s', (_name, body, detail) => {
    expect(problemOf(400, body, null).detail).toBe(detail);
  });

  it.each([
    [400, 'invalid'],
    [401, 'unauthenticated'],
    [403, 'forbidden'],
    [404, 'not_found'],
    [409, 'invalid'],
    [422, 'invalid'],
    [429, 'limited'],
    [500, 'internal'],
    [502, 'unavailable'],
    [503, 'unavailable'],
    [504, 'unavailable'],
  ] as const)('takes %i for %s', (status, kind) => {
    expect(problemOf(status, null, null).kind).toBe(kind);
  });

  it('keeps code, hint and request id, and falls back to the header and the status', () => {
    const body = { detail: 'x', code: 'stackrox_unavailable', hint: 'Check the role.', request_id: 'a' };
    expect(problemOf(503, body, 'b')).toMatchObject({
      code: 'stackrox_unavailable',
      hint: 'Check the role.',
      requestId: 'a',
    });
    expect(problemOf(503, null, 'b')).toMatchObject({ code: 'http_503', hint: null, requestId: 'b' });
  });

  it('cuts what is too long to be a sentence', () => {
    expect(problemOf(500, { detail: 'x'.repeat(100_000) }, null).detail.length).toBeLessThan(700);
  });

  it('reports a bug in a page like every other fault', () => {
    expect(asApiError(new TypeError('x is not a function'))).toMatchObject({
      kind: 'internal',
      detail: 'x is not a function',
    });
    expect(asApiError('nonsense').kind).toBe('internal');
  });
});
