import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hashSync } from 'bcryptjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { needsProgram } from '@pratique/testbed/outside-program';
import { isPassword, parseUsers } from './access/users.ts';
import { createGatekeeper } from './access/gatekeeper.ts';
import {
  ask,
  errorOf,
  newFolder,
  newManifest,
  pushImage,
  putManifest,
  registryForTest,
  patience,
} from './registry-for-test.ts';

let folder = '';
let usersFile = '';
const basic = (name: string, password: string) => ({
  authorization: `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`,
});
const right = basic('ana', 'correct: horse');

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pratique-registry-users-'));
  usersFile = join(folder, 'users');
  await writeFile(usersFile, `# people\n\nana:${hashSync('correct: horse', 4)}\n`);
});
afterAll(() => rm(folder, { recursive: true }));

describe('a registry with users', () => {
  it('challenges whoever does not log in', async () => {
    await using registry = await registryForTest({ usersFile });
    for (const [method, path] of [
      ['GET', '/v2/'],
      ['GET', '/v2/a/tags/list'],
      ['POST', '/v2/a/blobs/uploads/'],
      ['DELETE', '/v2/a/manifests/x'],
    ] as const) {
      const answer = await ask(registry.url, method, path);
      expect(answer.status).toBe(401);
      expect(answer.headers['www-authenticate']).toBe('Basic realm="Pratique registry", charset="UTF-8"');
      expect(errorOf(answer).code).toBe('UNAUTHORIZED');
    }
  });

  it('lets in who has the right password, again and again', async () => {
    await using registry = await registryForTest({ usersFile });
    for (let again = 0; again < 3; again += 1) {
      expect((await ask(registry.url, 'GET', '/v2/', { headers: right })).status).toBe(200);
    }
    expect((await ask(registry.url, 'POST', '/v2/a/blobs/uploads/', { headers: right })).status).toBe(202);
  });

  it.each([
    ['a wrong password', basic('ana', 'wrong')],
    ['an unknown user', basic('eva', 'correct: horse')],
    ['a name of objects', basic('__proto__', 'x')],
    ['an empty password', basic('ana', '')],
    ['a token', { authorization: 'Bearer abc' }],
    ['no colon', { authorization: `Basic ${Buffer.from('ana').toString('base64')}` }],
    ['what is not base64', { authorization: 'Basic ***' }],
    ['a very long header', basic('ana', 'x'.repeat(5_000))],
  ])('refuses %s', async (_what, headers) => {
    await using registry = await registryForTest({ usersFile });
    expect((await ask(registry.url, 'GET', '/v2/', { headers })).status).toBe(401);
  });

  it('lets everybody read where that is wanted, and still challenges the ping', async () => {
    const open = await registryForTest();
    const image = await pushImage(open.url, 'a', '1');
    await open.close();
    await using registry = await registryForTest({ usersFile, anonymousPull: true });
    expect((await ask(registry.url, 'GET', '/v2/a/tags/list')).status).toBe(404);
    expect((await ask(registry.url, 'GET', '/v2/a/tags/list', { headers: basic('', '') })).status).toBe(404);
    expect((await ask(registry.url, 'GET', '/v2/')).status).toBe(401);
    expect((await putManifest(registry.url, '/v2/a/manifests/1', image.body)).status).toBe(401);
    expect((await ask(registry.url, 'GET', '/v2/a/tags/list', { headers: basic('ana', 'wrong') })).status).toBe(401);
  });

  it('stops checking passwords for an address that keeps failing, but not for who is known', async () => {
    let now = 0;
    const users = parseUsers(`ana:${hashSync('right', 4)}`);
    const gatekeeper = createGatekeeper({ users: () => users, anonymousPull: false, clock: () => now });
    const admit = (password: string, remoteAddress: string) => {
      const request = { headers: basic('ana', password), socket: { remoteAddress } };
      const response = { setHeader: () => undefined };
      return gatekeeper.admit(request as never, response as never, 'read');
    };
    await admit('right', '10.0.0.1');
    for (let again = 0; again < 10; again += 1) {
      await expect(admit(`wrong ${again}`, '10.0.0.1')).rejects.toMatchObject({ code: 'login-required' });
    }
    await expect(admit('wrong 11', '10.0.0.1')).rejects.toMatchObject({ code: 'too-many-requests' });
    await expect(admit('right', '10.0.0.1')).resolves.toBe('ana');
    await expect(admit('wrong', '10.0.0.2')).rejects.toMatchObject({ code: 'login-required' });
    now = 61_000;
    await expect(admit('wrong 12', '10.0.0.1')).rejects.toMatchObject({ code: 'login-required' });
  });

  it('forgets a proven login when the password is changed', async () => {
    let users = parseUsers(`ana:${hashSync('old', 4)}`);
    const gatekeeper = createGatekeeper({ users: () => users, anonymousPull: false, clock: () => 0 });
    const request = { headers: basic('ana', 'old'), socket: { remoteAddress: '10.0.0.1' } };
    const admit = () => gatekeeper.admit(request as never, { setHeader: () => undefined } as never, 'read');
    await expect(admit()).resolves.toBe('ana');
    users = parseUsers(`ana:${hashSync('new', 4)}`);
    await expect(admit()).rejects.toMatchObject({ code: 'login-required' });
  });
});

