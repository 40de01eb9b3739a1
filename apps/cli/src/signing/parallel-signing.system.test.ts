import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRegistryClient, parseReference } from '@pratique/oci';
import { startRegistry, type RunningRegistry } from '@pratique/registry';
import { buildImage, pushImage } from '@pratique/testbed/images';
import { pratique } from '../run-for-test.ts';

let folder: string;
let registry: RunningRegistry;
let digest: string;

async function run(words: readonly string[]) {
  const started = pratique(words, {
    COSIGN_PASSWORD: 'pw',
    COSIGN_TLOG_UPLOAD: 'false',
    COSIGN_INSECURE_IGNORE_TLOG: 'true',
  });
  return { code: await started.ended, out: started.out(), err: started.err() };
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parallel-signing-'));
  registry = await startRegistry({ folder: join(folder, 'registry'), durable: false });
  const client = createRegistryClient({ userAgent: 'test', now: () => new Date(), random: Math.random });
  const store = client.repository(parseReference(`${registry.address}/demo/app:1`));
  digest = await pushImage(store, await buildImage({ layers: [{ 'etc/name': 'app' }] }), '1');
  await client.close();
}, 60_000);
afterAll(async () => {
  await registry.close();
  await rm(folder, { recursive: true, force: true });
});

describe('eight signers at once', { timeout: 180_000 }, () => {
  it('lose nothing in either format', async () => {
    const image = `${registry.address}/demo/app@${digest}`;
    const keys = Array.from({ length: 8 }, (_, index) => join(folder, `signer-${index}`));
    for (const key of keys) await run(['generate-key-pair', '--output-key-prefix', key]);
    const signed = await Promise.all(keys.map((key) => run(['sign', '--key', `${key}.key`, image])));
    expect(signed.map(({ code }) => code)).toEqual(keys.map(() => 0));
    for (const key of keys) {
      const { code, out } = await run(['verify', '--key', `${key}.pub`, image]);
      expect([key, code, (JSON.parse(out || '[]') as unknown[]).length]).toEqual([key, 0, 2]);
    }
  });
});
