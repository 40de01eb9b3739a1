import { describe, expect, it } from 'vitest';
import { isFault } from '@pratique/runtime/fault';
import { readSecretCredentials } from './secret-credentials.ts';
import type { SecretContent, SecretWish } from './secret-credentials.ts';

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const auths = (entries: object): SecretContent => ({ dockerConfigJson: JSON.stringify({ auths: entries }) });
const login = (name: string) => ({ auth: base64(`${name}:secret`) });

describe('which credentials are used', () => {
  it.each([
    ['reg.lan', 'reg.lan', 'x', true],
    ['https://reg.lan/', 'reg.lan', 'x', true],
    ['reg.lan/team', 'reg.lan', 'team/app', true],
    ['reg.lan/team', 'reg.lan', 'team', true],
    ['reg.lan/team', 'reg.lan', 'teams/app', false],
    ['reg.lan', 'reg.lan:5000', 'x', false],
    ['reg.lan:5000', 'reg.lan', 'x', false],
    ['10.0.0.1', '10.0.0.10:5000', 'x', false],
    ['10.0.0.1', '10.0.0.1:5000', 'x', false],
    ['reg.lan', 'reg.lan.evil.example', 'x', false],
    ['https://index.docker.io/v1/', 'index.docker.io', 'library/x', true],
    ['docker.io', 'index.docker.io', 'library/x', true],
    ['registry-1.docker.io', 'index.docker.io', 'library/x', true],
    ['index.docker.io', 'registry-1.docker.io', 'library/x', true],
    ['docker.io', 'notdocker.io', 'x', false],
  ])('REG-1 REG-2 the key %s at %s/%s: %s', async (key, registry, repository, isUsed) => {
    const found = await read(auths({ [key]: login('a') })).find(registry, repository);
    expect(found !== undefined).toBe(isUsed);
  });

  it('REG-2 the longest key wins, in whatever order they stand', async () => {
    const source = read(
      auths({ 'reg.lan': login('all'), 'reg.lan/team/app': login('app'), 'reg.lan/team': login('team') }),
    );
    const names = await Promise.all(
      ['x', 'team/x', 'team/app', 'team/app/x'].map((path) => source.find('reg.lan', path)),
    );
    expect(names.map((one) => one?.kind === 'basic' && one.username)).toEqual(['all', 'team', 'app', 'app']);
  });

  it.each([
    [
      { username: 'u', password: 'p' },
      { kind: 'basic', username: 'u', password: 'p' },
    ],
    [{ auth: base64('u:p:q') }, { kind: 'basic', username: 'u', password: 'p:q' }],
    [{ identitytoken: 't' }, { kind: 'identity-token', token: 't' }],
    [{ registrytoken: 't' }, { kind: 'bearer', token: 't' }],
  ])('REG-3 reads %j', async (entry, expected) => {
    expect(await read(auths({ 'reg.lan': entry })).find('reg.lan', 'x')).toMatchObject(expected);
  });

  it('REG-3 leaves hosts to built-in helpers of clouds, and others to the file', async () => {
    const config = { auths: { 'reg.lan': login('a') }, credHelpers: { 'ghcr.io': 'ghcr' } };
    const source = read({ dockerConfigJson: JSON.stringify(config) });
    expect(await source.find('ghcr.io', 'x')).toMatchObject({ source: 'the cloud' });
    expect(await source.find('reg.lan', 'x')).toMatchObject({ username: 'a' });
  });

  it('1.5 secret.yaml wins, and keeps a password as it is written', async () => {
    const content = {
      ...auths({ 'reg.lan': login('other') }),
      secretYaml: 'username: 1\npassword: 007\nregistry: reg.lan\n',
    };
    expect(await read(content).find('reg.lan', 'x')).toMatchObject({ username: '1', password: '007' });
  });

  it('1.5 secret.yaml without registry is for the Notary server', async () => {
    const source = read({ secretYaml: 'username: a\npassword: b\n' }, { defaultRegistry: 'notary.lan:4443' });
    expect(await source.find('notary.lan:4443', '')).toMatchObject({ username: 'a' });
    expect(await source.find('notary.lan', '')).toBeUndefined();
  });
});

it.each([
  [{}, 'no authentication file for secret s'],
  [{ secretYaml: 'username: hunter2\n' }, 'password is missing'],
  [{ secretYaml: 'username: a\npassword: hunter2\n' }, 'it has no registry'],
  [{ secretYaml: 'username: a\npassword: hunter2\nregistry: "a b"\n' }, 'unable to parse registry'],
  [{ secretYaml: '"hunter2' }, 'error reading authentication file secret.yaml of secret s'],
  [{ dockerConfigJson: '{"auths": {"hunter2' }, 'it is not JSON'],
  [{ dockerConfigJson: '{"auths": {"reg.lan": {"auth": "hunter2!"}}}' }, 'is not base64'],
  [
    { dockerConfigJson: '{"auths": {"reg_lan!": {"username": "a", "password": "hunter2"}}}' },
    'unable to parse registry',
  ],
  [{ dockerConfigJson: '{"credsStore": "desktop"}' }, 'credsStore names (desktop)'],
  [{ dockerConfigJson: '{"credHelpers": {"a.b": "pass"}}' }, 'credHelpers name pass'],
])('REG-1 REG-3 the secret %j is refused at load, and nothing of it is printed', (content, message) => {
  try {
    read(content);
    expect.unreachable();
  } catch (error) {
    if (!isFault(error)) throw error;
    expect(error.code).toBe('validator-material-unreadable');
    expect(error.message).toContain(message);
    expect(`${error.message} ${error.hint}`).not.toContain('hunter2');
  }
});

function read(content: SecretContent, wish: Partial<SecretWish> = {}) {
  const cloud = { kind: 'bearer', token: 't', source: 'the cloud' } as const;
  return readSecretCredentials(content, { secretName: 's', keychain: { find: async () => cloud }, ...wish });
}
