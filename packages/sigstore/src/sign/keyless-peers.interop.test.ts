/** Keyless signatures between this product and the real cosign of both generations, in a world of our own. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { createRegistryClient } from '@pratique/oci';
import type { RegistryClient, RegistryRepository } from '@pratique/oci';
import { startRegistry } from '@pratique/registry';
import { needsPeer, runPeer } from '@pratique/testbed/peers';
import type { PeerAnswer } from '@pratique/testbed/peers';
import { startSigstore } from '@pratique/testbed/sigstore';
import type { Sigstore, WorldFiles } from '@pratique/testbed/sigstore';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { putImage } from '../attachment/attachment-fixture.ts';
import { allSources, collectEvidence } from '../attachment/collect.ts';
import { createSigningConfig } from '../trust/create-signing-config.ts';
import { createTrustedRoot } from '../trust/create-trusted-root.ts';
import { parseTrustedRoot } from '../trust/trusted-root.ts';
import { trustFile, trustTargets } from '../trust/tuf.ts';
import type { VerificationPolicy } from '../verify/policy.ts';
import { judge } from '../verify/verify.ts';
import { servicesOf, someSigner } from './keyless-fixture.ts';
import { signImage } from './sign-image.ts';
import type { SignImageRequest } from './sign-image.ts';

const old = needsPeer('cosign-2');
const current = needsPeer('cosign-3');
const minute = 60_000;

let folder: string;
let world: Sigstore;
let files: WorldFiles;
let client: RegistryClient;
let registry: Awaited<ReturnType<typeof startRegistry>>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pratique-keyless-peers-'));
  world = await startSigstore();
  files = await world.writeFiles(join(folder, 'world'));
  registry = await startRegistry({ folder: join(folder, 'registry'), durable: false });
  client = createRegistryClient({ userAgent: 'pratique-test', now: () => new Date(), random: Math.random });
});
afterAll(async () => {
  await client.close();
  await registry.close();
  await world.close();
  await rm(folder, { recursive: true, force: true });
});

/** Variables for the generation that reads no trusted root. */
function materialOf(): Readonly<Record<string, string>> {
  return {
    SIGSTORE_ROOT_FILE: files.fulcioRoots,
    SIGSTORE_REKOR_PUBLIC_KEY: files.rekorKey,
    SIGSTORE_CT_LOG_PUBLIC_KEY_FILE: files.ctLogKey,
    SIGSTORE_TSA_CERTIFICATE_FILE: files.tsaChain,
  };
}

function run(path: string | undefined, env: Readonly<Record<string, string>>, ...args: string[]): Promise<PeerAnswer> {
  return runPeer(path, args, { cwd: folder, env });
}

interface Image {
  readonly store: RegistryRepository;
  readonly digest: string;
  /** With digest, as peers take it. */
  readonly reference: string;
}

async function newImage(name: string): Promise<Image> {
  const store = client.repository({ registry: registry.address, repository: name });
  const { digest } = await putImage(store, name, '1');
  return { store, digest, reference: `${registry.address}/${name}@${digest}` };
}

async function signOurs(
  { store, digest }: Image,
  choice: Parameters<Sigstore['signingConfigWith']>[0],
  changes: Partial<SignImageRequest> = {},
): Promise<void> {
  const material = await someSigner(world, servicesOf(world, choice));
  const sleep = (ms: number): Promise<void> => pause(ms);
  const place = { store, target: digest, reference: store, now: new Date(), random: Math.random, sleep };
  expect(await signImage({ ...place, material, ...changes })).toMatchObject({ partial: false });
}

async function judged({ store, digest }: Image, more: Partial<VerificationPolicy> = {}) {
  const evidence = await collectEvidence({ store, digest, sources: allSources });
  const trust = parseTrustedRoot(await readFile(files.trustedRoot), 'the test world');
  const signer: VerificationPolicy['signer'] = {
    kind: 'identity',
    subject: { match: 'exact', value: 'dev@example.com' },
    issuer: { match: 'exact', value: world.oidc.issuer },
  };
  return judge({ evidence, digest, policy: { signer, signedTimestamps: 'required', ...more }, trust, now: new Date() });
}

function identity(subject = 'dev@example.com'): readonly string[] {
  return ['--certificate-identity', subject, '--certificate-oidc-issuer', world.oidc.issuer];
}

async function tokenFile(): Promise<string> {
  const path = join(folder, 'token');
  await writeFile(path, await world.token());
  return path;
}

old.describe('cosign 2.5 without a key', () => {
  it(
    'accepts what we signed, with its timestamp',
    async () => {
      const image = await newImage('ours-2');
      await signOurs(image, { log: 'v1', tsa: true });
      const verify = ['verify', ...identity(), '--use-signed-timestamps', image.reference];
      const accepted = await run(old.path, materialOf(), ...verify);
      expect(accepted, accepted.stderr).toMatchObject({ code: 0 });
      const other = await run(old.path, materialOf(), 'verify', ...identity('eve@example.com'), image.reference);
      expect(other.stderr).toContain('none of the expected identities matched');
    },
    minute,
  );

  it(
    'signs in the test world, and we accept it',
    async () => {
      const image = await newImage('theirs-2');
      const services = ['--fulcio-url', world.fulcioUrl, '--rekor-url', world.rekorUrl];
      const sign = ['sign', '-y', ...services, '--timestamp-server-url', world.tsaUrl];
      const token = ['--identity-token', await tokenFile()];
      const signed = await run(old.path, materialOf(), ...sign, ...token, image.reference);
      expect(signed, signed.stderr).toMatchObject({ code: 0 });
      expect(await judged(image)).toMatchObject({ outcome: 'verified' });
    },
    minute,
  );

  it(
    'logs in at the issuer of the test world with a code',
    async () => {
      const image = await newImage('device-2');
      const services = ['--fulcio-url', world.fulcioUrl, '--rekor-url', world.rekorUrl];
      const login = ['--oidc-issuer', world.login.issuer, '--fulcio-auth-flow', 'device'];
      const signed = await run(old.path, materialOf(), 'sign', '-y', ...services, ...login, image.reference);
      expect(signed, signed.stderr).toMatchObject({ code: 0 });
    },
    minute,
  );

  it(
    'takes its trust from the repository of the test world',
    async () => {
      const home = await mkdtemp(join(folder, 'home-'));
      const args = ['initialize', '--mirror', world.tufUrl, '--root', files.tufRoot];
      const done = await run(old.path, { HOME: home }, ...args);
      expect(done, done.stderr).toMatchObject({ code: 0 });
    },
    minute,
  );
});

