import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRegistryClient, parseReference, type RegistryClient } from '@pratique/oci';
import { startRegistry, type RunningRegistry } from '@pratique/registry';
import { buildImage, buildIndex, pushImage, pushIndex } from '@pratique/testbed/images';
import { runClean, type CleanFlags } from './clean.ts';
import { runCopy } from './copy.ts';
import { runDownloadSignature } from './download.ts';
import { runGenerateKeyPair } from './generate-key-pair.ts';
import { runLoad } from './load.ts';
import { runSave } from './save.ts';
import { runSign, type SignFlags } from './sign.ts';
import { asked, surroundingsForTest, type Outside } from './surroundings-for-test.ts';
import { runTree } from './tree.ts';
import { runTriangulate } from './triangulate.ts';
import { runManifestVerify } from './verify-files.ts';
import { runVerify, type VerifyFlags } from './verify.ts';

let folder: string;
let registry: RunningRegistry;
let client: RegistryClient;
let pushed = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cli-sign-'));
  registry = await startRegistry({ folder: join(folder, 'registry'), durable: false });
  client = createRegistryClient({ userAgent: 'test', now: () => new Date(), random: Math.random });
  for (const name of ['cosign', 'other']) {
    const { surroundings } = surroundingsForTest({ env: { COSIGN_PASSWORD: '' } });
    await runGenerateKeyPair(asked({ outputKeyPrefix: join(folder, name) }), surroundings);
  }
}, 60_000);
afterAll(async () => {
  await client.close();
  await registry.close();
  await rm(folder, { recursive: true, force: true });
});

/** A new image in a repository of its own; its name by digest and by tag. */
async function newImage(): Promise<{ readonly digest: string; readonly pinned: string; readonly tagged: string }> {
  pushed += 1;
  const repository = `${registry.address}/team/app${pushed}`;
  const image = await buildImage({ layers: [{ 'etc/name': String(pushed) }] });
  const digest = await pushImage(client.repository(parseReference(`${repository}:1`)), image, '1');
  return { digest, pinned: `${repository}@${digest}`, tagged: `${repository}:1` };
}

const signDefaults: SignFlags = {
  annotations: [],
  upload: true,
  signContainerIdentity: [],
  registryReferrersMode: 'legacy',
  fulcioUrl: 'https://fulcio.invalid',
  rekorUrl: 'https://rekor.invalid',
  oidcIssuer: 'https://issuer.invalid',
  oidcClientId: 'sigstore',
  // No log can be reached from here; keyless.test.ts has one.
  tlogUpload: false,
};
const verifyDefaults: VerifyFlags = {
  insecureIgnoreTlog: true,
  annotations: [],
  checkClaims: true,
  output: 'json',
  format: 'auto',
  maxWorkers: '10',
};

async function sign(
  words: readonly string[],
  flags: Partial<SignFlags> = {},
  given: readonly string[] = [],
  outside: Outside = {},
) {
  const run = surroundingsForTest({ ...outside, env: { COSIGN_PASSWORD: '', ...outside.env } });
  const key = join(folder, 'cosign.key');
  const code = await runSign(asked({ ...signDefaults, key, ...flags }, words, given), run.surroundings);
  return { code, out: run.out(), said: run.said() };
}

async function verify(
  words: readonly string[],
  flags: Partial<VerifyFlags> = {},
  given: readonly string[] = [],
  env = {},
) {
  const run = surroundingsForTest({ env });
  const key = join(folder, 'cosign.pub');
  const code = await runVerify(asked({ ...verifyDefaults, key, ...flags }, words, given), run.surroundings);
  return { code, out: run.out(), said: run.said() };
}

