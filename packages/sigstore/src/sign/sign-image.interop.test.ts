/** What is written here is accepted by the real cosign and skopeo, and what they write is found here. */
import { generateKeyPairSync } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { createRegistryClient } from '@pratique/oci';
import type { Descriptor, RegistryClient, RegistryRepository } from '@pratique/oci';
import { startRegistry } from '@pratique/registry';
import type { RunningRegistry } from '@pratique/registry';
import { startDockerRegistry } from '@pratique/testbed/docker-registry';
import { needsPeer, runPeer } from '@pratique/testbed/peers';
import type { PeerAnswer } from '@pratique/testbed/peers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newSigner, putImage } from '../attachment/attachment-fixture.ts';
import { allSources, collectEvidence } from '../attachment/collect.ts';
import { parseBundle } from '../bundle/bundle-parse.ts';
import { preAuthenticationEncoding } from '../bundle/dsse.ts';
import { checkSignature } from '../keys/algorithms.ts';
import { generateSigningKey } from '../keys/generate.ts';
import type { KeyPairFiles } from '../keys/generate.ts';
import { importSigningKey } from '../keys/import-key.ts';
import { openKeyFile } from '../keys/key-file.ts';
import { signerFor } from '../keys/private-key.ts';
import { parsePublicKey } from '../keys/public-key.ts';
import type { PublicKey } from '../keys/public-key.ts';
import { attachmentTag } from '../simple-signing/tags.ts';
import { signImage } from './sign-image.ts';
import type { SignImageRequest } from './sign-image.ts';

const registry = needsPeer('docker-registry');
const old = needsPeer('cosign-2');
const current = needsPeer('cosign-3');
const skopeo = needsPeer('skopeo');

const environment = { COSIGN_PASSWORD: 'a password' };
const contention = {
  random: Math.random,
  sleep: async (ms: number): Promise<void> => {
    await pause(ms);
  },
};

let folder: string;
let files: KeyPairFiles;
let client: RegistryClient;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pratique-peers-'));
  files = await generateSigningKey({ password: Buffer.from(environment.COSIGN_PASSWORD) });
  await writeFile(join(folder, 'ours.key'), files.privatePem);
  await writeFile(join(folder, 'ours.pub'), files.publicPem);
  client = createRegistryClient({ userAgent: 'pratique-test', now: () => new Date(), random: Math.random });
});

afterAll(async () => {
  await client.close();
  await rm(folder, { recursive: true, force: true });
});

function run(path: string | undefined, ...args: string[]): Promise<PeerAnswer> {
  return runPeer(path, args, { cwd: folder, env: environment });
}

async function newImage(host: string, name: string): Promise<{ store: RegistryRepository; image: Descriptor }> {
  const store = client.repository({ registry: host, repository: name });
  return { store, image: await putImage(store, name, '1') };
}

async function signOurs(store: RegistryRepository, changes: Partial<SignImageRequest> = {}) {
  const signer = signerFor(await openKeyFile(files.privatePem, Buffer.from(environment.COSIGN_PASSWORD)));
  return signImage({
    store,
    target: '1',
    reference: store,
    now: new Date(),
    material: { signer },
    ...contention,
    ...changes,
  });
}

/** Formats of the candidates whose signature verifies with the public key. */
async function verified(
  store: RegistryRepository,
  digest: string,
  publicKey: PublicKey = files.publicKey,
): Promise<readonly string[]> {
  const { candidates, sources } = await collectEvidence({ store, digest, sources: allSources });
  expect(sources.filter(({ state }) => state === 'failed')).toEqual([]);
  return candidates.flatMap((candidate) => {
    if (candidate.format === 'legacy') {
      if (candidate.payload.state !== 'read') return [];
      const signature = Buffer.from(candidate.annotations['dev.cosignproject.cosign/signature'] ?? '', 'base64');
      return checkSignature({ publicKey, message: candidate.payload.bytes, signature }) ? ['legacy'] : [];
    }
    if (candidate.bundle.state !== 'read') return [];
    const { content } = parseBundle(candidate.bundle.bytes);
    if (content.kind !== 'envelope') return [];
    const { payloadType, payload, signatures } = content.envelope;
    const message = preAuthenticationEncoding(payloadType, payload);
    return signatures.some(({ signature }) => checkSignature({ publicKey, message, signature })) ? ['bundle'] : [];
  });
}

