import { createRemoteJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify } from 'jose';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startIssuer } from './oidc.ts';
import type { Issuer, TokenRequest } from './oidc.ts';

let issuer: Issuer;

beforeEach(async () => {
  issuer = await startIssuer({ audience: 'pratique' });
});

afterEach(() => issuer.stop());

/** Verifies as a careful client would: discovery, key set, algorithm list, issuer, audience, expiry. */
async function verify(token: string) {
  const discovery = (await (await fetch(`${issuer.issuer}/.well-known/openid-configuration`)).json()) as {
    jwks_uri: string;
  };
  const keys = createRemoteJWKSet(new URL(discovery.jwks_uri));
  const expected = {
    issuer: issuer.issuer,
    audience: 'pratique',
    algorithms: ['RS256', 'ES256'],
    requiredClaims: ['exp', 'sub'],
  };
  return (await jwtVerify(token, keys, expected)).payload;
}

describe('the OIDC issuer', () => {
  it.each(['RS256', 'ES256'] as const)('mints %s tokens that a client verifies through discovery', async (alg) => {
    const token = await issuer.token({ sub: 'alice', groups: ['team-payments'] }, { alg });
    expect(decodeProtectedHeader(token).alg).toBe(alg);
    expect(await verify(token)).toMatchObject({
      sub: 'alice',
      groups: ['team-payments'],
      iss: issuer.issuer,
      aud: 'pratique',
    });
    expect(issuer.requests()).toEqual(['/.well-known/openid-configuration', '/jwks']);
  });

  it.each<[string, TokenRequest, string]>([
    ['for somebody else', { audience: 'another-client' }, 'ERR_JWT_CLAIM_VALIDATION_FAILED'],
    ['without audience', { audience: null }, 'ERR_JWT_CLAIM_VALIDATION_FAILED'],
    ['that expired', { expiresIn: -120 }, 'ERR_JWT_EXPIRED'],
    ['that never expires', { expiresIn: null }, 'ERR_JWT_CLAIM_VALIDATION_FAILED'],
    ['that is not valid yet', { notBefore: 600 }, 'ERR_JWT_CLAIM_VALIDATION_FAILED'],
    ['of another issuer', { issuer: 'https://issuer.example.com' }, 'ERR_JWT_CLAIM_VALIDATION_FAILED'],
    ['without a signature', { alg: 'none' }, 'ERR_JOSE_ALG_NOT_ALLOWED'],
    ['signed with the public key as a secret', { alg: 'HS256' }, 'ERR_JOSE_ALG_NOT_ALLOWED'],
    ['naming a key nobody has', { kid: 'nobody' }, 'ERR_JWKS_NO_MATCHING_KEY'],
    ['signed with a foreign key', { key: 'foreign' }, 'ERR_JWKS_NO_MATCHING_KEY'],
    [
      'signed with a foreign key under a good name',
      { key: 'foreign', kid: 'rs256-1' },
      'ERR_JWS_SIGNATURE_VERIFICATION_FAILED',
    ],
  ])('mints a token %s, which a careful client refuses', async (_, request, code) => {
    await expect(verify(await issuer.token({ sub: 'mallory' }, request))).rejects.toMatchObject({ code });
  });

  it('can leave out the name of the key', async () => {
    expect(decodeProtectedHeader(await issuer.token({ sub: 'alice' }, { kid: null }))).toEqual({
      alg: 'RS256',
      typ: 'JWT',
    });
  });

  it('rotates its keys: the old ones stay known until they are forgotten', async () => {
    const before = await issuer.token({ sub: 'alice' });
    await issuer.rotate();
    expect(decodeProtectedHeader(await issuer.token({ sub: 'alice' })).kid).toBe('rs256-2');
    expect(await verify(before)).toMatchObject({ sub: 'alice' });
    expect(await verify(await issuer.token({ sub: 'alice' }, { key: 'previous' }))).toMatchObject({ sub: 'alice' });
    await issuer.rotate({ forget: true });
    await expect(verify(before)).rejects.toMatchObject({ code: 'ERR_JWKS_NO_MATCHING_KEY' });
  });

  it('answers 503 during an outage and recovers', async () => {
    issuer.outage(true);
    expect((await fetch(`${issuer.issuer}/jwks`)).status).toBe(503);
    issuer.outage(false);
    expect((await fetch(`${issuer.issuer}/jwks`)).status).toBe(200);
    expect((await fetch(`${issuer.issuer}/elsewhere`)).status).toBe(404);
  });

  it('takes the time from its clock', async () => {
    await using slow = await startIssuer({ now: () => 1_700_000_000_000 });
    expect(decodeJwt(await slow.token({ sub: 'alice' }))).toMatchObject({ iat: 1_700_000_000, exp: 1_700_000_300 });
  });
});
