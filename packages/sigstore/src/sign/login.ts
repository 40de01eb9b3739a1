/**
 * Logging in for one signature: OpenID Connect with authorization code and PKCE (RFC 7636, RFC 8252) in a browser, or with a
 * code that is typed in elsewhere (RFC 8628) where there is none.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import Type from 'typebox';
import { Value } from 'typebox/value';
import { readIdentityToken } from './identity-token.ts';
import type { IdentityToken } from './identity-token.ts';
import { listenForCode } from './login-callback.ts';
import { loginFailed } from './login-failed.ts';
import { callService, invalidAnswer, jsonOf, refusedBy } from './service-http.ts';
import type { ServiceAccess, ServiceAnswer, ServiceRequest } from './service-http.ts';
import { joinUrl } from './service-url.ts';

/** Where and as what one logs in. */
export interface LoginOptions {
  /** Address of the issuer, as in `oidcUrls` of a signing configuration. */
  readonly issuer: string;
  /** `sigstore` when left out. */
  readonly clientId?: string;
  /** Secret. */
  readonly clientSecret?: string;
  readonly access: ServiceAccess;
  readonly now: () => Date;
  /** So many unpredictable bytes. */
  readonly randomBytes: (length: number) => Uint8Array;
  /** How long a person may take, in milliseconds; two minutes when left out. */
  readonly patience?: number;
}

/** With a browser on this machine. */
export interface BrowserLogin extends LoginOptions {
  /** Shows the address to a person, as a rule by opening a browser. It must not wait for the login. */
  openBrowser(url: string): Promise<void>;
  /** `http://localhost:PORT/path` as it is registered with the issuer; a free port when left out. */
  readonly redirectUrl?: string;
}

const discoverySchema = Type.Object({
  issuer: Type.String({ maxLength: 2048 }),
  authorization_endpoint: Type.String({ maxLength: 2048 }),
  token_endpoint: Type.String({ maxLength: 2048 }),
  device_authorization_endpoint: Type.Optional(Type.String({ maxLength: 2048 })),
});
const tokenSchema = Type.Object({ id_token: Type.String({ maxLength: 16 * 1024 }) });
const answerLimit = 256 * 1024;

/** Where a person has at most this long, unless it is said otherwise; codes of issuers live for five minutes or more. */
export const loginPatience = 120_000;

/** What the issuer says about itself. */
export interface Discovered {
  readonly authorization: string;
  readonly token: string;
  readonly device?: string;
}

/**
 * Logs in with a browser and listens for the answer on the loopback address.
 *
 * @throws Fault `login-failed`, `service-…`, `identity-token-…`
 *
 * @example
 * const { token } = await loginWithBrowser({ issuer, access, now, randomBytes, openBrowser: (url) => open(url) });
 */
export async function loginWithBrowser(options: BrowserLogin): Promise<IdentityToken> {
  const { clientId = 'sigstore', patience = loginPatience, access } = options;
  const endpoints = await discover(options);
  const pkce = newVerifier(options);
  const [state, nonce] = [randomText(options), randomText(options)];
  const listener = await listenForCode({ redirectUrl: options.redirectUrl, isOurs: (text) => isSame(text, state) });
  try {
    const address = new URL(endpoints.authorization);
    const query = {
      ...{ response_type: 'code', client_id: clientId, redirect_uri: listener.redirectUrl, scope: 'openid email' },
      ...{ state, nonce, code_challenge: pkce.challenge, code_challenge_method: 'S256' },
    };
    for (const [name, value] of Object.entries(query)) address.searchParams.set(name, value);
    await options.openBrowser(address.href);
    const code = await listener.code({ ms: patience, signal: access.signal });
    const form = { grant_type: 'authorization_code', code, redirect_uri: listener.redirectUrl };
    const answer = await exchange(options, endpoints.token, { ...form, code_verifier: pkce.verifier });
    if (answer.answer.status !== 200) throw refusedBy(answer.request, answer.answer, loginHint);
    return tokenIn(options, answer, nonce);
  } finally {
    await listener.close();
  }
}