/** A registry of each kind: one that keeps lists of referrers and honours conditions, one that does neither. */
describe.each(['our registry', 'the reference registry'])('in %s', (which) => {
  const guarded = which === 'our registry' ? { describe } : registry;
  let host: string;
  let close: () => Promise<void>;

  beforeAll(async () => {
    if (which === 'our registry') {
      const running = await startRegistry({ folder: join(folder, 'registry'), durable: false });
      ({ address: host } = running);
      close = () => running.close();
    } else if (registry.path !== undefined) {
      ({ host, close } = await startDockerRegistry(registry.path));
    }
  });
  afterAll(() => close?.());

  guarded.describe('side by side', () => {
    it('eight parallel signers lose nothing in either format', async () => {
      const { store, image } = await newImage(host, 'parallel');
      const signers = Array.from({ length: 8 }, () => newSigner());
      const results = await Promise.all(signers.map((signer) => signOurs(store, { material: { signer } })));
      expect(results.flatMap(({ results: all }) => all.map(({ state }) => state))).toEqual(
        Array.from({ length: 16 }, () => 'stored'),
      );
      const { candidates } = await collectEvidence({ store, digest: image.digest, sources: allSources });
      expect(candidates.filter(({ format }) => format === 'legacy')).toHaveLength(8);
      expect(candidates.filter(({ format }) => format === 'bundle')).toHaveLength(8);
    });
  });

  for (const [name, peer] of [
    ['cosign 2.5', old],
    ['cosign 3.1', current],
  ] as const) {
    const both = which === 'our registry' ? peer : registry.path === undefined ? registry : peer;

    both.describe(name, () => {
      it('accepts what we signed in both formats, with annotations', async () => {
        const { store, image } = await newImage(host, `ours-${peer === old ? 2 : 3}`);
        await signOurs(store, { annotations: { build: '<42> & more' } });
        const reference = `${store.name}@${image.digest}`;
        const verify = (...more: string[]) =>
          run(
            peer.path,
            'verify',
            '--key',
            'ours.pub',
            '--insecure-ignore-tlog=true',
            '--allow-http-registry',
            ...more,
            reference,
          );
        expect(await verify('-a', 'build=<42> & more')).toMatchObject({ code: 0 });
        expect((await verify('-a', 'build=43')).code).not.toBe(0);
      });

      it('signs with our key file, beside ours, and all is found', async () => {
        const { store, image } = await newImage(host, `theirs-${peer === old ? 2 : 3}`);
        await signOurs(store, { annotations: { by: 'us' } });
        const more = peer === old ? ['--tlog-upload=false'] : ['--use-signing-config=false', '--tlog-upload=false'];
        const signed = await run(
          peer.path,
          'sign',
          '--yes',
          '--key',
          'ours.key',
          '--allow-http-registry',
          ...more,
          `${store.name}@${image.digest}`,
        );
        expect(signed, signed.stderr).toMatchObject({ code: 0 });
        const expected = peer === old ? ['legacy', 'legacy', 'bundle'] : ['legacy', 'bundle', 'bundle'];
        expect(await verified(store, image.digest)).toEqual(expected);
        await signOurs(store, { annotations: { by: 'us again' } });
        expect(await verified(store, image.digest)).toHaveLength(5);
      });
    });
  }

  const withSkopeo = which === 'our registry' ? skopeo : registry.path === undefined ? registry : skopeo;
  withSkopeo.describe('skopeo', () => {
    it('accepts what we signed and appends to it, and both stay', async () => {
      const { store, image } = await newImage(host, 'skopeo');
      await signOurs(store);
      const policy = {
        default: [
          { type: 'sigstoreSigned', keyPath: join(folder, 'ours.pub'), signedIdentity: { type: 'matchRepository' } },
        ],
      };
      await writeFile(join(folder, 'policy.json'), JSON.stringify(policy));
      await writeFile(join(folder, 'open.json'), JSON.stringify({ default: [{ type: 'insecureAcceptAnything' }] }));
      await writeFile(join(folder, 'passphrase'), environment.COSIGN_PASSWORD);
      await rm(join(folder, 'registries.d'), { recursive: true, force: true });
      await mkdir(join(folder, 'registries.d'));
      await writeFile(
        join(folder, 'registries.d', 'all.yaml'),
        `docker:\n  ${host}:\n    use-sigstore-attachments: true\n`,
      );
      const source = `docker://${store.name}@${image.digest}`;
      const copy = (rules: string, ...more: string[]) =>
        run(
          skopeo.path,
          '--policy',
          rules,
          '--registries.d',
          'registries.d',
          'copy',
          '--src-tls-verify=false',
          '--dest-tls-verify=false',
          '--preserve-digests',
          ...more,
        );
      const accepted = await copy('policy.json', source, `dir:${join(folder, 'accepted')}`);
      expect(accepted, accepted.stderr).toMatchObject({ code: 0 });
      const signed = await copy(
        'open.json',
        '--sign-by-sigstore-private-key',
        'ours.key',
        '--sign-passphrase-file',
        'passphrase',
        source,
        `docker://${store.name}:1`,
      );
      expect(signed, signed.stderr).toMatchObject({ code: 0 });
      expect(await verified(store, image.digest)).toEqual(['legacy', 'legacy', 'bundle']);
      const unsigned = await newImage(host, 'unsigned');
      const refused = await copy(
        'policy.json',
        `docker://${unsigned.store.name}@${unsigned.image.digest}`,
        `dir:${join(folder, 'refused')}`,
      );
      expect(refused.code).not.toBe(0);
    });
  });
});

