import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isFault } from '@pratique/runtime/fault';
import { credentialPaths, fileCredentials } from './credential-files.ts';
import { firstOf, fixedCredential } from './credential.ts';
import { runCredentialHelper } from './credential-helper.ts';
import type { HelperAnswer, RunHelper } from './credential-helper.ts';
import { dockerConfigSource, parseDockerConfig } from './docker-config.ts';

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const config = (document: unknown) => parseDockerConfig(Buffer.from(JSON.stringify(document)), 'the file');
const find = (document: unknown, registry: string, repository = 'team/app', run?: RunHelper) =>
  dockerConfigSource(config(document), run).find(registry, repository);

describe('a file of credentials', () => {
  it.each([
    ['registry.example.com'],
    ['https://registry.example.com'],
    ['https://registry.example.com/v1/'],
    ['https://registry.example.com/v2/'],
    ['REGISTRY.example.com'],
    ['registry.example.com/team'],
    ['registry.example.com/team/app'],
  ])('knows a registry under the key %s', async (key) => {
    const auths = { [key]: { auth: base64('alice:p:w') } };
    expect(await find({ auths }, 'registry.example.com')).toEqual({
      kind: 'basic',
      username: 'alice',
      password: 'p:w',
      source: 'the file',
    });
  });

  it.each(['https://index.docker.io/v1/', 'docker.io', 'index.docker.io', 'registry-1.docker.io'])(
    'knows Docker Hub under the key %s',
    async (key) => {
      const auths = { [key]: { username: 'alice', password: 'x' } };
      expect(await find({ auths }, 'index.docker.io', 'library/alpine')).toMatchObject({ username: 'alice' });
    },
  );

  it('gives nothing to a host, port or path that only begins alike', async () => {
    const auths = { '10.0.0.1': { auth: base64('a:b') }, 'registry.example.com/team': { auth: base64('a:b') } };
    for (const host of ['10.0.0.10:5000', '10.0.0.10', '10.0.0.1:5000', '110.0.0.1'])
      expect(await find({ auths }, host)).toBeUndefined();
    for (const repository of ['teams/app', 'tea', 'other/team'])
      expect(await find({ auths }, 'registry.example.com', repository)).toBeUndefined();
  });

  it('prefers the most exact key', async () => {
    const auths = {
      'r.io': { auth: base64('host:x') },
      'r.io/team/app': { auth: base64('app:x') },
      'r.io/team': { auth: base64('team:x') },
    };
    expect(await find({ auths }, 'r.io', 'team/app')).toMatchObject({ username: 'app' });
    expect(await find({ auths }, 'r.io', 'team/other')).toMatchObject({ username: 'team' });
    expect(await find({ auths }, 'r.io', 'else')).toMatchObject({ username: 'host' });
  });

  it('holds tokens of two kinds', async () => {
    const auths = { a: { identitytoken: 'refresh', auth: base64('alice:') }, b: { registrytoken: 'access' } };
    expect(await find({ auths }, 'a')).toMatchObject({ kind: 'identity-token', token: 'refresh', username: 'alice' });
    expect(await find({ auths }, 'b')).toMatchObject({ kind: 'bearer', token: 'access' });
  });

  it('drops the padding of old tools and skips empty entries', async () => {
    expect(await find({ auths: { a: { auth: base64('alice:secret\0\0') } } }, 'a')).toMatchObject({
      password: 'secret',
    });
    expect(await find({ auths: { a: {}, b: null } }, 'a')).toBeUndefined();
    expect(await find({}, 'a')).toBeUndefined();
  });

  it('is refused by key and without its secret when it cannot be read', () => {
    for (const [document, words] of [
      [{ auths: { 'r.io': { auth: 'c2VjcmV0*' } } }, /auths\.r\.io\.auth is not base64/],
      [{ auths: { 'r.io': { auth: base64('secret') } } }, /no user:password/],
      [{ auths: { 'r.io': { auth: 1 } } }, /the file/],
      [{ auths: [] }, /the file/],
      ['secret', /the file/],
    ] as const) {
      expect(() => config(document)).toThrow(words);
      expect(() => config(document)).not.toThrow(/secret/i);
    }
    expect(() => parseDockerConfig(Buffer.from('{"auths": secret'), 'the file')).toThrow(/not JSON/);
    expect(() => parseDockerConfig(Buffer.from('{"auths": secret'), 'the file')).not.toThrow(/secret/);
  });

  it('ends in a value or a fault whatever it holds', () => {
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string()), (text) => {
        try {
          parseDockerConfig(Buffer.from(text), 'the file');
        } catch (error) {
          expect(isFault(error, 'credentials-unreadable')).toBe(true);
        }
      }),
    );
  });
});

