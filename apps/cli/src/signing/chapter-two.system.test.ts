/**
 * The second chapter of the troubleshooting page that people know, with this command in place of cosign: the commands work as
 * they are written there, and each failure names its cause and the next step.
 */
import { execFileSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRegistryClient, parseReference } from '@pratique/oci';
import { startRegistry, type RunningRegistry } from '@pratique/registry';
import { buildImage, pushImage } from '@pratique/testbed/images';
import { pratique } from '../run-for-test.ts';

// A network without a transparency log says so once, in two variables; then the commands of the page work as they are written.
const env = {
  COSIGN_PASSWORD: 'pw',
  COSIGN_TLOG_UPLOAD: 'false',
  COSIGN_INSECURE_IGNORE_TLOG: 'true',
  XDG_CACHE_HOME: join(tmpdir(), 'pratique-test-cache'),
};
let folder: string;
let registry: RunningRegistry;
let digests: readonly string[];

async function run(words: readonly string[], changes: Readonly<Record<string, string>> = {}) {
  const started = pratique(words, { ...env, ...changes });
  return { code: await started.ended, out: started.out(), err: started.err() };
}

async function push(address: string, names: readonly string[]): Promise<readonly string[]> {
  const client = createRegistryClient({ userAgent: 'test', now: () => new Date(), random: Math.random });
  const pushed: string[] = [];
  for (const name of names) {
    const image = await buildImage({ layers: [{ 'etc/name': name }] });
    pushed.push(await pushImage(client.repository(parseReference(`${address}/demo/nginx:${name}`)), image, name));
  }
  await client.close();
  return pushed;
}

function key(name: string): string {
  return join(folder, name);
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'chapter-two-'));
  registry = await startRegistry({ folder: join(folder, 'registry'), durable: false });
  digests = await push(registry.address, ['one', 'two', 'three', 'four']);
  for (const name of ['cosign', 'other']) {
    await run(['generate-key-pair', '--output-key-prefix', key(name)]);
  }
}, 120_000);

afterAll(async () => {
  await registry.close();
  await rm(folder, { recursive: true, force: true });
});

describe('2.1 “no matching signatures”', { timeout: 60_000 }, () => {
  it('goes away when the digest is signed, as the page says, and the .sig is in the registry', async () => {
    const image = `${registry.address}/demo/nginx@${digests[0]}`;
    const signed = await run(['sign', '--key', key('cosign.key'), image]);
    expect([signed.code, signed.out]).toEqual([0, '']);
    expect(signed.err).toContain(`demo/nginx:${digests[0]?.replace(':', '-')}.sig`);
    const catalogue = (await (await fetch(`${registry.url}/v2/_catalog`)).json()) as { repositories: string[] };
    expect(catalogue.repositories).toContain('demo/nginx');
    const verified = await run(['verify', '--key', key('cosign.pub'), image]);
    expect(verified.code).toBe(0);
    expect(verified.out).toMatch(/^\n\[\{.*\}\]\n$/);
    const [first] = JSON.parse(verified.out) as { critical: { image: Record<string, string> } }[];
    expect(first?.critical.image['docker-manifest-digest']).toBe(digests[0]);
  });

  it('names the digest that was signed when the tag is another image', async () => {
    const { code, out, err } = await run(['verify', '--key', key('cosign.pub'), `${registry.address}/demo/nginx:two`]);
    expect([code, out]).toEqual([10, '']);
    expect(err).toContain('no signatures found');
    expect(err).toContain(
      `The tag two was not signed; what is signed in this repository is the tag one (${digests[0]})`,
    );
    expect(err).toMatch(/What to do: .*digest/);
  });

  it('names both keys when another one signed', async () => {
    const image = `${registry.address}/demo/nginx:one`;
    const { code, err } = await run(['verify', '--key', key('other.pub'), image]);
    expect(code).toBe(12);
    expect(err).toContain('no matching signatures');
    const fingerprints = await Promise.all(
      ['cosign', 'other'].map(
        async (name) => (await run(['public-key', '--key', key(`${name}.pub`)])).err.trim().split(' ')[1],
      ),
    );
    for (const fingerprint of fingerprints) expect(err).toContain(fingerprint);
    expect(err).not.toMatch(/\n\s+at /);
  });

  it('says which places it looked at when the .sig never arrived', async () => {
    const fresh = await startRegistry({ folder: join(folder, 'fresh'), durable: false });
    await push(fresh.address, ['one']);
    const { code, err } = await run(['verify', '--key', key('cosign.pub'), `${fresh.address}/demo/nginx:one`]);
    await fresh.close();
    expect(code).toBe(10);
    expect(err).toContain('.sig');
    expect(err).toContain('referrers');
    expect(err).toContain('Sign the image');
  });

  it('is told from an image that only has an attestation, and from one that is not there', async () => {
    const predicate = key('predicate.json');
    await writeFile(predicate, '{"bomFormat":"CycloneDX"}');
    const image = `${registry.address}/demo/nginx@${digests[2]}`;
    expect(
      (await run(['attest', '--key', key('cosign.key'), '--type', 'cyclonedx', '--predicate', predicate, image])).code,
    ).toBe(0);
    const attested = await run(['verify', '--key', key('cosign.pub'), image]);
    expect([attested.code, attested.err]).toEqual([10, expect.stringContaining('only attestations')]);
    const absent = await run(['verify', '--key', key('cosign.pub'), `${registry.address}/demo/nginx:absent`]);
    expect([absent.code, absent.err]).toEqual([11, expect.stringContaining('image tag not found')]);
  });

  it('is not what a wrong password, an absent key or a registry that is away look like', async () => {
    const image = `${registry.address}/demo/nginx@${digests[0]}`;
    const wrong = await run(['sign', '--key', key('cosign.key'), image], { COSIGN_PASSWORD: 'no' });
    expect([wrong.code, wrong.err]).toEqual([1, expect.stringContaining('Code: key-password-wrong')]);
    const absent = await run(['verify', '--key', key('absent.pub'), image]);
    expect([absent.code, absent.err]).toEqual([1, expect.stringContaining('Code: file-unreadable')]);
    const away = await run(['verify', '--key', key('cosign.pub'), '127.0.0.1:1/demo/nginx:one']);
    expect([away.code, away.err]).toEqual([22, expect.stringContaining('127.0.0.1:1')]);
  });

  it('is answered as a release of cosign answers, where that is asked for', async () => {
    const image = `${registry.address}/demo/nginx@${digests[0]}`;
    const ignoring = ['--insecure-ignore-tlog', image];
    const two = await run(['verify', '--compat', 'cosign2', '--key', key('other.pub'), ...ignoring]);
    expect([two.code, two.err]).toEqual([
      12,
      expect.stringContaining('error during command execution: no matching signatures'),
    ]);
    const three = await run(['verify', '--compat', 'cosign3', '--key', key('other.pub'), ...ignoring]);
    expect([three.code, three.err]).toEqual([1, expect.stringContaining('Error: ')]);
    expect((await run(['verify', '--key', key('cosign.pub'), ...ignoring], { PRATIQUE_COMPAT: 'cosign2' })).code).toBe(
      0,
    );
  });
});

