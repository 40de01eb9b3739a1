/** What we say cosign would answer is what the real cosign of both generations answers, and what it makes is accepted here. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRegistryClient } from '@pratique/oci';
import type { RegistryClient, RegistryRepository } from '@pratique/oci';
import { startRegistry } from '@pratique/registry';
import { needsPeer, runPeer } from '@pratique/testbed/peers';
import type { PeerAnswer } from '@pratique/testbed/peers';
import { startSigstore } from '@pratique/testbed/sigstore';
import type { Sigstore, WorldFiles } from '@pratique/testbed/sigstore';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { putImage } from '../attachment/attachment-fixture.ts';
import { attachBundle } from '../attachment/attach-bundle.ts';
import { allSources, collectEvidence } from '../attachment/collect.ts';
import { parseBlobBundle } from '../bundle/blob-bundle.ts';
import { writeAttestation } from '../bundle/statement.ts';
import type { Evidence } from '../evidence.ts';
import { publicKeyPem } from '../keys/public-key.ts';
import { signerFor } from '../keys/private-key.ts';
import { sealKeyFile } from '../keys/key-file.ts';
import { signImage } from '../sign/sign-image.ts';
import { noTrust } from '../trust/trust-material.ts';
import { parseTrustedRoot } from '../trust/trusted-root.ts';
import { judgeAttestations } from './attestation.ts';
import { judgeBlob } from './blob.ts';
import { cosignAnswer } from './compat.ts';
import type { Generation } from './compat.ts';
import { keyPolicy, newKey, signedBundle } from './evidence-fixture.ts';
import type { TestKey } from './evidence-fixture.ts';
import type { VerificationPolicy } from './policy.ts';
import { judge } from './verify.ts';

const peers = { cosign2: needsPeer('cosign-2'), cosign3: needsPeer('cosign-3') };
const both: readonly Generation[] = ['cosign2', 'cosign3'];
const minute = 60_000;
const environment = { COSIGN_PASSWORD: 'a password' };
const predicateType = 'https://example.com/predicate/v1';

let folder: string;
let client: RegistryClient;
let registry: Awaited<ReturnType<typeof startRegistry>>;
let world: Sigstore;
let files: WorldFiles;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pratique-compat-'));
  registry = await startRegistry({ folder: join(folder, 'registry'), durable: false });
  client = createRegistryClient({ userAgent: 'pratique-test', now: () => new Date(), random: Math.random });
  world = await startSigstore();
  files = await world.writeFiles(join(folder, 'world'));
});
afterAll(async () => {
  await client.close();
  await Promise.all([registry.close(), world.close()]);
  await rm(folder, { recursive: true, force: true });
});

function run(
  generation: Generation,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<PeerAnswer> {
  return runPeer(peers[generation].path, args, { cwd: folder, env: { ...environment, ...env } });
}

interface Image {
  readonly store: RegistryRepository;
  readonly digest: string;
  readonly size: number;
  readonly mediaType: string;
  readonly reference: string;
}

async function newImage(name: string): Promise<Image> {
  const store = client.repository({ registry: registry.address, repository: name });
  const { digest, size, mediaType } = await putImage(store, name, '1');
  return { store, digest, size, mediaType, reference: `${registry.address}/${name}@${digest}` };
}

async function sign({ store, digest }: Image, key: TestKey, format: 'legacy' | 'bundle'): Promise<void> {
  const sleep = (): Promise<void> => Promise.resolve();
  const place = { store, target: digest, reference: store, now: new Date(), random: Math.random, sleep };
  await signImage({ ...place, material: { signer: signerFor(key.privateKey) }, formats: [format] });
}

async function attest(image: Image, key: TestKey): Promise<void> {
  const statement = writeAttestation({ name: 'x', digest: image.digest, predicateType, predicate: { a: 1 } });
  const { bundle } = signedBundle(key, statement);
  if (bundle.state !== 'read') throw new TypeError('fixture');
  await attachBundle({
    store: image.store,
    subject: image,
    bundle: bundle.bytes,
    content: 'dsse-envelope',
    predicateType,
    created: new Date(),
    random: Math.random,
    sleep: () => Promise.resolve(),
  });
}

async function evidenceOf({ store, digest }: Image): Promise<Evidence> {
  return collectEvidence({ store, digest, sources: ['signature-tag', 'referrers'] });
}

/** Files of a key, as cosign takes them. */
async function keyFiles(key: TestKey, name: string): Promise<{ readonly key: string; readonly pub: string }> {
  const pkcs8 = key.privateKey.export({ format: 'der', type: 'pkcs8' });
  const pem = await sealKeyFile({ pkcs8, password: Buffer.from(environment.COSIGN_PASSWORD) });
  await writeFile(join(folder, `${name}.key`), pem);
  await writeFile(join(folder, `${name}.pub`), publicKeyPem(key.publicKey));
  return { key: `${name}.key`, pub: `${name}.pub` };
}

