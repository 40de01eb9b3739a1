import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Fault } from '@pratique/runtime/fault';
import { startSigstore } from '@pratique/testbed/sigstore';
import { describe, expect, it } from 'vitest';
import { initializeTrust, trustFile, trustTargets } from '@pratique/sigstore';
import type { ValidatorSettings } from '../configuration/policy.ts';
import { noon } from './cosign-fixture.ts';
import { createKeyRing, keySources } from './key-ring.ts';
import type { OutsideKey } from './key-ring.ts';
import { createTrustKeeper } from './trust-keeper.ts';

const source: OutsideKey = { kind: 'kubernetes', namespace: 'keys', secret: 'team-a' };
const { signal } = new AbortController();
const day = 24 * 60 * 60_000;

function ring(answers: (string | Fault)[]) {
  const clock = { now: noon.getTime() };
  const faults: string[] = [];
  const made = createKeyRing({
    read: () => {
      const answer = answers.shift() ?? new Fault({ code: 'gone', message: 'The Secret is gone.', hint: 'Make it.' });
      return answer instanceof Fault ? Promise.reject(answer) : Promise.resolve(answer);
    },
    now: () => new Date(clock.now),
    onFault: (name, fault) => faults.push(`${name}: ${fault.message}`),
  });
  return { made, clock, faults };
}

describe('keys that live elsewhere', () => {
  it('COS-2 hands out what was last read, and says that nothing was read before', async () => {
    const { made } = ring(['first', 'second']);
    expect(made.key(source)).toMatchObject({ state: 'failed', fault: { code: 'key-source-unreadable' } });
    await made.load([source], signal);
    expect(made.key(source)).toEqual({ state: 'there', value: 'first' });
    await made.refresh(signal);
    expect(made.key(source)).toEqual({ state: 'there', value: 'second' });
  });

  it('COS-2 keeps the last good key for a day while it cannot be read, and says so each time', async () => {
    const { made, clock, faults } = ring(['good']);
    await made.load([source], signal);
    clock.now += day;
    await made.refresh(signal);
    expect(made.key(source)).toEqual({ state: 'there', value: 'good' });
    expect(faults).toEqual(['k8s://keys/team-a: The Secret is gone.']);
    clock.now += 1;
    expect(made.key(source)).toMatchObject({ state: 'failed', fault: { message: 'The Secret is gone.' } });
  });

  it('COS-2 repeats neither the login nor the signature of an address, which are secrets', async () => {
    const url = 'https://jane:hunter2@keys.example/cosign.pub?sig=hunter3#x';
    const faults: string[] = [];
    const made = createKeyRing({
      read: () => Promise.reject(new TypeError(`no request can be made of ${url}`)),
      now: () => noon,
      onFault: (name, fault) => faults.push(`${name}: ${fault.message}`),
    });
    await made.load([{ kind: 'url', url }], signal);
    const told = JSON.stringify([faults, made.key({ kind: 'url', url })]);
    expect(told).toContain('https://keys.example/cosign.pub');
    expect(told).not.toContain('hunter');
  });

  it('COS-2 forgets keys that no trust root names any more, and does not read again what it has', async () => {
    const { made } = ring(['good', 'better']);
    await made.load([source], signal);
    await made.load([source], signal);
    expect(made.key(source)).toEqual({ state: 'there', value: 'good' });
    await made.load([], signal);
    expect(made.key(source)).toMatchObject({ state: 'failed' });
  });

  it('COS-2 refreshes by itself until it is told to end', async () => {
    const reads: string[] = [];
    const ending = new AbortController();
    const made = createKeyRing({
      read: ({ kind }) => {
        reads.push(kind);
        if (reads.length === 4) ending.abort();
        return Promise.resolve('key');
      },
      now: () => noon,
      refreshMs: 1,
    });
    await made.load([source], ending.signal);
    await made.run(ending.signal);
    expect(reads).toHaveLength(4);
  });

  it('COS-2 finds every key that a policy refers to, once', () => {
    const root = { kind: 'key', name: 'a', source } as const;
    const cosign = { type: 'cosign', name: 'c', rekor: '', trust: {}, trustRoots: new Map([['a', root]]) } as const;
    const deny = { type: 'static', name: 'deny', approve: false } as const;
    const validators = new Map<string, ValidatorSettings>([
      ['c', cosign],
      ['d', { ...cosign, name: 'd' }],
      ['deny', deny],
    ]);
    expect(keySources({ validators })).toEqual([source]);
  });
});

describe('trust of the public services', () => {
  it('COS-9 begins with what is kept, refreshes in the background, and stops counting when it expires', async () => {
    await using world = await startSigstore();
    const cache = await mkdtemp(join(tmpdir(), 'pratique-trust-'));
    const clock = { now: new Date() };
    const state = { online: true };
    const access = {
      fetch: (url: string, init: RequestInit) =>
        state.online ? fetch(url, init) : Promise.reject(new TypeError('fetch failed')),
      random: () => 0.5,
      pause: () => Promise.resolve(),
    };
    try {
      const repository = { cache, mirror: world.tufUrl, access, now: () => clock.now };
      const faults: string[] = [];
      const keeper = createTrustKeeper({ ...repository, onFault: ({ message }) => faults.push(message) });
      expect(keeper.current()).toMatchObject({ state: 'failed', fault: { code: 'public-trust-missing' } });
      await keeper.begin();
      expect(keeper.current()).toMatchObject({ state: 'failed', fault: { code: 'trust-not-initialized' } });
      await initializeTrust({ ...repository, root: world.tuf.initialRoot });
      await keeper.begin();
      expect(keeper.current()).toMatchObject({ state: 'there' });
      expect(keeper.age()).toMatchObject({ origin: 'cache' });
      expect(await keeper.refresh()).toBe('refreshed');
      expect(keeper.age()).toMatchObject({ origin: 'repository' });
      const since = keeper.age()?.since;
      state.online = false;
      clock.now = new Date(clock.now.getTime() + 60_000);
      expect(await keeper.refresh()).toBe('failed');
      expect(faults.at(-1)).toContain('could not be refreshed');
      expect(keeper.age()?.since).toEqual(since);
      expect(keeper.current()).toMatchObject({ state: 'there' });
      const { expires } = await trustFile({ ...repository, target: trustTargets.trustedRoot, refresh: 'never' });
      clock.now = new Date(expires.getTime() + 1000);
      expect(keeper.current()).toMatchObject({
        state: 'failed',
        fault: { message: expect.stringContaining('expired') },
      });
    } finally {
      await rm(cache, { recursive: true, force: true });
    }
  }, 60_000);
});
