import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRegistryClient, parseReference } from '@pratique/oci';
import { startRegistry, type RunningRegistry } from '@pratique/registry';
import { buildImage, pushImage } from '@pratique/testbed/images';
import { startSigstore, type Sigstore, type WorldFiles } from '@pratique/testbed/sigstore';
import { runGenerateKeyPair } from './generate-key-pair.ts';
import { runInitialize } from './initialize.ts';
import { runSignBlob, type SignBlobFlags } from './sign-blob.ts';
import { runSign, type SignFlags } from './sign.ts';
import { asked, surroundingsForTest, type Outside } from './surroundings-for-test.ts';
import { runTrustExport } from './trust-verbs.ts';
import { runVerifyBlob } from './verify-blob.ts';
import { runVerify, type VerifyFlags } from './verify.ts';

let folder: string;
let registry: RunningRegistry;
let world: Sigstore;
let files: WorldFiles;
let image: string;
const key = () => join(folder, 'cosign.key');

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cli-keyless-'));
  [registry, world] = await Promise.all([
    startRegistry({ folder: join(folder, 'registry'), durable: false }),
    startSigstore(),
  ]);
  files = await world.writeFiles(join(folder, 'world'));
  const client = createRegistryClient({ userAgent: 'test', now: () => new Date(), random: Math.random });
  const store = client.repository(parseReference(`${registry.address}/team/app:1`));
  image = `${registry.address}/team/app@${await pushImage(store, await buildImage({ layers: [{ a: 'b' }] }), '1')}`;
  await client.close();
  const { surroundings } = surroundingsForTest({ env: { COSIGN_PASSWORD: '' } });
  await runGenerateKeyPair(asked({ outputKeyPrefix: join(folder, 'cosign') }), surroundings);
}, 60_000);
afterAll(async () => {
  await Promise.all([registry.close(), world.close()]);
  await rm(folder, { recursive: true, force: true });
});

function services(): Omit<SignFlags, 'annotations' | 'upload' | 'signContainerIdentity' | 'registryReferrersMode'> {
  return {
    fulcioUrl: world.fulcioUrl,
    rekorUrl: world.rekorUrl,
    oidcIssuer: world.oidc.issuer,
    oidcClientId: 'sigstore',
    tlogUpload: true,
  };
}

async function sign(flags: Partial<SignFlags>, given: readonly string[] = [], outside: Outside = {}) {
  const run = surroundingsForTest({ now: new Date(), ...outside });
  const all = {
    annotations: [],
    upload: true,
    signContainerIdentity: [],
    registryReferrersMode: 'legacy',
    ...services(),
  };
  const code = await runSign(asked({ ...all, ...flags }, [image], given), run.surroundings);
  return { code, said: run.said() };
}

const verifyDefaults: VerifyFlags = {
  annotations: [],
  checkClaims: true,
  output: 'json',
  format: 'auto',
  maxWorkers: '10',
};

async function verify(flags: Partial<VerifyFlags>, given: readonly string[] = [], env = {}) {
  const run = surroundingsForTest({ env, now: new Date() });
  const code = await runVerify(asked({ ...verifyDefaults, ...flags }, [image], given), run.surroundings);
  return { code, out: run.out(), said: run.said() };
}

function identity() {
  return { certificateIdentity: 'dev@example.com', certificateOidcIssuer: world.oidc.issuer };
}

describe('signing without a key', { timeout: 60_000 }, () => {
  it('records both signatures once somebody agreed, and is verified by identity alone', async () => {
    const env = { SIGSTORE_ID_TOKEN: await world.token() };
    await expect(sign({}, [], { env })).rejects.toMatchObject({ code: 'declined' });
    expect(world.asked('rekor')).toEqual([]);
    expect((await sign({ yes: true }, [], { env })).code).toBe(0);
    const { code, out, said } = await verify({ ...identity(), trustedRoot: files.trustedRoot });
    expect([code, said]).toEqual([0, expect.stringContaining('dev@example.com')]);
    const elements = JSON.parse(out) as { optional: Record<string, unknown> }[];
    expect(elements).toHaveLength(2);
    for (const { optional } of elements)
      expect(optional).toMatchObject({ Subject: 'dev@example.com', Issuer: world.oidc.issuer });
    expect(elements[0]?.optional['Bundle']).toHaveProperty('SignedEntryTimestamp');
  });

  it('believes PEM files of the variables as well, and what initialize has fetched', async () => {
    const env = {
      SIGSTORE_ROOT_FILE: files.fulcioRoots,
      SIGSTORE_REKOR_PUBLIC_KEY: files.rekorKey,
      SIGSTORE_CT_LOG_PUBLIC_KEY_FILE: files.ctLogKey,
    };
    expect((await verify(identity(), [], env)).code).toBe(0);
    const kept = { TUF_ROOT: join(folder, 'tuf'), TUF_MIRROR: world.tufUrl };
    const run = surroundingsForTest({ env: kept, now: new Date() });
    await runInitialize(asked({ mirror: world.tufUrl, root: files.tufRoot }), run.surroundings);
    expect(run.said()).toContain(world.tufUrl);
    expect((await verify(identity(), [], kept)).code).toBe(0);
    await runTrustExport(asked({}), run.surroundings);
    expect(JSON.parse(run.out())).toEqual(JSON.parse(await readFile(files.trustedRoot, 'utf8')));
  });

  it('is refused for another identity, with both named', async () => {
    const { code, said } = await verify({
      ...identity(),
      certificateIdentity: 'boss@example.com',
      trustedRoot: files.trustedRoot,
    });
    expect(code).toBe(12);
    expect(said).toContain('dev@example.com');
    expect(said).toContain('boss@example.com');
  });

  it('says what is missing where nobody is there to log in', async () => {
    await expect(sign({ yes: true })).rejects.toMatchObject({ code: 'usage', hint: expect.stringContaining('--key') });
  });
});

