import { randomBytes } from 'node:crypto';
import { createAuthority, issueLeaf } from '@pratique/tls';
import { startCacheServer } from '@pratique/testbed/cache-server';
import type { CacheServer } from '@pratique/testbed/cache-server';
import { needsPeer } from '@pratique/testbed/peers';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { createRedisStore } from './redis-store.ts';
import type { RedisStoreOptions } from './redis-store.ts';
import type { StoreEvent, VerdictStore } from './verdict-store.ts';

const peer = needsPeer('valkey-server');
const password = 'a password with spaces is not one'.replaceAll(' ', '-');
const name = 'connaisseur-redis-service';

peer.describe('a cache server that replicas share', () => {
  let certificates: { readonly ca: string; readonly certificate: string; readonly key: string };
  let server: CacheServer;
  const open: VerdictStore[] = [];

  beforeAll(async () => {
    const making = { now: Date.now(), random: randomBytes };
    const authority = await createAuthority({ ...making, name });
    const leaf = await issueLeaf({ ...making, authority, names: [name] });
    certificates = { ca: authority.certificate, certificate: leaf.certificate, key: leaf.key };
    server = await startCacheServer(peer.path, { password, ...certificates });
  });
  afterEach(async () => {
    await Promise.all(open.splice(0).map((store) => store.close()));
  });
  afterAll(() => server.close());

  /** A store that has connected, or has been found unable to; what it told stands beside it. */
  async function connected(change: Partial<RedisStoreOptions> = {}) {
    const told: (string | undefined)[] = [];
    const events: StoreEvent['result'][] = [];
    let ms = 0;
    const store = createRedisStore({
      ...{ host: server.host, port: server.port, password, ca: certificates.ca, serverName: name },
      ...{ clock: () => ms, timeoutMs: 2_000, pauseMs: 10_000 },
      onState: (fault) => told.push(fault?.message),
      onEvent: ({ result }) => events.push(result),
      ...change,
    });
    open.push(store);
    await vi.waitFor(async () => {
      await store.get('a key that nobody has');
      expect(events.includes('miss') || told.length > 0).toBe(true);
    }, 20_000);
    return { store, told, events, pass: (more: number) => void (ms += more) };
  }

  it('CAC-1 keeps what one replica wrote for the others, for its time', async () => {
    const one = await connected();
    const other = await connected();
    await one.store.set('key', 'välue', 60);
    expect(await other.store.get('key')).toBe('välue');
    await one.store.set('soon gone', 'value', 0.05);
    await vi.waitFor(async () => expect(await other.store.get('soon gone')).toBeUndefined(), 20_000);
  });

  it.each([
    { trouble: 'the password is wrong', change: { password: 'another' }, says: /WRONGPASS/ },
    { trouble: 'nobody vouches for it', change: { ca: undefined }, says: /unable to verify|self.signed|issuer/i },
    { trouble: 'it is for another name', change: { serverName: 'elsewhere' }, says: /altnames|does not match/i },
    { trouble: 'nobody is there', change: { port: 1 }, says: /ECONNREFUSED/ },
  ])('CAC-5, CAC-9 costs nothing and says why when $trouble', async ({ change, says }) => {
    const { store, told, events } = await connected(change as Partial<RedisStoreOptions>);
    expect(told).toHaveLength(1);
    expect(told[0]).toMatch(says);
    expect(await store.get('key')).toBeUndefined();
    await store.set('key', 'value', 60);
    expect(new Set(events)).toEqual(new Set(['error']));
    expect(told, 'an outage is told once').toHaveLength(1);
  });

  it('CAC-5 gives up on a server that falls silent, rests, and comes back', async () => {
    const { store, told, pass } = await connected({ timeoutMs: 1_000 });
    await store.set('key', 'value', 60);
    server.freeze();
    try {
      expect(await store.get('key')).toBeUndefined();
      expect(told).toEqual([expect.stringContaining('no answer within 1000 ms')]);
      expect(await store.get('key')).toBeUndefined();
    } finally {
      server.thaw();
    }
    expect(await store.get('key'), 'it rests for its pause').toBeUndefined();
    pass(10_001);
    await vi.waitFor(async () => expect(await store.get('key')).toBe('value'), 20_000);
    expect(told).toEqual([expect.any(String), undefined]);
  });

  it('CAC-5 survives the death of the server and finds the next one', async () => {
    const { store, told, pass } = await connected();
    await store.set('key', 'value', 60);
    const { port } = server;
    await server.close();
    expect(await store.get('key')).toBeUndefined();
    server = await startCacheServer(peer.path, { password, ...certificates, port });
    pass(10_001);
    await vi.waitFor(async () => {
      await store.set('key', 'again', 60);
      expect(await store.get('key')).toBe('again');
    }, 20_000);
    expect(told.at(-1)).toBeUndefined();
  });
});
