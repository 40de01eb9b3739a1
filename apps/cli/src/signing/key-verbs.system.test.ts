import { generateKeyPairSync } from 'node:crypto';
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parsePublicKey } from '@pratique/sigstore';
import { runGenerateKeyPair } from './generate-key-pair.ts';
import { runImportKeyPair } from './import-key-pair.ts';
import { loadSigner } from './keys.ts';
import { startKubeApi, type KubeApi } from './kube-api-for-test.ts';
import { runPublicKey } from './public-key.ts';
import { asked, surroundingsForTest } from './surroundings-for-test.ts';

let folder: string;
beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'cli-keys-'))));
afterEach(async () => await rm(folder, { recursive: true, force: true }));

const env = { COSIGN_PASSWORD: 'pw' };

async function generate(name = 'cosign') {
  const run = surroundingsForTest({ env });
  await runGenerateKeyPair(asked({ outputKeyPrefix: join(folder, name) }), run.surroundings);
  return run;
}

describe('generate-key-pair', () => {
  it('writes a pair that signs, names both files and says what to back up', async () => {
    const { said, out } = await generate();
    expect(out()).toBe('');
    expect(said()).toContain(`Private key written to ${join(folder, 'cosign.key')}`);
    expect(said()).toContain(`Public key written to ${join(folder, 'cosign.pub')}`);
    expect(said()).toMatch(/Back up .*cosign\.key together with its password/);
    expect((await stat(join(folder, 'cosign.key'))).mode & 0o777).toBe(0o600);
    const signer = await loadSigner(join(folder, 'cosign.key'), surroundingsForTest({ env }).surroundings);
    const publicKey = parsePublicKey(await readFile(join(folder, 'cosign.pub'), 'utf8'));
    expect(signer.publicKey.fingerprint).toBe(publicKey.fingerprint);
  });

  it('asks before it replaces a key, and changes nothing when told no', async () => {
    await generate();
    const before = await readFile(join(folder, 'cosign.key'), 'utf8');
    const again = surroundingsForTest({ typed: ['n'] });
    const flags = { outputKeyPrefix: join(folder, 'cosign') };
    await expect(runGenerateKeyPair(asked(flags), again.surroundings)).rejects.toMatchObject({ code: 'declined' });
    expect(await readFile(join(folder, 'cosign.key'), 'utf8')).toBe(before);
    await runGenerateKeyPair(asked({ ...flags, force: true }), surroundingsForTest({ env }).surroundings);
    expect(await readFile(join(folder, 'cosign.key'), 'utf8')).not.toBe(before);
    expect((await readdir(folder)).sort()).toEqual(['cosign.key', 'cosign.pub']);
  });

  it('refuses key managers and says what is supported', async () => {
    const run = runGenerateKeyPair(
      asked({ outputKeyPrefix: 'x', kms: 'awskms:///alias/x' }),
      surroundingsForTest().surroundings,
    );
    await expect(run).rejects.toMatchObject({
      code: 'key-reference-unsupported',
      hint: expect.stringContaining('k8s://'),
    });
  });
});

describe('private keys', () => {
  it('are not opened with a wrong password, and the message says both things it can be', async () => {
    await generate();
    const { surroundings } = surroundingsForTest({ env: { COSIGN_PASSWORD: 'other' } });
    await expect(loadSigner(join(folder, 'cosign.key'), surroundings)).rejects.toMatchObject({
      code: 'key-password-wrong',
    });
  });

  it('that others may read are opened with a warning', async () => {
    await generate();
    await chmod(join(folder, 'cosign.key'), 0o644);
    const { surroundings, said } = surroundingsForTest({ env });
    await loadSigner(join(folder, 'cosign.key'), surroundings);
    expect(said()).toContain('mode 0644');
    expect(said()).toContain('chmod 600');
  });

  it('come from a variable too', async () => {
    await generate();
    const KEY = await readFile(join(folder, 'cosign.key'), 'utf8');
    const { surroundings } = surroundingsForTest({ env: { ...env, KEY } });
    expect((await loadSigner('env://KEY', surroundings)).publicKey.algorithm.kind).toBe('ec');
    await expect(loadSigner('env://NONE', surroundings)).rejects.toMatchObject({ code: 'variable-missing' });
  });
});