describe('the file of users', () => {
  const hash = `$2y$05$${'a'.repeat(53)}`;
  it.each([
    ['a line without hash', 'ana', 1],
    ['another kind of hash', `# x\nana:$apr1$abcdefgh$${'a'.repeat(22)}`, 2],
    ['a hash that costs seconds', `ana:$2y$20$${'a'.repeat(53)}`, 1],
    ['a user twice', `ana:${hash}\nana:${hash}`, 2],
    ['no user at all', '# nobody\n', 1],
  ])('is refused for %s, by line, without its content', (_what, text, line) => {
    expect(() => parseUsers(text)).toThrow(expect.objectContaining({ code: 'users-file-invalid', values: { line } }));
    expect(() => parseUsers(text)).not.toThrow(/aaaaaa/);
  });

  it('is read as htpasswd writes it', async () => {
    // From the page "Password Formats" of the Apache HTTP server.
    const users = parseUsers('myName:$2y$05$c4WoMPo3SXsafkva.HHa6uXQZWr7oboPiC2bT/r7q1BB8I2s0BRqC\r\n');
    expect(await isPassword(users, 'myName', 'myPassword')).toBe(true);
    expect(await isPassword(users, 'myName', 'myPassword2')).toBe(false);
    expect(await isPassword(users, 'other', 'myPassword')).toBe(false);
  });

  it('is read again when it changes, and a broken one leaves the users as they were', async () => {
    const file = join(folder, 'changing');
    await writeFile(file, `ana:${hashSync('one', 4)}`);
    await using registry = await registryForTest({ usersFile: file, limits: { reloadMs: 10 } });
    const status = async (password: string) =>
      (await ask(registry.url, 'GET', '/v2/', { headers: basic('ana', password) })).status;
    expect(await status('one')).toBe(200);
    await writeFile(file, `ana:${hashSync('two', 4)}`);
    await expect.poll(() => status('two'), patience).toBe(200);
    expect(await status('one')).toBe(401);
    await writeFile(file, 'ana:plain');
    await expect
      .poll(() => registry.health().problems.map((problem) => problem.code), patience)
      .toEqual(['registry-users-old']);
    expect(await status('two')).toBe(200);
  });
});

