import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JWTPayload } from 'jose';
import { SignJWT, UnsecuredJWT } from 'jose';
import { issuerKey, signToken, startTestIssuer } from './issuer-for-test.ts';
import type { IssuerKey, TestIssuer } from './issuer-for-test.ts';
import type { ClaimOutcome } from './claim.ts';
import { oidcClaim } from './oidc.ts';
import { createSigningKeys } from './signing-keys.ts';
import type { SigningKeys } from './signing-keys.ts';

const start = Date.parse('2026-03-01T12:00:00Z');
let clock = start;
const now = () => clock;
const minutes = (count: number) => count * 60_000;

let first: IssuerKey;
let second: IssuerKey;
let elliptic: IssuerKey;
let issuer: TestIssuer;
let problems: unknown[];

beforeAll(async () => {
  [first, second, elliptic] = await Promise.all([
    issuerKey('first'),
    issuerKey('second'),
    issuerKey('elliptic', 'ES256'),
  ]);
  issuer = await startTestIssuer(first);
});
afterAll(() => issuer[Symbol.asyncDispose]());

function freshKeys(): SigningKeys {
  clock = start;
  issuer.published = [first, elliptic];
  issuer.down = false;
  issuer.asked = 0;
  problems = [];
  return createSigningKeys({ issuer: issuer.issuer, now, onProblem: (error) => problems.push(error) });
}

function claims(changes: JWTPayload = {}): JWTPayload {
  const at = Math.floor(clock / 1_000);
  return {
    iss: issuer.issuer,
    aud: 'desk',
    sub: 'u-1',
    exp: at + 300,
    iat: at,
    preferred_username: 'ada',
    email: 'ada@example.com',
    groups: ['dev'],
    namespaces: 'shop:east',
    ...changes,
  };
}

function ask(token: string, keys: SigningKeys): Promise<ClaimOutcome> {
  return oidcClaim(`Bearer ${token}`, {
    config: {
      issuer: issuer.issuer,
      clientId: 'desk',
      groupsClaim: 'groups',
      namespacesClaim: 'namespaces',
      usernameClaim: 'preferred_username',
    },
    shared: { secTeamGroup: 'rhacs-sec-team', maxNamespaces: 3 },
    keys,
    now,
  });
}

/** `claimed`, or the code of the refusal. */
async function verdict(token: string, keys = freshKeys()): Promise<string> {
  const outcome = await ask(token, keys);
  return outcome.kind === 'refused' ? outcome.code : outcome.kind;
}