describe('import-key-pair', () => {
  it('encrypts a key of OpenSSL', async () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    await writeFile(join(folder, 'plain.pem'), privateKey.export({ format: 'pem', type: 'sec1' }));
    const { surroundings } = surroundingsForTest({ env });
    await runImportKeyPair(
      asked({ key: join(folder, 'plain.pem'), outputKeyPrefix: join(folder, 'mine') }),
      surroundings,
    );
    expect(await readFile(join(folder, 'mine.key'), 'utf8')).toContain('ENCRYPTED SIGSTORE PRIVATE KEY');
    await expect(
      runImportKeyPair(asked({ key: join(folder, 'mine.key'), outputKeyPrefix: join(folder, 'again') }), surroundings),
    ).rejects.toMatchObject({ code: 'key-already-imported' });
  });
});

describe('public-key', () => {
  it('prints the same for both halves, the fingerprint beside it', async () => {
    await generate();
    const pem = await readFile(join(folder, 'cosign.pub'), 'utf8');
    for (const half of ['cosign.key', 'cosign.pub']) {
      const { surroundings, out, said } = surroundingsForTest({ env });
      await runPublicKey(asked({ key: join(folder, half) }), surroundings);
      expect(out()).toBe(pem);
      expect(said()).toContain(parsePublicKey(pem).fingerprint);
    }
  });
});

describe('keys in a Secret', () => {
  let api: KubeApi;
  let cluster: Record<string, string>;
  // The client library takes its time to load the first time.
  beforeAll(async () => {
    await import('./kube-secret.ts');
    api = await startKubeApi();
  }, 60_000);
  afterAll(async () => await api.stop());
  beforeEach(async () => {
    api.secrets.clear();
    await writeFile(join(folder, 'kubeconfig'), api.kubeconfig);
    cluster = { KUBECONFIG: join(folder, 'kubeconfig') };
  });

  it('are written and read again over TLS, with the password beside them', async () => {
    const made = surroundingsForTest({ env: { ...env, ...cluster } });
    await runGenerateKeyPair(asked({ outputKeyPrefix: 'unused' }, ['k8s://signing/release']), made.surroundings);
    expect(Object.keys(api.secrets.get('signing/release')?.data ?? {}).sort()).toEqual([
      'cosign.key',
      'cosign.password',
      'cosign.pub',
    ]);
    // No password in the environment: it lies beside the key.
    const signer = await loadSigner('k8s://signing/release', surroundingsForTest({ env: cluster }).surroundings);
    expect(made.said()).toContain(signer.publicKey.fingerprint);
    const printed = surroundingsForTest({ env: cluster });
    await runPublicKey(asked({ key: 'k8s://signing/release' }), printed.surroundings);
    expect(printed.out()).toContain('BEGIN PUBLIC KEY');
  });

  it('are not replaced unless told to, and other entries of the Secret stay', async () => {
    api.secrets.set('signing/release', {
      metadata: { name: 'release', namespace: 'signing' },
      data: { 'cosign.key': 'b2xk', other: 'eA==' },
    });
    const { surroundings } = surroundingsForTest({ env: { ...env, ...cluster } });
    const words = ['k8s://signing/release'];
    await expect(runGenerateKeyPair(asked({ outputKeyPrefix: 'x' }, words), surroundings)).rejects.toMatchObject({
      code: 'file-exists',
    });
    await runGenerateKeyPair(asked({ outputKeyPrefix: 'x', force: true }, words), surroundings);
    expect(api.secrets.get('signing/release')?.data).toMatchObject({ other: 'eA==', 'cosign.pub': expect.any(String) });
  });

  it.each([
    ['k8s://locked/x', 'no right to do that (403)'],
    ['k8s://signing/absent', 'there is no such Secret'],
  ])('of %s are refused with the reason', async (reference, reason) => {
    const { surroundings } = surroundingsForTest({ env: cluster });
    await expect(loadSigner(reference, surroundings)).rejects.toMatchObject({
      code: 'kube-secret-failed',
      message: expect.stringContaining(reason),
    });
  });

  it('are not looked for without a cluster', async () => {
    const { surroundings } = surroundingsForTest({ env: { HOME: folder } });
    await expect(loadSigner('k8s://signing/x', surroundings)).rejects.toMatchObject({ code: 'kube-secret-failed' });
  });
});
