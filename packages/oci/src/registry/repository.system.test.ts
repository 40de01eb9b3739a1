import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startDockerRegistry } from '@pratique/testbed/docker-registry';
import { needsPeer } from '@pratique/testbed/peers';
import { contentStoreSuite } from '../content-store.suite-for-test.ts';
import type { StoreSuite } from '../content-store.suite-for-test.ts';
import { createRegistryClient } from './client.ts';

const peer = needsPeer('docker-registry');

/** Every store is a repository of its own in one registry. */
function repositories(start: () => Promise<{ host: string; close: () => Promise<void> }>): StoreSuite {
  return {
    start: async () => {
      const registry = await start();
      const client = createRegistryClient({ userAgent: 'test', now: () => new Date(), random: () => 0.5 });
      let count = 0;
      return {
        fresh: async () => client.repository({ registry: registry.host, repository: `suite/store-${(count += 1)}` }),
        stop: async () => {
          await client.close();
          await registry.close();
        },
      };
    },
  };
}

async function startOurs(): Promise<{ host: string; close: () => Promise<void> }> {
  // Only when the test runs: the program stands on this package.
  const { startRegistry } = await import('@pratique/registry');
  const folder = await mkdtemp(join(tmpdir(), 'pratique-oci-'));
  const registry = await startRegistry({ folder, durable: false });
  return {
    host: new URL(registry.url).host,
    close: async () => {
      await registry.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

contentStoreSuite('a registry that keeps lists of referrers', repositories(startOurs));
peer.describe('with the reference registry', () => {
  contentStoreSuite(
    'a registry that keeps no lists',
    repositories(() => startDockerRegistry(peer.path)),
  );
});