/** What to do when a login is refused. */
export const loginHint =
  'Log in again; check --oidc-issuer and --oidc-client-id, and that the issuer knows the redirect address.';

/**
 * Reads where the issuer's operations are (OpenID Connect Discovery 1.0, section 4).
 *
 * @throws Fault `service-…`
 */
export async function discover({ issuer, access }: LoginOptions): Promise<Discovered> {
  const request: ServiceRequest = {
    ...{ what: 'the identity provider', method: 'GET', limitBytes: answerLimit },
    url: joinUrl(issuer, '/.well-known/openid-configuration'),
    headers: { accept: 'application/json' },
  };
  const answer = await callService(access, request);
  if (answer.status !== 200) throw refusedBy(request, answer, 'Check the address of the issuer (--oidc-issuer).');
  const found = jsonOf(request, answer);
  if (!Value.Check(discoverySchema, found)) throw invalidAnswer(request, 'it does not say where to log in');
  // Section 4.3: another name would let one issuer speak for another.
  if (found.issuer.replace(/\/+$/u, '') !== issuer.replace(/\/+$/u, '')) {
    throw invalidAnswer(request, 'it calls itself by another name than its address');
  }
  const { authorization_endpoint: authorization, token_endpoint: token, device_authorization_endpoint: device } = found;
  const isWeb = (url: string): boolean => URL.canParse(url) && /^https?:$/u.test(new URL(url).protocol);
  if (![authorization, token, device ?? token].every(isWeb)) throw invalidAnswer(request, 'its addresses are none');
  return { authorization, token, ...(device && { device }) };
}

/** A question to the issuer and what came back. */
export interface Exchanged {
  readonly request: ServiceRequest;
  readonly answer: ServiceAnswer;
}

/** Posts a form to the issuer, with what says which client asks. */
export async function exchange(
  { access, clientId = 'sigstore', clientSecret }: LoginOptions,
  url: string,
  form: Readonly<Record<string, string>>,
): Promise<Exchanged> {
  const secret: Record<string, string> = clientSecret === undefined ? {} : { client_secret: clientSecret };
  const request: ServiceRequest = {
    ...{ what: 'the identity provider', method: 'POST', url, limitBytes: answerLimit },
    headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
    body: new URLSearchParams({ client_id: clientId, ...secret, ...form }).toString(),
  };
  return { request, answer: await callService(access, request) };
}

/**
 * The token in an answer, if it is this issuer's and answers this login; the flow with a typed code knows no nonce.
 *
 * @throws Fault `service-answer-invalid`, `login-failed`, `identity-token-…`
 */
export function tokenIn(options: LoginOptions, { request, answer }: Exchanged, nonce?: string): IdentityToken {
  const body = jsonOf(request, answer);
  if (!Value.Check(tokenSchema, body)) throw invalidAnswer(request, 'it holds no identity token');
  const token = readIdentityToken(body.id_token, { now: options.now() });
  const claims: unknown = JSON.parse(Buffer.from(token.token.split('.')[1] ?? '', 'base64url').toString());
  const said = Value.Check(Type.Object({ nonce: Type.String() }), claims) ? claims.nonce : undefined;
  if (nonce !== undefined && said !== nonce) throw loginFailed('the token that was issued answers another login');
  if (token.issuer.replace(/\/+$/u, '') !== options.issuer.replace(/\/+$/u, '')) {
    throw loginFailed('the token that was issued is of another issuer');
  }
  return token;
}

/** A proof that who exchanges the code is who asked for it. */
export function newVerifier(options: LoginOptions): { readonly verifier: string; readonly challenge: string } {
  const verifier = randomText(options);
  return { verifier, challenge: createHash('sha256').update(verifier).digest('base64url') };
}

/** 43 characters nobody can guess. */
function randomText({ randomBytes }: LoginOptions): string {
  return Buffer.from(randomBytes(32)).toString('base64url');
}

function isSame(left: string, right: string): boolean {
  const [one, other] = [Buffer.from(left), Buffer.from(right)];
  return one.length === other.length && timingSafeEqual(one, other);
}
