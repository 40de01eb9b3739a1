import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ociFaultClass } from '../errors.ts';
import { wireFault } from './wire-errors.ts';
import type { WireContext } from './wire-errors.ts';

const context: WireContext = {
  host: 'registry.example.com',
  repository: 'team/app',
  action: 'write',
  what: 'the manifest registry.example.com/team/app:v1',
  request: 'PUT /v2/team/app/manifests/v1',
};
const alice = { source: '/root/.docker/config.json', username: 'alice' };

function say(status: number, error: unknown, more: Partial<WireContext> = {}) {
  const body = typeof error === 'string' ? error : JSON.stringify({ errors: [error] });
  return wireFault({ status, body: Buffer.from(body) }, { ...context, ...more });
}

const driver = (Err: number) => ({
  code: 'UNKNOWN',
  message: 'unknown error',
  detail: { DriverName: 'filesystem', Enclosed: { Op: 'write', Path: '/var/lib/registry/docker', Err } },
});

describe('what a registry answers becomes a cause and a next step', () => {
  it.each([
    [
      'a full disk behind the reference registry',
      500,
      driver(28),
      'registry-storage',
      /disk .* is full \(\/var\/lib\/registry\/docker\)/,
    ],
    ['missing rights on the folder', 500, driver(13), 'registry-storage', /may not write/],
    ['an operation not permitted', 500, driver(1), 'registry-storage', /may not write/],
    ['a read-only mount', 500, driver(30), 'registry-storage', /mounted read-only/],
    ['a quota', 500, driver(122), 'registry-storage', /quota/],
    [
      'words instead of a number',
      500,
      { message: 'write /data/x: no space left on device' },
      'registry-storage',
      /full \(\/data\/x\)/,
    ],
    [
      'words of Python',
      500,
      { message: "OSError: [Errno 28] No space left on device: '/conf/stack'" },
      'registry-storage',
      /full/,
    ],
    [
      'a detail that is text',
      500,
      { message: 'x', detail: 'mkdir /srv/r: permission denied' },
      'registry-storage',
      /may not write.*\/srv\/r/,
    ],
    [
      'a number deep in the detail',
      500,
      { detail: { a: [{ b: { Enclosed: { Err: 28 } } }] } },
      'registry-storage',
      /full/,
    ],
    [
      'a quota that comes as a refusal',
      403,
      { code: 'DENIED', message: 'adding 1 MiB will exceed the configured upper limit of quota' },
      'registry-storage',
      /quota/,
    ],
    ['507 without a word', 507, '', 'registry-storage', /full/],
    ['a refused manifest', 400, { code: 'MANIFEST_INVALID', message: 'no' }, 'registry-refused', /refuses the request/],
    ['read-only mode', 405, { code: 'UNSUPPORTED' }, 'registry-unsupported', /read-only mode/],
    ['a body limit', 413, '<html>413 Request Entity Too Large</html>', 'registry-refuses-size', /for its size/],
    ['a rate limit', 429, { code: 'TOOMANYREQUESTS' }, 'registry-rate-limited', /limits the rate/],
    ['an immutable tag', 409, '', 'registry-tag-immutable', /immutable/],
    [
      'an immutable tag in words only',
      400,
      { code: 'ImageTagAlreadyExists', message: 'tag v1 is immutable' },
      'registry-tag-immutable',
      /immutable/,
    ],
    ['a changed tag', 412, '', 'registry-tag-immutable', /changed meanwhile/],
    ['a lost upload', 404, { code: 'MANIFEST_BLOB_UNKNOWN' }, 'registry-upload-lost', /lost an upload/],
    [
      'a repository that is not made by a push',
      404,
      { code: 'NAME_UNKNOWN' },
      'registry-repository-unknown',
      /not created by a push/,
    ],
    ['any other failure', 502, 'Bad Gateway', 'registry-failed', /failed.*Bad Gateway/],
    ['a page of a proxy', 404, '<!DOCTYPE html><title>x</title>', 'registry-answer-invalid', /a web page/],
  ] as const)('%s', (...row) => {
    const [, status, error, code, words] = row;
    const fault = say(status, error);
    expect(fault).toMatchObject({ code, message: expect.stringMatching(words) });
    expect(fault.hint).not.toBe('');
    expect(fault.values).toMatchObject({ status, host: 'registry.example.com' });
  });

  it('says whose login was refused, and from where it came', () => {
    expect(say(401, { code: 'UNAUTHORIZED' }, { login: alice }).message).toMatch(/credentials of alice from \/root/);
    expect(say(401, '').message).toContain('there are no credentials');
    expect(say(403, { code: 'DENIED' }, { login: alice }).message).toMatch(
      /alice lacks the right to push to team\/app/,
    );
    expect(say(403, '', { action: 'delete' }).message).toMatch(/Nobody who is not logged in has the right to delete/);
  });

  it('does not take a refused account for a storage without rights', () => {
    expect(say(403, { code: 'DENIED', message: 'permission denied' }, { login: alice }).code).toBe('registry-denied');
    expect(say(401, { code: 'UNAUTHORIZED', message: 'permission denied' }).code).toBe('registry-unauthorized');
  });

  it('says what deletion needs', () => {
    expect(say(405, '', { action: 'delete' })).toMatchObject({
      code: 'registry-unsupported',
      hint: expect.stringContaining('allow deletion'),
    });
  });

  it('gives every code a class to act on', () => {
    expect(ociFaultClass(say(507, '').code)).toBe('registry-storage');
    expect(ociFaultClass(say(401, '').code)).toBe('registry-auth');
    expect(ociFaultClass(say(503, '').code)).toBe('registry-unavailable');
    expect(ociFaultClass('content-mismatch')).toBe('internal');
  });

  it('stays short, safe and quick whatever is sent', () => {
    fc.assert(
      fc.property(fc.integer({ min: 100, max: 599 }), fc.oneof(fc.string(), fc.json()), (status, text) => {
        const fault = wireFault({ status, body: Buffer.from(text) }, context);
        expect(fault.message.length).toBeLessThan(1_000);
        // oxlint-disable-next-line no-control-regex -- that none is left is what is tested
        expect(fault.message).not.toMatch(/[\u0000-\u001f]/);
      }),
    );
    const nested = `{"errors":[{"detail":${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}}]}`;
    expect(say(500, nested).code).toBe('registry-failed');
  });
});