describe('sign and verify', { timeout: 60_000 }, () => {
  it('write both formats, keep standard output empty, and find both again', async () => {
    const { pinned, digest } = await newImage();
    const signed = await sign([pinned], { annotations: ['build=42'] });
    expect([signed.code, signed.out]).toEqual([0, '']);
    expect(signed.said).toContain(`${digest.replace(':', '-')}.sig`);
    const { code, out, said } = await verify([pinned], { annotations: ['build=42'] });
    expect(code).toBe(0);
    const [legacy, bundle] = JSON.parse(out) as { critical: { type: string }; optional: unknown }[];
    expect(legacy).toMatchObject({ critical: { type: 'cosign container image signature' }, optional: { build: '42' } });
    expect(bundle).toMatchObject({
      critical: { type: 'https://sigstore.dev/cosign/sign/v1' },
      optional: { build: '42' },
    });
    expect(said).toContain('build=42');
  });

  it('add nothing when the same key signs the same again', async () => {
    const { pinned } = await newImage();
    await sign([pinned]);
    expect((await sign([pinned])).said).toContain('was there already');
  });

  it('write one format where one is asked for, in our words and in those of cosign', async () => {
    const { pinned } = await newImage();
    await sign([pinned], { newBundleFormat: false }, ['newBundleFormat']);
    expect(JSON.parse((await verify([pinned])).out)).toHaveLength(1);
    const bundleOnly = await verify([pinned], { format: 'bundle' });
    expect([bundleOnly.code, bundleOnly.said]).toEqual([10, expect.stringContaining('.sig tag')]);
  });

  it('warn about tags, and refuse them where only digests are allowed', async () => {
    const { tagged, digest } = await newImage();
    expect((await sign([tagged])).said).toContain(`Signing what it names now: ${digest}`);
    await expect(sign([tagged], { requireDigest: true })).rejects.toMatchObject({ code: 'usage' });
  });

  it('sign every image of an index', async () => {
    const repository = `${registry.address}/team/multi`;
    const [amd64, arm64] = await Promise.all(
      (['amd64', 'arm64'] as const).map(async (architecture) => {
        const platform = { os: 'linux', architecture };
        return { image: await buildImage({ layers: [{ 'etc/a': architecture }], platform }), platform };
      }),
    );
    const index = buildIndex([amd64!, arm64!]);
    const digest = await pushIndex(client.repository(parseReference(`${repository}:1`)), index, '1');
    await sign([`${repository}@${digest}`], { recursive: true });
    for (const child of [digest, ...index.images.map(({ manifest }) => manifest.descriptor.digest)]) {
      expect((await verify([`${repository}@${child}`])).code).toBe(0);
    }
  });

  it('check the right to push before a password is asked for', async () => {
    const { pinned } = await newImage();
    const place = join(folder, 'read-only');
    await (await startRegistry({ folder: place })).close();
    const readOnly = await startRegistry({ folder: place, readOnly: true });
    const elsewhere = { COSIGN_REPOSITORY: `${readOnly.address}/signatures` };
    // A wrong password would be told if it had been tried.
    await expect(sign([pinned], {}, [], { env: { ...elsewhere, COSIGN_PASSWORD: 'wrong' } })).rejects.toMatchObject({
      code: 'registry-unsupported',
    });
    await readOnly.close();
  });

  it('keep signatures in a repository of their own', async () => {
    const { pinned } = await newImage();
    const env = { COSIGN_REPOSITORY: `${registry.address}/signatures` };
    await sign([pinned], {}, [], { env });
    expect((await verify([pinned], {}, [], env)).code).toBe(0);
    expect((await verify([pinned])).code).toBe(10);
  });

  it('print the signature instead of storing it', async () => {
    const { pinned } = await newImage();
    const { out } = await sign([pinned], { upload: false });
    expect(out).toMatch(/^[A-Za-z0-9+/]+=*\n$/);
    expect((await verify([pinned])).code).toBe(10);
  });

  it('write copies to files', async () => {
    const { pinned } = await newImage();
    const files = {
      outputSignature: join(folder, 'a.sig'),
      outputPayload: join(folder, 'a.json'),
      bundle: join(folder, 'a.bundle'),
    };
    await sign([pinned], files);
    expect(JSON.parse(await readFile(files.outputPayload, 'utf8'))).toHaveProperty('critical');
    expect(JSON.parse(await readFile(files.bundle, 'utf8'))).toHaveProperty('dsseEnvelope');
    expect(await readFile(files.outputSignature, 'utf8')).toMatch(/^[A-Za-z0-9+/]+=*$/);
  });

  it('go on after a failure only when told to, and leave with the lowest code', async () => {
    const [unsigned, signed] = [await newImage(), await newImage()];
    await sign([signed.pinned]);
    const words = [`${registry.address}/team/none:1`, unsigned.pinned, signed.pinned];
    const stopped = await verify(words);
    expect([stopped.code, stopped.out]).toEqual([11, '']);
    const all = await verify(words, { continue: true });
    expect([all.code, all.out]).toEqual([10, expect.stringContaining('critical')]);
  });

  it('report everything that was looked at', async () => {
    const { pinned, digest } = await newImage();
    await sign([pinned]);
    const { code, out } = await verify([pinned], { key: join(folder, 'other.pub'), output: 'report' });
    const report = JSON.parse(out) as { candidates: { reason: string }[] };
    expect([code, report]).toMatchObject([12, { schemaVersion: 1, digest, outcome: 'no-match' }]);
    expect(report.candidates.map(({ reason }) => reason)).toEqual(['signature-invalid', 'wrong-key']);
  });

  it('demand an entry in a log unless told not to, and say when nobody is trusted to keep one', async () => {
    const { pinned } = await newImage();
    await sign([pinned]);
    const demanded = await verify([pinned], { insecureIgnoreTlog: false }, [], {
      HOME: folder,
      TUF_MIRROR: 'https://tuf.invalid',
    }).catch((error: unknown) => error);
    expect(demanded).toMatchObject({ code: expect.stringMatching(/^trust-/) });
  });

  it('ask before something is made public, and take silence for no', async () => {
    const { pinned } = await newImage();
    await expect(sign([pinned], { tlogUpload: true })).rejects.toMatchObject({ code: 'declined' });
    expect((await verify([pinned])).code).toBe(10);
  });
});