describe('signing with a key and a log', { timeout: 60_000 }, () => {
  it('is recorded unless told otherwise, and the entry is demanded unless told otherwise', async () => {
    const before = world.asked('rekor').length;
    const env = { COSIGN_PASSWORD: '' };
    await sign({ key: key(), format: 'bundle', tlogUpload: false }, [], { env });
    expect(world.asked('rekor')).toHaveLength(before);
    const pub = join(folder, 'cosign.pub');
    const demanded = { key: pub, trustedRoot: files.trustedRoot };
    const without = await verify(demanded);
    expect([without.code, without.said]).toEqual([12, expect.stringMatching(/log/)]);
    expect((await verify({ ...demanded, insecureIgnoreTlog: true })).code).toBe(0);
    await sign({ key: key(), yes: true }, [], { env });
    expect((await verify(demanded)).code).toBe(0);
  });

  it('takes all addresses from a signing configuration, and refuses them beside it', async () => {
    const env = { COSIGN_PASSWORD: '' };
    const flags = { key: key(), yes: true, signingConfig: files.signingConfig };
    await expect(sign({ ...flags, tlogUpload: false }, ['tlogUpload'], { env })).rejects.toMatchObject({
      message: expect.stringContaining('not supported with --signing-config'),
    });
    expect((await sign(flags, [], { env })).code).toBe(0);
    expect(world.asked('tsa').length).toBeGreaterThan(0);
  });
});

describe('files', { timeout: 60_000 }, () => {
  it('are signed into a bundle without a key', async () => {
    const bundle = join(folder, 'release.bundle');
    const run = surroundingsForTest({ env: { SIGSTORE_ID_TOKEN: await world.token() }, now: new Date() });
    const flags: SignBlobFlags = { ...services(), b64: true, bundle, yes: true };
    await runSignBlob(asked(flags, [files.rekorKey]), run.surroundings);
    const check = surroundingsForTest({ now: new Date() });
    const policy = { ...identity(), bundle, trustedRoot: files.trustedRoot };
    expect(await runVerifyBlob(asked(policy, [files.rekorKey]), check.surroundings)).toBe(0);
    expect(check.said()).toContain('Verified OK');
    expect(await runVerifyBlob(asked(policy, [files.ctLogKey]), check.surroundings)).toBe(1);
  });

  it('are not verified by a certificate of somebody else that lies beside them', async () => {
    const [outputSignature, outputCertificate] = [join(folder, 'release.sig'), join(folder, 'release.pem')];
    const run = surroundingsForTest({ env: { SIGSTORE_ID_TOKEN: await world.token() }, now: new Date() });
    const flags: SignBlobFlags = { ...services(), b64: true, outputSignature, outputCertificate, yes: true };
    await runSignBlob(asked(flags, [files.rekorKey]), run.surroundings);
    const given = { signature: outputSignature, certificate: outputCertificate, trustedRoot: files.trustedRoot };
    const verified = async (names: object) => {
      const check = surroundingsForTest({ now: new Date() });
      const demands = { ...given, ...names, insecureIgnoreTlog: true };
      const code = await runVerifyBlob(asked(demands, [files.rekorKey]), check.surroundings);
      return `${code} ${check.said()}`;
    };
    expect(await verified(identity())).toMatch(/^0 /);
    expect(await verified({ ...identity(), certificateIdentity: 'boss@example.com' })).toMatch(/^1 .*boss@example/s);
    expect(await verified({ ...identity(), certificateOidcIssuer: 'https://x.example' })).toMatch(/^1 .*x\.example/s);
    await expect(verified({ certificateIdentity: 'boss@example.com' })).rejects.toMatchObject({ code: 'usage' });
  });
});