describe('a credential helper', () => {
  const answering = (answer: Partial<HelperAnswer>, asked: string[] = []): RunHelper => {
    return async (name, server) => {
      asked.push(`${name} ${server}`);
      return { code: 0, stdout: '', stderr: '', ...answer };
    };
  };
  const stdout = JSON.stringify({ ServerURL: 'x', Username: 'alice', Secret: 'pw' });

  it('is asked before the entries of the file for its host, after them for all others', async () => {
    const asked: string[] = [];
    const run = answering({ stdout }, asked);
    const document = {
      credHelpers: { 'a.io': 'one' },
      auths: { 'a.io': { auth: base64('x:y') }, 'b.io': { auth: base64('bob:y') } },
      credsStore: 'two',
    };
    expect(await find(document, 'a.io', 'x', run)).toMatchObject({
      username: 'alice',
      source: 'the credential helper one',
    });
    expect(await find(document, 'b.io', 'x', run)).toMatchObject({ username: 'bob' });
    await find(document, 'index.docker.io', 'x', run);
    expect(asked).toEqual(['one a.io', 'two https://index.docker.io/v1/']);
  });

  it('may give an identity token, or know nothing', async () => {
    const token = JSON.stringify({ Username: '<token>', Secret: 'refresh' });
    expect(await find({ credsStore: 'x' }, 'a', 'b', answering({ stdout: token }))).toMatchObject({
      kind: 'identity-token',
      token: 'refresh',
    });
    const nothing = answering({ code: 1, stdout: 'credentials not found in native keychain\n' });
    expect(await find({ credsStore: 'x' }, 'a', 'b', nothing)).toBeUndefined();
  });

  it('is a fault that names it when it fails, never “anonymous”', async () => {
    for (const run of [
      answering({ code: 2, stderr: 'the keychain is locked' }),
      answering({ stdout: 'no json' }),
      answering({ stdout: '{"Username":"x"}' }),
      () => Promise.reject(new Error('ENOENT')),
    ])
      await expect(find({ credsStore: 'desktop' }, 'a', 'b', run)).rejects.toMatchObject({
        code: 'credential-helper-failed',
        message: expect.stringContaining('docker-credential-desktop'),
      });
    await expect(find({ credsStore: '../../bin/sh' }, 'a', 'b', answering({}))).rejects.toMatchObject({
      code: 'credential-helper-failed',
    });
    await expect(find({ credsStore: 'x' }, 'a', 'b')).rejects.toMatchObject({ code: 'credentials-unreadable' });
  });

  it('is run for real with the server on its standard input', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'pratique-helper-'));
    const path = process.env['PATH'];
    try {
      const script = `#!/bin/sh\nread server\n[ "$1" = get ] && printf '{"Username":"%s","Secret":"s"}' "$server"\n`;
      await writeFile(join(folder, 'docker-credential-fortest'), script);
      await chmod(join(folder, 'docker-credential-fortest'), 0o755);
      process.env['PATH'] = `${folder}:${path}`;
      expect(await find({ credsStore: 'fortest' }, 'r.io', 'x', runCredentialHelper)).toMatchObject({
        username: 'r.io',
        password: 's',
      });
      await expect(find({ credsStore: 'missing' }, 'r.io', 'x', runCredentialHelper)).rejects.toMatchObject({
        code: 'credential-helper-failed',
      });
    } finally {
      process.env['PATH'] = path;
      await rm(folder, { recursive: true, force: true });
    }
  });
});

describe('the files of a machine', () => {
  let home: string;
  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'pratique-home-'));
    await mkdir(join(home, '.docker'));
    await writeFile(
      join(home, '.docker', 'config.json'),
      JSON.stringify({ auths: { 'a.io': { auth: base64('docker:x') } } }),
    );
    await writeFile(
      join(home, 'auth.json'),
      JSON.stringify({ auths: { 'a.io': { auth: base64('podman:x') }, 'b.io': { auth: base64('podman:x') } } }),
    );
    await writeFile(join(home, 'empty.json'), '');
    await writeFile(join(home, 'broken.json'), '{');
  });
  afterAll(() => rm(home, { recursive: true, force: true }));

  it('are those of docker first, then those of podman', () => {
    expect(credentialPaths({ home: '/h', registryAuthFile: '/f', xdgRuntimeDir: '/run/user/0' })).toEqual([
      '/h/.docker/config.json',
      '/f',
      '/run/user/0/containers/auth.json',
      '/h/.config/containers/auth.json',
    ]);
    expect(credentialPaths({ dockerConfig: '/d', home: '/h', xdgConfigHome: '/c' })).toEqual([
      '/d/config.json',
      '/c/containers/auth.json',
    ]);
    expect(credentialPaths({})).toEqual([]);
  });

  it('are looked through until one knows the registry', async () => {
    const paths = credentialPaths({ home, registryAuthFile: join(home, 'auth.json') });
    const source = fileCredentials({ paths: [join(home, 'empty.json'), ...paths] });
    expect(await source.find('a.io', 'x')).toMatchObject({
      username: 'docker',
      source: join(home, '.docker', 'config.json'),
    });
    expect(await source.find('b.io', 'x')).toMatchObject({ username: 'podman' });
    expect(await source.find('c.io', 'x')).toBeUndefined();
  });

  it('are a fault when one is there and cannot be read', async () => {
    for (const path of [join(home, 'broken.json'), home])
      await expect(fileCredentials({ paths: [path] }).find('a.io', 'x')).rejects.toMatchObject({
        code: 'credentials-unreadable',
      });
  });

  it('come after what is given by hand', async () => {
    const byHand = fixedCredential({ kind: 'bearer', token: 't', source: '--registry-token' }, ['a.io']);
    const source = firstOf([byHand, fileCredentials({ paths: credentialPaths({ home }) })]);
    expect(await source.find('a.io', 'x')).toMatchObject({ kind: 'bearer' });
    expect(await byHand.find('b.io', 'x')).toBeUndefined();
  });
});