interface Case {
  readonly name: string;
  /** Kind of the key that verifies. */
  readonly kind?: 'P-256' | 'P-384' | 'rsa' | 'ed25519';
  readonly prepare: (image: Image, key: TestKey) => Promise<void>;
  readonly annotations?: Readonly<Record<string, string>>;
}

const cases: readonly Case[] = [
  { name: 'nothing', prepare: () => Promise.resolve() },
  { name: 'a tag signature', prepare: (image, key) => sign(image, key, 'legacy') },
  { name: 'a bundle', prepare: (image, key) => sign(image, key, 'bundle') },
  { name: 'a tag signature by another key', prepare: (image) => sign(image, newKey(), 'legacy') },
  {
    name: 'a tag signature by another key, verified with RSA',
    kind: 'rsa',
    prepare: (image) => sign(image, newKey('rsa'), 'legacy'),
  },
  {
    name: 'a tag signature by another Ed25519 key',
    kind: 'ed25519',
    prepare: (image) => sign(image, newKey('ed25519'), 'legacy'),
  },
  { name: 'a bundle by another key', prepare: (image) => sign(image, newKey(), 'bundle') },
  {
    name: 'a tag signature without the annotation',
    prepare: (image, key) => sign(image, key, 'legacy'),
    annotations: { build: '42' },
  },
  { name: 'a P-384 tag signature', kind: 'P-384', prepare: (image, key) => sign(image, key, 'legacy') },
  { name: 'a P-384 bundle', kind: 'P-384', prepare: (image, key) => sign(image, key, 'bundle') },
  { name: 'an attestation alone', prepare: attest },
  {
    name: 'a tag signature beside an attestation by another key',
    prepare: async (image, key) => {
      await sign(image, key, 'legacy');
      await attest(image, newKey());
    },
  },
];

/** The part of a message that scripts look for: the prefix and the first reason. */
function fragments(message: string): readonly string[] {
  return message
    .split('\n')[0]!
    .split(': ')
    .slice(0, 2)
    .filter((part) => part !== '');
}

for (const generation of both) {
  describe.runIf(peers[generation].path !== undefined)(`what we say ${generation} answers`, () => {
    it.each(cases.map((one, index) => ({ ...one, index })))(
      'to $name',
      async ({ kind = 'P-256', prepare, annotations, index }) => {
        const key = newKey(kind);
        const image = await newImage(`${generation}-case-${index}`);
        await prepare(image, key);
        const { pub } = await keyFiles(key, `${generation}-${index}`);
        const wanted = Object.entries(annotations ?? {}).flatMap(([name, value]) => ['-a', `${name}=${value}`]);
        const real = await run(generation, [
          'verify',
          '--key',
          pub,
          '--insecure-ignore-tlog',
          ...wanted,
          image.reference,
        ]);
        const ours = cosignAnswer(generation, {
          evidence: await evidenceOf(image),
          digest: image.digest,
          policy: keyPolicy(key, annotations === undefined ? {} : { annotations }),
          trust: noTrust,
          now: new Date(),
        });
        expect(ours.exitCode, `${ours.message}\n--- real:\n${real.stderr}`).toBe(real.code);
        for (const part of fragments(ours.message)) expect(real.stderr).toContain(part);
      },
      minute,
    );
  });
}

