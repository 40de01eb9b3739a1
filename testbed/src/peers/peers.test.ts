import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startDockerRegistry } from './docker-registry.ts';
import { needsPeer, runPeer } from './peers.ts';

const registry = needsPeer('docker-registry');
const oras = needsPeer('oras');

describe('the real peers', () => {
  it('are looked for where the environment says', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'pratique-no-peers-'));
    try {
      expect(() => needsPeer('cosign-2', { PRATIQUE_PEERS: folder, PRATIQUE_FORBID_SKIP: '1' })).toThrow(/fetch-peers/);
      const excused = { PRATIQUE_PEERS: folder, PRATIQUE_FORBID_SKIP: '1', PRATIQUE_MAY_LACK: 'helm' };
      expect(needsPeer('helm', excused).path).toBeUndefined();
      expect(() => needsPeer('cosign-2', excused)).toThrow(/fetch-peers/);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

registry.describe('the reference registry', () => {
  it('starts on a free port and stops', async () => {
    const running = await startDockerRegistry(registry.path);
    expect((await fetch(`http://${running.host}/v2/`)).status).toBe(200);
    await running.close();
    await expect(fetch(`http://${running.host}/v2/`)).rejects.toThrow('fetch failed');
  });
});

oras.describe('a peer', () => {
  it('answers with what it prints and its exit code', async () => {
    expect((await runPeer(oras.path, ['version'])).stdout).toContain('Version');
    expect((await runPeer(oras.path, ['no-such-verb'])).code).not.toBe(0);
  });
});