describe('a registry that may not change', () => {
  it('serves what is there and refuses every change', async () => {
    const kept = await newFolder();
    const writable = await registryForTest({ folder: kept });
    const image = await pushImage(writable.url, 'a', '1');
    await writable.close();
    await using registry = await registryForTest({ folder: kept, readOnly: true });
    expect((await ask(registry.url, 'GET', '/v2/a/manifests/1')).body.toString()).toBe(image.body);
    for (const [method, path] of [
      ['POST', '/v2/a/blobs/uploads/'],
      ['PUT', '/v2/a/manifests/2'],
      ['DELETE', '/v2/a/manifests/1'],
      ['DELETE', `/v2/a/blobs/${image.layer}`],
    ] as const) {
      const answer = await ask(registry.url, method, path);
      expect(answer.status).toBe(405);
      expect(errorOf(answer)).toMatchObject({ code: 'UNSUPPORTED', message: 'This registry is read-only.' });
    }
    // A second reader of the same folder does no harm.
    await using other = await registryForTest({ folder: kept, readOnly: true });
    expect((await ask(other.url, 'GET', '/v2/a/manifests/1')).status).toBe(200);
  });

  it('says that a folder it should only read holds no registry', async () => {
    await expect(registryForTest({ folder: folder, readOnly: true })).rejects.toMatchObject({
      code: 'storage-folder-unusable',
    });
  });

  it('refuses to delete where that is switched off, and takes pushes', async () => {
    await using registry = await registryForTest({ deletes: false });
    const image = await pushImage(registry.url, 'a', '1');
    const answer = await ask(registry.url, 'DELETE', `/v2/a/manifests/${image.digest}`);
    expect(answer.status).toBe(405);
    expect(errorOf(answer).code).toBe('UNSUPPORTED');
    expect((await ask(registry.url, 'GET', '/v2/a/manifests/1')).status).toBe(200);
    await newManifest(registry.url, 'a');
  });
});

const openssl = needsProgram({ name: 'openssl', paths: ['openssl'] });
openssl.describe('a registry with a certificate', () => {
  async function makeCertificate(name: string) {
    const files = { certFile: join(folder, `${name}.crt`), keyFile: join(folder, `${name}.key`) };
    const words = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
    const subject = ['-subj', `/CN=${name}`, '-addext', 'subjectAltName=IP:127.0.0.1'];
    const out = ['-keyout', files.keyFile, '-out', files.certFile];
    execFileSync(openssl.path!, [...words, ...subject, ...out], { stdio: 'ignore' });
    return files;
  }

  it('speaks TLS with it', async () => {
    const tls = await makeCertificate('first');
    await using registry = await registryForTest({ tls });
    expect(registry.url).toBe(`https://${registry.address}`);
    const ca = await readFile(tls.certFile, 'utf8');
    expect((await ask(registry.url, 'GET', '/v2/', { ca })).status).toBe(200);
    await expect(ask(registry.url, 'GET', '/v2/')).rejects.toMatchObject({ code: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
  });

  it('takes up a new one without a restart, and keeps the old one when the new one is broken', async () => {
    const tls = await makeCertificate('changing');
    await using registry = await registryForTest({ tls, limits: { reloadMs: 10 } });
    const status = async () => {
      const ca = await readFile(tls.certFile, 'utf8');
      return (await ask(registry.url, 'GET', '/v2/', { ca }).catch(() => undefined))?.status;
    };
    expect(await status()).toBe(200);
    await makeCertificate('changing');
    await expect.poll(status, patience).toBe(200);
    const good = await readFile(tls.certFile, 'utf8');
    await writeFile(tls.certFile, 'not a certificate');
    const codes = () => registry.health().problems.map((problem) => problem.code);
    await expect.poll(codes, patience).toEqual(['registry-certificate-old']);
    expect((await ask(registry.url, 'GET', '/v2/', { ca: good })).status).toBe(200);
  });

  it('does not start with a key of another certificate', async () => {
    const { certFile } = await makeCertificate('one');
    const { keyFile } = await makeCertificate('two');
    await expect(registryForTest({ tls: { certFile, keyFile } })).rejects.toMatchObject({
      code: 'certificate-unusable',
    });
  });
});