describe('keys and layouts of others', () => {
  let registryOfOurs: RunningRegistry;
  beforeAll(async () => {
    registryOfOurs = await startRegistry({ folder: join(folder, 'others'), durable: false });
  });
  afterAll(() => registryOfOurs.close());

  for (const [name, peer] of [
    ['cosign 2.5', old],
    ['cosign 3.1', current],
  ] as const) {
    const number = peer === old ? 2 : 3;
    const alone = peer === old ? ['--tlog-upload=false'] : ['--use-signing-config=false', '--tlog-upload=false'];

    peer.describe(name, () => {
      it('makes keys that open here', async () => {
        const made = await run(peer.path, 'generate-key-pair', '--output-key-prefix', `made-${number}`);
        expect(made, made.stderr).toMatchObject({ code: 0 });
        const pem = await readFile(join(folder, `made-${number}.key`), 'utf8');
        const signer = signerFor(await openKeyFile(pem, Buffer.from(environment.COSIGN_PASSWORD)));
        const theirs = parsePublicKey(await readFile(join(folder, `made-${number}.pub`), 'utf8'));
        expect(signer.publicKey.fingerprint).toBe(theirs.fingerprint);
      });

      it.each([
        ['P-384', generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey],
        ['P-521', generateKeyPairSync('ec', { namedCurve: 'P-521' }).privateKey],
        ['RSA', generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey],
        ['Ed25519', generateKeyPairSync('ed25519').privateKey],
      ])('signs with an imported %s key in its own way, and that is understood', async (kind, key) => {
        const password = Buffer.from(environment.COSIGN_PASSWORD);
        const imported = await importSigningKey(key.export({ format: 'pem', type: 'pkcs8' }).toString(), {
          password,
        });
        await writeFile(join(folder, `${kind}-${number}.key`), imported.privatePem);
        const { store, image } = await newImage(registryOfOurs.address, `${kind.toLowerCase()}-${number}`);
        const signed = await run(
          peer.path,
          'sign',
          '--yes',
          '--key',
          `${kind}-${number}.key`,
          ...alone,
          '--allow-http-registry',
          `${store.name}@${image.digest}`,
        );
        expect(signed, signed.stderr).toMatchObject({ code: 0 });
        expect(await verified(store, image.digest, imported.publicKey)).toEqual([peer === old ? 'legacy' : 'bundle']);
      });

      it('reads our key files for the oldest readers', async () => {
        const compatible = await generateSigningKey({
          password: Buffer.from(environment.COSIGN_PASSWORD),
          form: 'compatible',
        });
        await writeFile(join(folder, `compatible-${number}.key`), compatible.privatePem);
        const printed = await run(peer.path, 'public-key', '--key', `compatible-${number}.key`);
        expect(parsePublicKey(printed.stdout).fingerprint).toBe(compatible.publicKey.fingerprint);
      });

      it('may store signatures as referrers of the OCI 1.1 experiment, which are found', async () => {
        const { store, image } = await newImage(registryOfOurs.address, `experiment-${number}`);
        const more = peer === old ? alone : [...alone, '--new-bundle-format=false'];
        const call = [
          'sign',
          '--yes',
          '--key',
          'ours.key',
          '--registry-referrers-mode',
          'oci-1-1',
          ...more,
          '--allow-http-registry',
          `${store.name}@${image.digest}`,
        ];
        const signed = await runPeer(peer.path, call, {
          cwd: folder,
          env: { ...environment, COSIGN_EXPERIMENTAL: '1' },
        });
        expect(signed, signed.stderr).toMatchObject({ code: 0 });
        expect(await store.resolve(attachmentTag(image.digest, 'signature'))).toBeUndefined();
        expect(await verified(store, image.digest)).toEqual(['legacy']);
      });
    });
  }
});
