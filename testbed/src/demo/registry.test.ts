import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createRegistryClient } from '@pratique/oci';
import { createLog } from '@pratique/runtime/log';
import { noTrust, parsePublicKey, verifyImage } from '@pratique/sigstore';
import { startDemoRegistry } from './registry.ts';

const folder = await mkdtemp(join(tmpdir(), 'pratique-demo-registry-'));
afterAll(() => rm(folder, { recursive: true, force: true }));
const now = () => new Date('2026-11-01T12:00:00Z');
const log = createLog({ level: 'error', format: 'json', name: 'test', destination: { write: () => undefined } });
const options = { folder, port: 0, version: 'test', log, now };

async function outcomes(demo: Awaited<ReturnType<typeof startDemoRegistry>>) {
  const key = parsePublicKey(await readFile(demo.key.publicFile, 'utf8'));
  const client = createRegistryClient({ userAgent: 'test', now, random: Math.random });
  const found: Record<string, string> = {};
  for (const { repository, tag } of demo.images) {
    const { verdict } = await verifyImage({
      store: client.repository({ registry: demo.address, repository }),
      reference: { registry: demo.address, repository, tag },
      policy: { signer: { kind: 'key', key: { key } }, log: 'ignored' },
      trust: noTrust,
      now: now(),
    });
    found[`${repository}:${tag}`] = verdict.outcome;
  }
  await client.close();
  return found;
}

describe('the registry of the demonstration', () => {
  it('holds an image for every answer a verifier gives, the same after another start', async () => {
    const expected = {
      'shop/web:1.0': 'verified',
      'shop/web:1.1': 'no-signatures',
      'shop/api:2.0': 'no-match',
      'shop/worker:3.0': 'no-signatures',
      'shop/tools:4.0': 'verified',
    };
    const first = await startDemoRegistry(options);
    expect(await outcomes(first)).toEqual(expected);
    const key = await readFile(first.key.privateFile, 'utf8');
    await first.stop();
    const second = await startDemoRegistry(options);
    expect(await outcomes(second)).toEqual(expected);
    expect(await readFile(second.key.privateFile, 'utf8')).toBe(key);
    await second.stop();
  });

  it('lets only its owner read the private key', async () => {
    expect((await stat(join(folder, 'keys', 'cosign.key'))).mode & 0o777).toBe(0o600);
  });
});
