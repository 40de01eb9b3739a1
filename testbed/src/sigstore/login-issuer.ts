/**
 * An issuer at which somebody can log in: authorization code with PKCE (RFC 7636) and device flow (RFC 8628). Whoever comes
 * is the same person and is let in at once, which is what tests of a login need of the other side.
 */
import { createHash, randomUUID } from 'node:crypto';
import { SignJWT, exportJWK, generateKeyPair } from 'jose';
import type { CryptoKey, JSONWebKeySet } from 'jose';
import { jsonAnswer, listen, refusal } from './http.ts';
import type { Answer, Ask } from './http.ts';

/** A running issuer. */
export interface LoginIssuer {
  readonly issuer: string;
  /** Requests so far as `METHOD path`, in order. */
  readonly asked: readonly string[];
  /** Public keys, for whoever is to believe its tokens. */
  readonly jwks: JSONWebKeySet;
  close(): Promise<void>;
}

/** Who comes, and for whom tokens are meant. */
export interface LoginRequest {
  readonly audience: string;
  readonly now: () => Date;
  readonly email: string;
}

interface Grant {
  readonly challenge: string;
  readonly nonce: string | null;
}

interface State extends LoginRequest {
  readonly key: CryptoKey;
  readonly grants: Map<string, Grant>;
  /** Devices that were asked about once and told to wait. */
  readonly seen: Set<string>;
}

/** Starts an issuer on the loopback address. */
export async function startLoginIssuer(request: LoginRequest): Promise<LoginIssuer> {
  const pair = await generateKeyPair('ES256', { extractable: true });
  const jwk = { ...(await exportJWK(pair.publicKey)), kid: 'login', alg: 'ES256', use: 'sig' };
  const state: State = { ...request, key: pair.privateKey, grants: new Map(), seen: new Set() };
  const jwks = { keys: [jwk] };
  const server = await listen((ask) => route(state, server.url, jwks, ask));
  return { issuer: server.url, asked: server.asked, jwks, close: () => server.close() };
}

function route(state: State, issuer: string, jwks: JSONWebKeySet, ask: Ask): Answer | Promise<Answer> {
  switch (`${ask.method} ${ask.path}`) {
    case 'GET /.well-known/openid-configuration':
      return jsonAnswer(200, discovery(issuer));
    case 'GET /jwks':
      return jsonAnswer(200, jwks);
    case 'GET /authorize':
      return authorize(state, ask.query);
    case 'POST /device':
      return device(state, issuer, new URLSearchParams(ask.body.toString()));
    case 'POST /token':
      return token(state, issuer, new URLSearchParams(ask.body.toString()));
    default:
      return refusal(404, 'not found');
  }
}

function discovery(issuer: string): object {
  return {
    ...{ issuer, jwks_uri: `${issuer}/jwks`, authorization_endpoint: `${issuer}/authorize` },
    ...{ token_endpoint: `${issuer}/token`, device_authorization_endpoint: `${issuer}/device` },
    ...{ response_types_supported: ['code'], subject_types_supported: ['public'] },
    ...{ id_token_signing_alg_values_supported: ['ES256'], code_challenge_methods_supported: ['S256'] },
  };
}

function authorize(state: State, query: URLSearchParams): Answer {
  const redirect = query.get('redirect_uri') ?? '';
  const challenge = query.get('code_challenge') ?? '';
  const isAsItShould =
    query.get('response_type') === 'code' &&
    query.get('client_id') === state.audience &&
    query.get('code_challenge_method') === 'S256' &&
    challenge !== '' &&
    URL.canParse(redirect);
  if (!isAsItShould) return refusal(400, 'invalid_request');
  const code = randomUUID();
  state.grants.set(code, { challenge, nonce: query.get('nonce') });
  const back = new URL(redirect);
  back.searchParams.set('code', code);
  back.searchParams.set('state', query.get('state') ?? '');
  return { status: 302, headers: { location: back.href }, body: '' };
}

function device(state: State, issuer: string, form: URLSearchParams): Answer {
  const code = randomUUID();
  state.grants.set(code, { challenge: form.get('code_challenge') ?? '', nonce: form.get('nonce') });
  return jsonAnswer(200, {
    ...{ device_code: code, user_code: 'WDJB-MJHT', expires_in: 300, interval: 1 },
    ...{ verification_uri: `${issuer}/verify`, verification_uri_complete: `${issuer}/verify?code=WDJB-MJHT` },
  });
}

async function token(state: State, issuer: string, form: URLSearchParams): Promise<Answer> {
  const isDevice = form.get('grant_type') === 'urn:ietf:params:oauth:grant-type:device_code';
  const code = form.get(isDevice ? 'device_code' : 'code') ?? '';
  if (isDevice && !state.seen.has(code)) {
    state.seen.add(code);
    return jsonAnswer(400, { error: 'authorization_pending' });
  }
  const grant = state.grants.get(code);
  state.grants.delete(code);
  const verifier = form.get('code_verifier') ?? '';
  const shown = verifier === '' ? '' : createHash('sha256').update(verifier).digest('base64url');
  if (grant === undefined || shown !== grant.challenge) return jsonAnswer(400, { error: 'invalid_grant' });
  return jsonAnswer(200, { access_token: 'none', token_type: 'Bearer', id_token: await idToken(state, issuer, grant) });
}

function idToken({ audience, now, email, key }: State, issuer: string, { nonce }: Grant): Promise<string> {
  const at = Math.floor(now().getTime() / 1000);
  const claims = { iss: issuer, aud: audience, sub: 'somebody', email, email_verified: true, iat: at, exp: at + 300 };
  return new SignJWT({ ...claims, ...(nonce === null ? {} : { nonce }) })
    .setProtectedHeader({ alg: 'ES256', kid: 'login', typ: 'JWT' })
    .sign(key);
}