describe('a token of the issuer', () => {
  it('says who somebody is and what they reach', async () => {
    const keys = freshKeys();
    const outcome = await ask(
      await signToken(first, claims({ namespaces: ['shop:east', 'till:west'], groups: 'dev, rhacs-sec-team' })),
      keys,
    );
    expect(outcome).toMatchObject({
      kind: 'claimed',
      claim: {
        userId: 'u-1',
        username: 'ada',
        email: 'ada@example.com',
        role: 'sec_team',
        reach: { kind: 'all' },
        pairs: [{ namespace: 'shop' }, { namespace: 'till' }],
      },
    });
  });

  it('is also taken with an elliptic-curve signature, and without a name', async () => {
    const keys = freshKeys();
    const outcome = await ask(
      await signToken(elliptic, claims({ preferred_username: undefined, namespaces: '*' })),
      keys,
    );
    expect(outcome).toMatchObject({
      kind: 'claimed',
      claim: { username: 'u-1', wildcard: true, reach: { kind: 'all' }, role: 'team_member' },
    });
  });

  it.each<[string, JWTPayload, string]>([
    ['without aud', { aud: undefined }, 'token-invalid'],
    ['without exp', { exp: undefined }, 'token-invalid'],
    ['without iss', { iss: undefined }, 'token-invalid'],
    ['without sub', { sub: undefined }, 'token-invalid'],
    ['with an empty sub', { sub: '' }, 'token-invalid'],
    ['with a sub longer than its column', { sub: 'x'.repeat(256) }, 'token-invalid'],
    ['for another program', { aud: 'other' }, 'token-invalid'],
    ['of another issuer', { iss: 'https://evil.example' }, 'token-invalid'],
    ['expired over a minute ago', { exp: start / 1_000 - 61 }, 'token-invalid'],
    ['expired half a minute ago', { exp: start / 1_000 - 30 }, 'claimed'],
    ['not valid before in two minutes', { nbf: start / 1_000 + 120 }, 'token-invalid'],
    ['not valid before in half a minute', { nbf: start / 1_000 + 30 }, 'claimed'],
    ['for several programs, us among them', { aud: ['other', 'desk'] }, 'claimed'],
    ['with too many namespaces', { namespaces: 'a:b,c:d,e:f,g:h' }, 'too-many-namespaces'],
  ])('%s: %s', async (_name, changes, expected) => {
    const keys = freshKeys();
    expect(await verdict(await signToken(first, claims(changes)), keys)).toBe(expected);
  });

  it.each<[string, () => Promise<string> | string]>([
    ['unsigned', () => new UnsecuredJWT(claims()).encode()],
    [
      'signed with a shared secret',
      () =>
        new SignJWT(claims())
          .setProtectedHeader({ alg: 'HS256', kid: 'first' })
          .sign(new TextEncoder().encode('x'.repeat(32))),
    ],
    ['without a key id', () => new SignJWT(claims()).setProtectedHeader({ alg: 'RS256' }).sign(first.privateKey)],
    ['signed by a stranger under a known key id', async () => signToken({ ...second, kid: 'first' }, claims())],
    [
      'with a changed payload',
      async () => {
        const [head, , tail] = (await signToken(first, claims())).split('.');
        return `${head}.${Buffer.from(JSON.stringify(claims({ groups: ['rhacs-sec-team'] }))).toString('base64url')}.${tail}`;
      },
    ],
    ['that is none', () => 'a.b.c'],
    ['of endless length', () => 'x'.repeat(40_000)],
  ])('is refused %s', async (_name, make) => {
    const keys = freshKeys();
    expect(await verdict(await make(), keys)).toBe('token-invalid');
  });

  it.each(['', 'Bearer', 'Bearer ', 'Basic dTpw', 'Bearer a b', 'bearer\u0000x'])(
    'is not found in the header %j',
    async (header) => {
      const outcome = await oidcClaim(header, {
        config: { issuer: 'https://sso', clientId: 'desk', groupsClaim: 'g', namespacesClaim: 'n', usernameClaim: 'u' },
        shared: { secTeamGroup: 's', maxNamespaces: 1 },
        keys: freshKeys(),
        now,
      });
      expect(outcome).toMatchObject({ kind: 'refused', code: 'unauthenticated' });
    },
  );
});

describe('the keys of the issuer', () => {
  it('are asked for once by many requests at the same time', async () => {
    const keys = freshKeys();
    const token = await signToken(first, claims());
    expect(new Set(await Promise.all(Array.from({ length: 20 }, () => verdict(token, keys))))).toEqual(
      new Set(['claimed']),
    );
    expect(issuer.asked).toBe(1);
  });

  it('are asked for again when an unknown one turns up, but not more than twice a minute', async () => {
    const keys = freshKeys();
    expect(await verdict(await signToken(first, claims()), keys)).toBe('claimed');
    issuer.published = [second];
    const token = await signToken(second, claims());
    expect(await verdict(token, keys)).toBe('token-invalid');
    expect(issuer.asked).toBe(1);
    clock += 31_000;
    expect(await verdict(token, keys)).toBe('claimed');
    expect(issuer.asked).toBe(2);
    for (let turn = 0; turn < 10; turn += 1)
      await verdict(await signToken({ ...second, kid: `made-up-${turn}` }, claims()), keys);
    expect(issuer.asked).toBe(2);
    // The withdrawn key is no key any more.
    expect(await verdict(await signToken(first, claims()), keys)).toBe('token-invalid');
  });

  it('stay in use for a day while the issuer is down, and not longer', async () => {
    const keys = freshKeys();
    expect(await verdict(await signToken(first, claims()), keys)).toBe('claimed');
    issuer.down = true;
    clock += minutes(23 * 60);
    expect(await verdict(await signToken(first, claims()), keys)).toBe('claimed');
    expect(problems.length).toBeGreaterThan(0);
    clock += minutes(61);
    expect(await verdict(await signToken(first, claims()), keys)).toBe('token-invalid');
    issuer.down = false;
    clock += minutes(1);
    expect(await verdict(await signToken(first, claims()), keys)).toBe('claimed');
  });

  it('are refused when the discovery document is of somebody else', async () => {
    const keys = createSigningKeys({
      issuer: `${issuer.issuer}/tenant`,
      now,
      onProblem: (error) => problems.push(error),
    });
    expect(await keys('first')).toBeNull();
    expect(String(problems.at(-1))).toMatch(/names another issuer/);
  });
});