// Small file systems can be mounted and permissions taken away only by root of Linux, and root is not stopped by them.
const isRoot = process.platform === 'linux' && process.getuid?.() === 0;

describe.runIf(isRoot)('2.2 “permission denied” or “no space left on device”', { timeout: 60_000 }, () => {
  const mounts: string[] = [];
  async function smallDisk(name: string, size: string): Promise<string> {
    const path = join(folder, name);
    await mkdir(path);
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', path]);
    mounts.push(path);
    return path;
  }
  async function fill(path: string): Promise<void> {
    try {
      await writeFile(join(path, 'filler'), Buffer.alloc(64 * 1024 * 1024));
    } catch {
      return; // that is the point
    }
  }
  afterAll(() => {
    for (const path of mounts) execFileSync('umount', ['-l', path]);
  });

  it('names the full disk of the registry, and that nothing was signed', async () => {
    const disk = await smallDisk('disk', '2m');
    const small = await startRegistry({ folder: join(disk, 'registry'), durable: false });
    const [digest] = await push(small.address, ['one']);
    await fill(disk);
    const { code, err } = await run(['sign', '--key', key('cosign.key'), `${small.address}/demo/nginx@${digest}`]);
    await small.close();
    expect(code).toBe(23);
    expect(err).toMatch(/full|no space/i);
    expect(err).toContain('What to do:');
    expect(err).toContain('Code: registry-storage');
  });

  it('names the local disk that is full, and leaves no half a key', async () => {
    const disk = await smallDisk('keys', '64k');
    await fill(disk);
    const { code, err } = await run(['generate-key-pair', '--output-key-prefix', join(disk, 'cosign')]);
    expect(code).toBe(1);
    expect(err).toContain('no space left on device');
    expect(err).toContain(disk);
    await expect(readFile(join(disk, 'cosign.key'))).rejects.toThrow('ENOENT');
  });

  it('names the folder that may not be written to', async () => {
    const closed = join(folder, 'closed');
    await mkdir(closed);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'ro', 'tmpfs', closed]);
    mounts.push(closed);
    const { code, err } = await run(['generate-key-pair', '--output-key-prefix', join(closed, 'cosign')]);
    expect([code, err]).toEqual([1, expect.stringContaining('read-only')]);
    expect(err).toContain('Code: file-unwritable');
  });

  it('names the folder of the registry that its process may not write to', async () => {
    const path = join(folder, 'read-only');
    const writable = await startRegistry({ folder: path, durable: false });
    const [digest] = await push(writable.address, ['one']);
    await writable.close();
    const readOnly = await startRegistry({ folder: path, readOnly: true });
    const { code, err } = await run(['sign', '--key', key('cosign.key'), `${readOnly.address}/demo/nginx@${digest}`]);
    await readOnly.close();
    expect(code).toBe(23);
    expect(err).toContain('read-only');
    await chmod(path, 0o755);
  });
});
