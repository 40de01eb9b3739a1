import { startFakeApiServer } from '@pratique/testbed/kube';
import type { FakeApiServer } from '@pratique/testbed/kube';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { connectCluster } from './cluster.ts';
import type { Cluster } from './cluster.ts';
import { resources } from './resource.ts';
import type { WatchEvent, WatchRequest } from './watch.ts';

let server: FakeApiServer;
let cluster: Cluster;

beforeAll(async () => {
  server = await startFakeApiServer({ namespaces: { a: {} }, controllers: false });
  const config = { kind: 'kubeconfig', text: server.kubeconfig() } as const;
  cluster = await connectCluster({ config, now: () => new Date(), random: () => 0 });
});

beforeEach(() => {
  server.trouble.calm();
  for (const { metadata } of server.list('configmaps', 'a')) server.remove('configmaps', 'a', metadata.name ?? '');
});

afterAll(async () => {
  cluster.close();
  await server.close();
});

function put(name: string, labels: Readonly<Record<string, string>> = {}): void {
  server.put({ kind: 'ConfigMap', metadata: { namespace: 'a', name, labels } });
}

function watching(request: Omit<WatchRequest, 'signal'> = {}) {
  const controller = new AbortController();
  const { signal } = controller;
  const watch = cluster.watch(resources.configMaps, { namespace: 'a', ...request, signal });
  return {
    next: async (): Promise<string> => {
      const { value } = await watch.next();
      return value === undefined ? 'ended' : words(value);
    },
    stop: () => controller.abort(),
  };
}

function words(event: WatchEvent): string {
  if (event.type === 'listed') return `listed ${event.items.map(({ metadata }) => metadata.name).join(' ')}`.trim();
  return event.type === 'interrupted' ? 'interrupted' : `${event.type} ${event.object.metadata.name}`;
}

function lists(): number {
  return server.asked.filter((line) => line.includes('configmaps?limit')).length;
}

describe('a watch', () => {
  it('tells what is there, then every change, and ends without an error', async () => {
    put('one');
    const { next, stop } = watching();
    expect(await next()).toBe('listed one');
    put('two');
    expect(await next()).toBe('added two');
    put('two', { changed: 'yes' });
    expect(await next()).toBe('modified two');
    server.remove('configmaps', 'a', 'one');
    expect(await next()).toBe('deleted one');
    stop();
    expect(await next()).toBe('ended');
  });

  it('with a selector sees objects come into view and leave it', async () => {
    put('one', { tier: 'web' });
    const { next, stop } = watching({ labelSelector: 'tier in (web, api),!hidden' });
    expect(await next()).toBe('listed one');
    put('two', { tier: 'cache' });
    put('two', { tier: 'api' });
    expect(await next()).toBe('added two');
    put('one', { tier: 'web', hidden: 'yes' });
    expect(await next()).toBe('deleted one');
    stop();
  });

  it('whose connection drops goes on where it was: no second list, nothing missed', async () => {
    const { next, stop } = watching();
    await next();
    const before = lists();
    const first = next();
    put('one');
    expect(await first).toBe('added one');
    server.trouble.dropConnections();
    expect(await next()).toBe('interrupted');
    put('meanwhile');
    expect(await next()).toBe('added meanwhile');
    expect(lists()).toBe(before);
    stop();
  });

  it('whose version the server has forgotten lists anew at once', async () => {
    put('one');
    const { next, stop } = watching();
    await next();
    server.forgetHistory();
    put('two');
    expect(await next()).toBe('listed one two');
    stop();
  });

  it('that cannot be begun says why and tries again', async () => {
    server.trouble.interfere({ when: /configmaps\?limit/, times: 1, with: { status: 500 } });
    const { next, stop } = watching();
    expect(await next()).toBe('interrupted');
    expect(await next()).toBe('listed');
    stop();
  });

  it('lists anew after the time set for it, though nothing happened', async () => {
    let time = 0;
    const config = { kind: 'kubeconfig', text: server.kubeconfig() } as const;
    using own = await connectCluster({ config, now: () => new Date((time += 60_000)), random: () => 0 });
    const controller = new AbortController();
    const watch = own.watch(resources.configMaps, { namespace: 'a', resyncMs: 1_000, signal: controller.signal });
    expect((await watch.next()).value).toMatchObject({ type: 'listed' });
    const first = watch.next();
    put('one');
    expect((await first).value).toMatchObject({ type: 'added' });
    // Sooner than the end the server was asked for, so that the test need not wait for it.
    server.trouble.dropConnections();
    const types: (string | undefined)[] = [];
    while (types.at(-1) !== 'listed') types.push((await watch.next()).value?.type);
    expect(types.filter((type) => type !== 'interrupted')).toEqual(['listed']);
    controller.abort();
  });

  it('does not read ahead of a reader that is slow', async () => {
    const { next, stop } = watching();
    await next();
    for (let index = 0; index < 50; index += 1)
      put(`m-${String(index).padStart(2, '0')}`, { filler: 'x'.repeat(60_000) });
    for (let index = 0; index < 50; index += 1) expect(await next()).toBe(`added m-${String(index).padStart(2, '0')}`);
    stop();
  });
});
