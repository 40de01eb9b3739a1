/** Access tokens from a token server: distribution's “Token Authentication Specification” and its OAuth 2 form. */
import Type from 'typebox';
import { excerpt, isFault } from '@pratique/runtime/fault';
import { ociFault } from '../errors.ts';
import type { OciFaultCode } from '../errors.ts';
import { answerBytes } from '../limits.ts';
import { shapeOf } from '../shape.ts';
import type { Waiting } from '../store.ts';
import type { Challenge } from './challenge.ts';
import type { Credential } from './credential.ts';
import { exchange, readAnswer } from './exchange.ts';
import type { ExchangeAnswer, ExchangeRequest, ExchangeTools } from './exchange.ts';
import { retryAfterOf } from './retry.ts';
import { isLinkLocal, isLoopback } from './settings.ts';
import type { RegistryHost } from './settings.ts';
import { wireFault } from './wire-errors.ts';

const TokenAnswer = Type.Object({
  token: Type.Optional(Type.String()),
  access_token: Type.Optional(Type.String()),
  expires_in: Type.Optional(Type.Number()),
});
const shape = shapeOf(TokenAnswer);

/** Seconds a token lives when the server does not say, and the least it must live: the specification's 60. */
const leastSeconds = 60;
/** A token older than a day is asked for anew, whatever the server promised. */
const mostSeconds = 86_400;

/** A wish for a token. */
export interface TokenWish extends Waiting {
  readonly challenge: Extract<Challenge, { scheme: 'bearer' }>;
  readonly scopes: readonly string[];
  readonly owner: RegistryHost;
  /** Address of the registry, which decides whether the token server may speak http. */
  readonly registry: URL;
  readonly repository: string;
  readonly credential?: Credential;
  readonly now: () => Date;
}

/** A token that was given. */
export interface AccessToken {
  readonly token: string;
  readonly scopes: readonly string[];
  /** Milliseconds since the epoch after which it is not used any more, some time before it really ends. */
  readonly until: number;
}

/**
 * Asks the token server.
 *
 * @throws Fault `registry-unauthorized` and others of `wire-errors.ts`, `registry-answer-invalid`, `registry-credentials-over-http`
 */
export async function requestToken(wish: TokenWish, tools: ExchangeTools): Promise<AccessToken> {
  const realm = realmOf(wish);
  const answer = await exchange(requestOf(wish, realm), tools);
  const body = await readAnswer(answer, answerBytes);
  if (answer.status !== 200) throw refused(answer, body, wish);
  const { token, seconds } = readToken(body, answer);
  return { token, scopes: wish.scopes, until: wish.now().getTime() + seconds * 900 };
}

/** Whether a fault says that the credentials themselves were refused. */
export function isRefusal(error: unknown): boolean {
  return isFault<OciFaultCode>(error, 'registry-unauthorized') || isFault<OciFaultCode>(error, 'registry-denied');
}

function realmOf({ challenge, registry, credential }: TokenWish): URL {
  const realm = URL.canParse(challenge.realm) ? new URL(challenge.realm) : undefined;
  if (realm === undefined || (realm.protocol !== 'https:' && realm.protocol !== 'http:'))
    throw invalid(registry, `names no token server (“${excerpt(challenge.realm)}”)`);
  if (isLinkLocal(realm.hostname) && !isLinkLocal(registry.hostname))
    throw invalid(registry, `names a token server in the network of this machine only (“${excerpt(challenge.realm)}”)`);
  if (
    realm.protocol === 'http:' &&
    (registry.protocol === 'https:' ||
      (credential !== undefined && !isLoopback(realm.host) && realm.host !== registry.host))
  )
    throw ociFault({
      code: 'registry-credentials-over-http',
      message: `${registry.host} sends to the token server ${realm.host} over plain http; no login is sent there.`,
      hint: 'Ask the operator of the registry to give its token server an https address.',
      values: { host: registry.host, realm: realm.host },
    });
  return realm;
}

function requestOf(wish: TokenWish, realm: URL): ExchangeRequest {
  const { credential, challenge, owner, signal } = wish;
  if (credential?.kind === 'identity-token') return refreshRequest(wish, realm, credential.token);
  const url = new URL(realm);
  if (challenge.service !== undefined) url.searchParams.set('service', challenge.service);
  for (const scope of wish.scopes) url.searchParams.append('scope', scope);
  if (credential?.kind !== 'basic') return { method: 'GET', url, owner, headers: {}, signal };
  url.searchParams.set('account', credential.username);
  return { method: 'GET', url, owner, headers: {}, authorization: basicHeader(credential), signal };
}

function refreshRequest(wish: TokenWish, url: URL, token: string): ExchangeRequest {
  const form = new URLSearchParams({
    grant_type: 'refresh_token',
    refresh_token: token,
    client_id: 'pratique',
    scope: wish.scopes.join(' '),
    ...(wish.challenge.service === undefined ? {} : { service: wish.challenge.service }),
  });
  const bytes = Buffer.from(form.toString());
  return {
    method: 'POST',
    url,
    owner: wish.owner,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: { open: () => [bytes], size: bytes.byteLength },
    signal: wish.signal,
  };
}

/** The value of `Authorization` for user name and password, RFC 7617. */
export function basicHeader(credential: Extract<Credential, { kind: 'basic' }>): string {
  return `Basic ${Buffer.from(`${credential.username}:${credential.password}`).toString('base64')}`;
}

function readToken(body: Buffer, answer: ExchangeAnswer): { token: string; seconds: number } {
  const parsed = parseJson(body);
  const given = shape.fits(parsed) ? parsed : undefined;
  const token = given?.token || given?.access_token;
  // What is no visible ASCII cannot stand in a header.
  if (token === undefined || !/^[\x21-\x7e]+$/.test(token)) throw invalid(answer.url, 'gave no usable token');
  return { token, seconds: Math.min(mostSeconds, Math.max(leastSeconds, given?.expires_in ?? leastSeconds)) };
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}

function refused(answer: ExchangeAnswer, body: Buffer, wish: TokenWish): Error {
  const { credential } = wish;
  // OAuth servers say 400 `invalid_grant` for a refresh token that has ended.
  const status = answer.status === 400 && body.includes('invalid_grant') ? 401 : answer.status;
  const username = credential?.kind === 'basic' ? credential.username : undefined;
  return wireFault(
    { status, body, retryAfter: retryAfterOf(answer.headers['retry-after'], wish.now()) },
    {
      host: wish.registry.host,
      repository: wish.repository,
      action: 'read',
      what: `an access token for ${wish.registry.host}/${wish.repository}`,
      request: `${credential?.kind === 'identity-token' ? 'POST' : 'GET'} ${answer.url.origin}${answer.url.pathname}`,
      ...(credential === undefined ? {} : { login: { source: credential.source, username } }),
    },
  );
}

function invalid(url: URL, problem: string): Error {
  return ociFault({
    code: 'registry-answer-invalid',
    message: `${url.host} wants a login but ${problem}.`,
    hint: 'Ask the operator of the registry to check its token settings.',
    values: { host: url.host },
  });
}