describe('images that a file names', () => {
  it('are all verified, and a file without one is no success', async () => {
    const { pinned } = await newImage();
    await sign([pinned]);
    const path = join(folder, 'pod.yaml');
    await writeFile(path, `containers:\n- image: ${pinned}\n`);
    const flags = { ...verifyDefaults, key: join(folder, 'cosign.pub') };
    expect(await runManifestVerify(asked(flags, [path]), surroundingsForTest().surroundings)).toBe(0);
    await writeFile(path, 'kind: Service\n');
    await expect(runManifestVerify(asked(flags, [path]), surroundingsForTest().surroundings)).rejects.toMatchObject({
      code: 'no-images-found',
    });
  });
});

describe('what is attached', { timeout: 60_000 }, () => {
  it('is shown, downloaded, moved along by copy, save and load, and removed', async () => {
    const { pinned, digest } = await newImage();
    await sign([pinned]);
    const tree = surroundingsForTest();
    await runTree(asked({ output: 'json' }, [pinned]), tree.surroundings);
    expect((JSON.parse(tree.out()) as { kind: string }[]).map(({ kind }) => kind)).toEqual(['signature', 'referrer']);
    const downloaded = surroundingsForTest();
    await runDownloadSignature(asked({}, [pinned]), downloaded.surroundings);
    expect(downloaded.out().trim().split('\n')).toHaveLength(2);
    const place = surroundingsForTest();
    await runTriangulate(asked({ type: 'signature' }, [pinned]), place.surroundings);
    expect(place.out()).toBe(`${pinned.split('@')[0]}:${digest.replace(':', '-')}.sig\n`);

    const mirror = `${registry.address}/mirror/app:1`;
    await runCopy(asked({}, [pinned, mirror]), surroundingsForTest().surroundings);
    expect(JSON.parse((await verify([mirror])).out)).toHaveLength(2);

    const dir = join(folder, 'saved');
    await runSave(asked({ dir }, [pinned]), surroundingsForTest().surroundings);
    expect((await verify([dir], { localImage: true })).code).toBe(0);
    const loaded = `${registry.address}/loaded/app:1`;
    await runLoad(asked({ dir }, [loaded]), surroundingsForTest().surroundings);
    expect((await verify([loaded])).code).toBe(0);

    const flags: CleanFlags = { type: 'all' };
    await expect(
      runClean(asked(flags, [loaded]), surroundingsForTest({ typed: ['n'] }).surroundings),
    ).rejects.toMatchObject({
      code: 'declined',
    });
    expect((await verify([loaded])).code).toBe(0);
    const cleaned = surroundingsForTest({ typed: ['y'] });
    await runClean(asked(flags, [loaded]), cleaned.surroundings);
    expect(cleaned.said()).toContain('Removed 2');
    expect((await verify([loaded])).code).toBe(10);
  });
});
