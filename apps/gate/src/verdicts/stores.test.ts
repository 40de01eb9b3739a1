import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readAnswer, writeAnswer } from './kept-answer.ts';
import { layerStores } from './layered-store.ts';
import { createMemoryStore } from './memory-store.ts';
import { sealStore } from './sealed-store.ts';
import type { VerdictStore } from './verdict-store.ts';

const sealKey = Buffer.alloc(32, 7);
const start = Date.UTC(2026, 0, 1);

/** A store that anybody can read and write, as a cache server is to whoever has its password. */
function openStore(): VerdictStore & { readonly held: Map<string, string> } {
  const held = new Map<string, string>();
  return {
    held,
    get: async (key) => held.get(key),
    set: async (key, value) => void held.set(key, value),
    close: async () => held.clear(),
  };
}

describe('answers under a seal', () => {
  it('CAC-8 come back as they were, and only to who has the key', async () => {
    const inner = openStore();
    const now = () => new Date(start);
    const store = sealStore(inner, { sealKey, now });
    await store.set('key', 'value', 30);
    expect(await store.get('key')).toBe('value');
    expect(await sealStore(inner, { sealKey: Buffer.alloc(32, 8), now }).get('key')).toBeUndefined();
    expect(() => sealStore(inner, { sealKey: Buffer.alloc(16), now })).toThrow(RangeError);
  });

  it('CAC-8 cannot be changed, moved to another key, or brought back after their time', async () => {
    const inner = openStore();
    let ms = start;
    const broken: string[] = [];
    const store = sealStore(inner, { sealKey, now: () => new Date(ms), onBroken: (key) => broken.push(key) });
    await store.set('bad image', 'refused', 30);
    await store.set('good image', 'accepted', 30);
    const good = inner.held.get('good image') ?? '';
    inner.held.set('bad image', good);
    expect(await store.get('bad image')).toBeUndefined();
    inner.held.set('good image', good.replace(/accepted$/, 'accepteD'));
    expect(await store.get('good image')).toBeUndefined();
    inner.held.set('good image', good.replace(/^v1\.\d+/, `v1.${start + 3_600_000}`));
    expect(await store.get('good image')).toBeUndefined();
    expect(broken).toEqual(['bad image', 'good image', 'good image']);
    inner.held.set('good image', good);
    expect(await store.get('good image')).toBe('accepted');
    ms += 30_000;
    expect(await store.get('good image')).toBeUndefined();
  });

  it('CAC-8 are a miss whatever stands there', async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.string(), fc.stringMatching(/^v1\.\d{1,15}\.[0-9a-f]{64}\..*$/)), async (text) => {
        const inner = openStore();
        inner.held.set('key', text);
        expect(await sealStore(inner, { sealKey, now: () => new Date(0) }).get('key')).toBeUndefined();
      }),
    );
  });
});

describe('a near store before a far one', () => {
  it('answers from the near one, and learns from the far one for a while', async () => {
    let ms = 0;
    const near = createMemoryStore({ clock: () => ms + 1 });
    const far = openStore();
    const store = layerStores(near, far, 5);
    await store.set('key', 'value', 60);
    far.held.delete('key');
    expect(await store.get('key')).toBe('value');
    far.held.set('other', 'from a replica');
    expect(await store.get('other')).toBe('from a replica');
    far.held.delete('other');
    expect(await store.get('other')).toBe('from a replica');
    ms += 5001;
    expect(await store.get('other')).toBeUndefined();
  });
});

describe('a kept answer', () => {
  const digest = `sha256:${'a'.repeat(64)}`;
  const accepted = {
    outcome: 'accepted',
    digest,
    found: [{ text: 'seen', location: 'here' }],
    warnings: ['old'],
  } as const;
  const refused = {
    outcome: 'refused',
    class: 'no_signature',
    detail: 'no signatures found',
    wanted: 'one',
    nextStep: 'sign',
    found: [],
    warnings: [],
  } as const;

  it('CAC-2 is JSON with a digest or an error, never both, and comes back as it was', () => {
    const at = new Date(start);
    for (const answer of [accepted, refused]) {
      const text = writeAnswer({ answer, at });
      const { digest: kept, error } = JSON.parse(text) as { digest: string; error: string };
      expect((kept === '') !== (error === '')).toBe(true);
      expect(readAnswer(text)).toEqual({ answer, at });
    }
  });

  it('CAC-2 is a miss when it cannot be read, whatever it is', () => {
    const whole = JSON.parse(writeAnswer({ answer: accepted, at: new Date(start) })) as Record<string, unknown>;
    for (const change of [
      { digest: '', error: '' },
      { error: 'both' },
      { at: 'yesterday' },
      { answer: {} },
      { answer: null },
    ]) {
      expect(readAnswer(JSON.stringify({ ...whole, ...change })), JSON.stringify(change)).toBeUndefined();
    }
    const lies = { ...accepted, digest: 'sha256:1' };
    expect(readAnswer(JSON.stringify({ ...whole, answer: lies }))).toBeUndefined();
    fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (text) => readAnswer(text) === undefined));
  });
});