for (const generation of both) {
  describe.runIf(peers[generation].path !== undefined)(`what ${generation} makes with a key and a log`, () => {
    const trust = async () => parseTrustedRoot(await readFile(files.trustedRoot), 'the test world');
    const env = (): Readonly<Record<string, string>> => ({ SIGSTORE_REKOR_PUBLIC_KEY: files.rekorKey });
    const services = (): readonly string[] =>
      generation === 'cosign2'
        ? ['--rekor-url', world.rekorUrl]
        : ['--trusted-root', files.trustedRoot, '--signing-config', files.signingConfig];

    it(
      'a signature is accepted with its entry, and not with the log of somebody else',
      async () => {
        const key = newKey();
        const image = await newImage(`${generation}-logged`);
        const { key: file } = await keyFiles(key, `${generation}-logged`);
        const signed = await run(generation, ['sign', '-y', '--key', file, ...services(), image.reference], env());
        expect(signed, signed.stderr).toMatchObject({ code: 0 });
        const asked = { evidence: await evidenceOf(image), digest: image.digest, now: new Date() };
        const policy: VerificationPolicy = keyPolicy(key, { log: 'required' });
        const verdict = judge({ ...asked, policy, trust: await trust() });
        expect(verdict).toMatchObject({ outcome: 'verified' });
        expect(verdict.accepted[0]?.proof.logs).toHaveLength(1);
        const { logs } = await trust();
        const strange = judge({ ...asked, policy, trust: { ...noTrust, logs: logs.slice(1) } });
        expect(strange.candidates[0]).toMatchObject({ rejection: { reason: 'log-unknown' } });
      },
      minute,
    );

    it(
      'an attestation is accepted with its entry, by its type',
      async () => {
        const key = newKey();
        const image = await newImage(`${generation}-attested`);
        const { key: file } = await keyFiles(key, `${generation}-attested`);
        await writeFile(join(folder, 'predicate.json'), '{"a":1}');
        const what = ['--type', predicateType, '--predicate', 'predicate.json'];
        const made = await run(
          generation,
          ['attest', '-y', '--key', file, ...what, ...services(), image.reference],
          env(),
        );
        expect(made, made.stderr).toMatchObject({ code: 0 });
        const evidence = await collectEvidence({ store: image.store, digest: image.digest, sources: allSources });
        const policy = keyPolicy(key, { log: 'required' });
        const asked = { evidence, digest: image.digest, policy, trust: await trust(), now: new Date() };
        const verdict = judgeAttestations({ ...asked, predicateType });
        expect(verdict, JSON.stringify(verdict.candidates)).toMatchObject({ outcome: 'verified' });
        expect(verdict.accepted[0]?.proof.document).toMatchObject({ predicateType, predicate: { a: 1 } });
        const other = judgeAttestations({ ...asked, predicateType: 'https://example.com/another' });
        expect(other.outcome).toBe('predicate-mismatch');
        expect(judge(asked).outcome).toMatch(/no-signatures|attestations-only/);
      },
      minute,
    );

    it(
      'a signature over a file is accepted, by the file and by its digest, and for no other file',
      async () => {
        const key = newKey();
        const { key: file } = await keyFiles(key, `${generation}-blob`);
        const bytes = Buffer.from('a file');
        await writeFile(join(folder, 'file'), bytes);
        const made = await run(
          generation,
          ['sign-blob', '-y', '--key', file, '--bundle', 'file.bundle', ...services(), 'file'],
          env(),
        );
        expect(made, made.stderr).toMatchObject({ code: 0 });
        const bundle = parseBlobBundle(await readFile(join(folder, 'file.bundle')));
        const asked = {
          signature: { kind: 'bundle', bundle },
          name: 'file.bundle',
          policy: keyPolicy(key, { log: 'required' }),
          trust: await trust(),
          now: new Date(),
        } as const;
        const verdict = judgeBlob({ ...asked, artifact: { kind: 'bytes', bytes } });
        expect(verdict, JSON.stringify(verdict.candidates)).toMatchObject({ outcome: 'verified' });
        const { digest } = verdict;
        expect(judgeBlob({ ...asked, artifact: { kind: 'digest', digest } }).outcome).toBe('verified');
        expect(judgeBlob({ ...asked, artifact: { kind: 'bytes', bytes: Buffer.from('b file') } }).outcome).toBe(
          'no-match',
        );
      },
      minute,
    );
  });
}
