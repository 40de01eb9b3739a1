/** Real clients against this registry: what they push, sign and attach is found again. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hashSync } from 'bcryptjs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { needsPeer, runPeer } from '@pratique/testbed/peers';
import type { PeerCall } from '@pratique/testbed/peers';
import { ask, pushImage, registryForTest } from './registry-for-test.ts';
import type { RunningRegistry } from './start.ts';

let registry: RunningRegistry;
let folder = '';

beforeAll(async () => {
  registry = await registryForTest();
  folder = await mkdtemp(join(tmpdir(), 'pratique-registry-peers-'));
});
afterAll(async () => {
  await registry.close();
  await rm(folder, { recursive: true });
});

/** Runs a client; one that fails is shown with what it said. */
async function run(path: string | undefined, words: readonly string[], call: PeerCall = {}): Promise<string> {
  const { code, stdout, stderr } = await runPeer(path, words, { cwd: folder, ...call });
  expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
  return stdout;
}

async function referrersOf(repository: string, digest: string): Promise<readonly { artifactType: string }[]> {
  const answer = await ask(registry.url, 'GET', `/v2/${repository}/referrers/${digest}`);
  return (JSON.parse(answer.body.toString()) as { manifests: { artifactType: string }[] }).manifests;
}

const oras = needsPeer('oras');
oras.describe('oras', () => {
  it('pushes, attaches, discovers, pulls and deletes', { timeout: 60_000 }, async () => {
    const plain = '--plain-http';
    await writeFile(join(folder, 'note.txt'), 'hello');
    const name = `${registry.address}/peers/oras`;
    await run(oras.path, ['push', plain, `${name}:1`, '--artifact-type', 'application/note', 'note.txt:text/plain']);
    await run(oras.path, ['attach', plain, `${name}:1`, '--artifact-type', 'application/more', 'note.txt:text/plain']);
    const found = await run(oras.path, ['discover', plain, '--format', 'json', `${name}:1`]);
    expect(found).toContain('application/more');
    const tags = await run(oras.path, ['repo', 'tags', plain, name]);
    // With the referrers API there is no fallback tag.
    expect(tags.trim()).toBe('1');
    await run(oras.path, ['pull', plain, '-o', 'pulled', `${name}:1`]);
    await run(oras.path, ['copy', '--from-plain-http', '--to-plain-http', '-r', `${name}:1`, `${name}-copy:1`]);
    expect(await run(oras.path, ['discover', plain, '--format', 'json', `${name}-copy:1`])).toContain(
      'application/more',
    );
    await run(oras.path, ['manifest', 'delete', plain, '--force', `${name}:1`]);
    expect((await ask(registry.url, 'GET', '/v2/peers/oras/manifests/1')).status).toBe(404);
  });
});

const skopeo = needsPeer('skopeo');
skopeo.describe('skopeo', () => {
  it('copies an image in and out without changing its digest', { timeout: 60_000 }, async () => {
    const image = await pushImage(registry.url, 'peers/source', '1');
    const source = `docker://${registry.address}/peers/source:1`;
    const target = `docker://${registry.address}/peers/skopeo:1`;
    const insecure = ['--src-tls-verify=false', '--dest-tls-verify=false', '--preserve-digests'];
    await run(skopeo.path, ['--insecure-policy', 'copy', ...insecure, source, target]);
    const answer = await ask(registry.url, 'HEAD', '/v2/peers/skopeo/manifests/1');
    expect(answer.headers['docker-content-digest']).toBe(image.digest);
    const listed = await run(skopeo.path, [
      'list-tags',
      '--tls-verify=false',
      `docker://${registry.address}/peers/skopeo`,
    ]);
    expect(JSON.parse(listed)).toMatchObject({ Tags: ['1'] });
    await run(skopeo.path, ['delete', '--tls-verify=false', target]);
    expect((await ask(registry.url, 'HEAD', '/v2/peers/skopeo/manifests/1')).status).toBe(404);
  });
});

skopeo.describe('skopeo with a password', () => {
  it('pushes with it, is refused without, and reads without where everybody may', { timeout: 60_000 }, async () => {
    const usersFile = join(folder, 'users');
    await writeFile(usersFile, `ana:${hashSync('right', 4)}`);
    await using guarded = await registryForTest({ usersFile, anonymousPull: true });
    await pushImage(registry.url, 'peers/source', '1');
    const source = `docker://${registry.address}/peers/source:1`;
    const target = `docker://${guarded.address}/peers/guarded:1`;
    const copy = ['--insecure-policy', 'copy', '--src-tls-verify=false', '--dest-tls-verify=false'];
    const refused = await runPeer(skopeo.path, [...copy, source, target], { cwd: folder });
    expect(refused.stderr).toMatch(/unauthorized|authentication required/i);
    await run(skopeo.path, [...copy, '--dest-creds', 'ana:right', source, target]);
    expect(await run(skopeo.path, ['inspect', '--raw', '--tls-verify=false', target])).toContain('layers');
  });
});

for (const [name, flags] of [
  ['cosign-2', ['--tlog-upload=false']],
  ['cosign-3', ['--tlog-upload=false', '--use-signing-config=false']],
] as const) {
  const cosign = needsPeer(name);
  cosign.describe(name, () => {
    it('signs and verifies', { timeout: 60_000 }, async () => {
      const repository = `peers/${name}`;
      const image = await pushImage(registry.url, repository, '1');
      const env = { COSIGN_PASSWORD: 'a password' };
      await run(cosign.path, ['generate-key-pair', '--output-key-prefix', name], { env });
      const reference = `${registry.address}/${repository}@${image.digest}`;
      const plain = '--allow-http-registry';
      await run(cosign.path, ['sign', '--yes', plain, ...flags, '--key', `${name}.key`, reference], { env });
      const words = ['verify', plain, '--insecure-ignore-tlog', '--key', `${name}.pub`, reference];
      expect(await run(cosign.path, words, { env })).toContain(image.digest);
      const tag = image.digest.replace(':', '-');
      const inTag = (await ask(registry.url, 'HEAD', `/v2/${repository}/manifests/${tag}.sig`)).status === 200;
      const listed = await referrersOf(repository, image.digest);
      // The older one keeps signatures under a tag, the newer one as a referrer and, since it is offered, under no tag.
      expect({ inTag, listed: listed.length }).toEqual({
        inTag: name === 'cosign-2',
        listed: name === 'cosign-2' ? 0 : 1,
      });
      expect((await ask(registry.url, 'HEAD', `/v2/${repository}/manifests/${tag}`)).status).toBe(404);
    });
  });
}
