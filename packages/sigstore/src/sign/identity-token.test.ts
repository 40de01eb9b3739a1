import { Fault } from '@pratique/runtime/fault';
import { startIssuer } from '@pratique/testbed/oidc';
import type { Issuer } from '@pratique/testbed/oidc';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ambientToken } from './ambient-token.ts';
import type { AmbientRequest } from './ambient-token.ts';
import { readIdentityToken } from './identity-token.ts';
import { testAccess } from './keyless-fixture.ts';
import { oddService, sendJson } from './service-fixture.ts';

const now = new Date();
let issuer: Issuer;
beforeAll(async () => void (issuer = await startIssuer({ audience: 'sigstore' })));
afterAll(() => issuer.stop());

/** A token that nobody signed, as reading does not ask for it. */
function tokenOf(claims: unknown): string {
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'none' })}.${part(claims)}.AAAA`;
}
const exp = Math.floor(now.getTime() / 1000) + 300;

describe('an identity token', () => {
  it('says who holds it and until when', async () => {
    const text = await issuer.token({ sub: 'build-7' });
    expect(readIdentityToken(`\n${text}\n`, { now })).toMatchObject({
      ...{ token: text, subject: 'build-7', issuer: issuer.issuer },
    });
  });

  it.each([
    [{ sub: '1', email: 'dev@example.com', email_verified: true }, 'dev@example.com'],
    [{ sub: '1', email: 'dev@example.com', email_verified: 'true' }, 'dev@example.com'],
    [{ sub: '1', email: '' }, '1'],
  ])('names the subject of %j as %s', (claims, subject) => {
    expect(readIdentityToken(tokenOf({ iss: 'https://issuer.example.com', exp, ...claims }), { now }).subject).toBe(
      subject,
    );
  });

  it.each([
    ['nothing', '', 'empty'],
    ['two parts', 'YQ.YQ', 'three parts'],
    ['four parts', 'YQ.YQ.YQ.YQ', 'three parts'],
    ['foreign characters', 'YQ.Y=.YQ', 'base64url'],
    ['claims that are no JSON', 'YQ.YQ.YQ', 'not JSON'],
    ['a claim twice', `YQ.${Buffer.from('{"iss":"a","iss":"b"}').toString('base64url')}.YQ`, 'twice'],
    ['no issuer', tokenOf({ sub: '1', exp }), 'issuer'],
    ['no expiry', tokenOf({ iss: 'a', sub: '1' }), 'expiry'],
    ['an expiry in words', tokenOf({ iss: 'a', sub: '1', exp: 'soon' }), 'expiry'],
    ['an expiry beyond time', tokenOf({ iss: 'a', sub: '1', exp: 1e300 }), 'expiry'],
    ['nobody', tokenOf({ iss: 'a', exp }), 'no subject'],
    ['an address nobody verified', tokenOf({ iss: 'a', sub: '1', exp, email: 'a@b', email_verified: false }), 'verify'],
    ['an address of which nothing is said', tokenOf({ iss: 'a', sub: '1', exp, email: 'a@b' }), 'verify'],
    ['a book', `${'a'.repeat(20_000)}.a.a`, 'longer than'],
    ['a list of claims', tokenOf([1]), 'issuer'],
  ])('of %s is refused', (_name, text, words) => {
    expect(() => readIdentityToken(text, { now })).toThrow(words);
  });

  it('that has expired is refused with the time', () => {
    const text = tokenOf({ iss: 'https://issuer.example.com', sub: '1', exp: 1_700_000_000 });
    expect(() => readIdentityToken(text, { now })).toThrow('2023-11-14T22:13:20.000Z');
  });

  it('is a token or a fault that holds none of it, whatever is given', () => {
    const claims = fc.jsonValue();
    const text = fc.oneof(
      fc.string(),
      fc.tuple(claims, fc.string()).map(([one, rest]) => `${tokenOf(one)}${rest}`),
    );
    fc.assert(
      fc.property(text, (given) => {
        try {
          expect(readIdentityToken(given, { now }).subject).not.toBe('');
        } catch (error) {
          expect(error).toBeInstanceOf(Fault);
          if (given.length > 40) expect(String(error)).not.toContain(given.trim());
        }
      }),
    );
  });
});

describe('a token of the surroundings', () => {
  const ask = (settings: AmbientRequest['settings'], more: Partial<AmbientRequest> = {}) =>
    ambientToken({ settings, access: testAccess, ...more });

  it('is the variable, else the file, else none', async () => {
    expect(await ask({ variable: ' a ', file: 'b' })).toEqual({ state: 'found', provider: 'variable', token: 'a' });
    expect(await ask({ variable: '', file: 'b\n' })).toEqual({ state: 'found', provider: 'filesystem', token: 'b' });
    expect(await ask({})).toEqual({ state: 'absent' });
    expect(await ask({ githubUrl: 'https://ci.example.com' })).toEqual({ state: 'absent' });
  });

  it('is fetched from the CI system for our audience', async () => {
    await using ci = await oddService((response) => sendJson(response, 200, { value: 'a.b.c' }));
    const found = await ask({ githubUrl: `${ci.url}/token?api-version=2`, githubToken: 'secret' });
    expect(found).toEqual({ state: 'found', provider: 'github-actions', token: 'a.b.c' });
    expect(ci.asked).toEqual(['GET /token?api-version=2&audience=sigstore']);
  });

  it('that the CI system refuses is not a missing token', async () => {
    await using ci = await oddService((response) => sendJson(response, 403, { message: 'no permission' }));
    const refused = ask({ githubUrl: ci.url, githubToken: 'secret', file: 'b' });
    await expect(refused).rejects.toMatchObject({ code: 'service-refused' });
    await expect(refused).rejects.toThrow('no permission');
    await expect(refused).rejects.not.toThrow('secret');
  });

  it('that the CI system leaves out is no token', async () => {
    await using ci = await oddService((response) => sendJson(response, 200, { count: 0 }));
    const settings = { githubUrl: ci.url, githubToken: 'secret' };
    await expect(ask(settings)).rejects.toMatchObject({ code: 'service-answer-invalid' });
  });

  it('asked of one provider is of that provider or a fault', async () => {
    await expect(ask({ variable: 'a' }, { only: 'filesystem' })).rejects.toMatchObject({
      code: 'identity-token-missing',
    });
    expect(await ask({ variable: 'a', file: 'b' }, { only: 'filesystem' })).toMatchObject({ token: 'b' });
  });
});