current.describe('cosign 3.1 without a key', () => {
  for (const log of ['v1', 'v2'] as const) {
    it(
      `accepts what we signed and logged with API ${log}, with its timestamp`,
      async () => {
        const image = await newImage(`ours-3-${log}`);
        await signOurs(image, { log, tsa: true }, log === 'v2' ? { formats: ['bundle'] } : {});
        const verify = ['verify', '--trusted-root', files.trustedRoot, '--use-signed-timestamps'];
        const accepted = await run(current.path, {}, ...verify, ...identity(), image.reference);
        expect(accepted, accepted.stderr).toMatchObject({ code: 0 });
        const other = await run(current.path, {}, ...verify, ...identity('eve@example.com'), image.reference);
        expect(other.stderr).toContain('expected SAN value');
        expect(await judged(image)).toMatchObject({ outcome: 'verified' });
      },
      minute,
    );
  }

  for (const config of ['signingConfig', 'signingConfigV2'] as const) {
    it(
      `signs with the ${config} of the test world, and we accept it`,
      async () => {
        const image = await newImage(`theirs-3-${config.toLowerCase()}`);
        const trust = ['--trusted-root', files.trustedRoot, '--signing-config', files[config]];
        const token = ['--identity-token', await tokenFile()];
        const signed = await run(current.path, {}, 'sign', '-y', ...trust, ...token, image.reference);
        expect(signed, signed.stderr).toMatchObject({ code: 0 });
        expect(await judged(image)).toMatchObject({ outcome: 'verified' });
      },
      minute,
    );
  }

  it(
    'signs and verifies with documents that we wrote',
    async () => {
      const start = 'start-time=2020-01-01T00:00:00Z';
      const operated = `api-version=1,${start},operator=test`;
      const root = await createTrustedRoot({
        fulcio: [`url=${world.fulcioUrl},certificate-chain=${files.fulcioRoots}`],
        rekor: [`url=${world.rekorUrl},public-key=${files.rekorKey},${start}`],
        ctfe: [`url=${world.fulcioUrl},public-key=${files.ctLogKey},${start}`],
        tsa: [`url=${world.tsaUrl},certificate-chain=${files.tsaChain}`],
        readFile: (path) => readFile(path, 'utf8'),
      });
      const config = createSigningConfig({
        fulcio: [`url=${world.fulcioUrl},${operated}`],
        oidcProvider: [`url=${world.oidc.issuer},${operated}`],
        rekor: [`url=${world.rekorUrl},${operated}`],
        rekorConfig: 'ANY',
        tsa: [`url=${world.tsaUrl},${operated}`],
        tsaConfig: 'EXACT:1',
      });
      await writeFile(join(folder, 'root.json'), root);
      await writeFile(join(folder, 'config.json'), config);
      const image = await newImage('documents');
      const sign = ['sign', '-y', '--trusted-root', 'root.json', '--signing-config', 'config.json'];
      const signed = await run(current.path, {}, ...sign, '--identity-token', await tokenFile(), image.reference);
      expect(signed, signed.stderr).toMatchObject({ code: 0 });
      const verify = ['verify', '--trusted-root', 'root.json', '--use-signed-timestamps'];
      const accepted = await run(current.path, {}, ...verify, ...identity(), image.reference);
      expect(accepted, accepted.stderr).toMatchObject({ code: 0 });
    },
    minute,
  );

  it(
    'takes its trust from the repository of the test world',
    async () => {
      const home = await mkdtemp(join(folder, 'home-'));
      const args = ['initialize', '--mirror', world.tufUrl, '--root', files.tufRoot];
      const done = await run(current.path, { HOME: home }, ...args);
      expect(done, done.stderr).toMatchObject({ code: 0 });
    },
    minute,
  );

  it(
    'leaves what it fetched in a folder that we can use',
    async () => {
      const home = await mkdtemp(join(folder, 'home-'));
      const args = ['initialize', '--mirror', world.tufUrl, '--root', files.tufRoot];
      await run(current.path, { HOME: home }, ...args);
      const never = () => Promise.reject(new TypeError('nobody is to be asked'));
      const access = { fetch: never, random: () => 0.5, pause: () => Promise.resolve() };
      const found = await trustFile({
        ...{ cache: join(home, '.sigstore', 'root'), access, now: () => new Date() },
        ...{ target: trustTargets.trustedRoot, refresh: 'daily' },
      });
      expect(found).toMatchObject({ origin: 'cache', mirror: world.tufUrl, warnings: [] });
    },
    minute,
  );
});
