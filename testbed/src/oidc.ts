/**
 * An OpenID Connect issuer for tests and the demo: real keys, real signatures, a discovery document
 * and a key set over HTTP, and a way to mint every kind of token that must not be believed. It has no
 * login page; whoever holds the object says who somebody is.
 */
import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SignJWT, base64url, exportJWK, exportSPKI, generateKeyPair } from 'jose';
import type { CryptoKey, JWK, JWTPayload } from 'jose';
import { testbedFault } from './errors.ts';

/** How a token is made; what is left out makes a good one. */
export interface TokenRequest {
  /** `none` and `HS256` make forgeries: unsigned, and signed with the public key as if it were a secret. */
  readonly alg?: 'RS256' | 'ES256' | 'none' | 'HS256';
  /** Seconds until it expires; negative for one that has. 300 when left out, null for no `exp` at all. */
  readonly expiresIn?: number | null;
  /** Seconds until it is valid; no `nbf` when left out. */
  readonly notBefore?: number;
  /** Audience; the issuer's when left out, null for no `aud` at all. */
  readonly audience?: string | readonly string[] | null;
  /** `iss`; the issuer's own when left out. */
  readonly issuer?: string;
  /** `kid` of the header; that of the signing key when left out, null for none. */
  readonly kid?: string | null;
  /** Signs with the newest key, with the one before it, or with a key of that name which the key set never shows. */
  readonly key?: 'current' | 'previous' | 'foreign';
}

/** A running issuer. */
export interface Issuer extends AsyncDisposable {
  /** The value of `iss`, and where discovery starts. */
  readonly issuer: string;
  readonly audience: string;
  /** Mints a token with these claims. */
  token(claims: JWTPayload, request?: TokenRequest): Promise<string>;
  /** Makes new keys. The old ones stay in the key set unless `forget` is true. */
  rotate(options?: { readonly forget?: boolean }): Promise<void>;
  /** While on, every request is answered with 503, as by a gateway whose issuer is down. */
  outage(on: boolean): void;
  /** Paths asked for so far, in order. */
  requests(): readonly string[];
  stop(): Promise<void>;
}

/** What an issuer may be started with. */
export interface IssuerRequest {
  readonly audience?: string;
  /** TCP port at 127.0.0.1; a free one when left out. */
  readonly port?: number;
  /** The time in milliseconds since 1970; the machine's clock when left out. */
  readonly now?: () => number;
}

interface SigningKey {
  readonly kid: string;
  readonly alg: 'RS256' | 'ES256';
  readonly privateKey: CryptoKey;
  readonly publicJwk: JWK;
  /** PEM of the public key, which an algorithm-confusion attack uses as a secret. */
  readonly publicPem: string;
}

type Generation = Readonly<Record<'RS256' | 'ES256', SigningKey>>;

interface IssuerState {
  readonly audience: string;
  readonly now: () => number;
  readonly foreign: Generation;
  /** Newest first. */
  generations: readonly Generation[];
  /** What the key set shows. */
  published: readonly Generation[];
  down: boolean;
  readonly asked: string[];
}

/**
 * Starts an issuer on the loopback address.
 *
 * @example
 * await using issuer = await startIssuer({ audience: 'pratique' });
 * const token = await issuer.token({ sub: 'alice', groups: ['team-payments'] });
 */
export async function startIssuer(request: IssuerRequest = {}): Promise<Issuer> {
  const [first, foreign] = await Promise.all([makeGeneration('1'), makeGeneration('foreign')]);
  const state: IssuerState = {
    ...{ audience: request.audience ?? 'pratique', now: request.now ?? Date.now, foreign, down: false, asked: [] },
    ...{ generations: [first], published: [first] },
  };
  const server = createServer((incoming, response) => answer(state, incoming, response));
  await new Promise<void>((done, failed) => {
    server.once('error', failed);
    server.listen(request.port ?? 0, '127.0.0.1', done);
  });
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const stop = (): Promise<void> => closeServer(server);
  return {
    ...{ issuer, audience: state.audience, stop, [Symbol.asyncDispose]: stop },
    token: (claims, options = {}) => mint(state, { issuer, ...options }, claims),
    rotate: async (options = {}) => {
      const next = await makeGeneration(String(state.generations.length + 1));
      state.generations = [next, ...state.generations];
      state.published = options.forget === true ? [next] : [next, ...state.published];
    },
    outage: (on) => void (state.down = on),
    requests: () => [...state.asked],
  };
}

async function closeServer(server: Server): Promise<void> {
  if (server.listening) {
    await new Promise<void>((done) => {
      server.close(() => done());
      server.closeAllConnections();
    });
  }
}

function answer(state: IssuerState, incoming: IncomingMessage, response: ServerResponse): void {
  const path = (incoming.url ?? '/').split('?', 1)[0] ?? '/';
  state.asked.push(path);
  const host = `http://127.0.0.1:${incoming.socket.localPort}`; // not the Host header: `iss` has one spelling
  const documents: Readonly<Record<string, object>> = {
    '/.well-known/openid-configuration': {
      issuer: host,
      jwks_uri: `${host}/jwks`,
      authorization_endpoint: `${host}/authorize`,
      token_endpoint: `${host}/token`,
      response_types_supported: ['code'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['RS256', 'ES256'],
    },
    '/jwks': { keys: state.published.flatMap((generation) => Object.values(generation).map((key) => key.publicJwk)) },
  };
  const found = state.down ? undefined : documents[path];
  const status = state.down ? 503 : found === undefined ? 404 : 200;
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(JSON.stringify(found ?? { error: state.down ? 'temporarily_unavailable' : 'not_found' }));
}

async function mint(
  state: IssuerState,
  request: TokenRequest & { readonly issuer: string },
  claims: JWTPayload,
): Promise<string> {
  const alg = request.alg ?? 'RS256';
  const key = signingKey(state, request.key ?? 'current')[alg === 'ES256' ? 'ES256' : 'RS256'];
  const kid = request.kid === undefined ? key.kid : request.kid;
  const header = { alg, typ: 'JWT', ...(kid === null ? {} : { kid }) };
  const payload = payloadOf(state, request, claims);
  if (alg === 'none') {
    return `${unsigned(header, payload)}.`;
  }
  if (alg === 'HS256') {
    const content = unsigned(header, payload);
    return `${content}.${createHmac('sha256', key.publicPem).update(content).digest('base64url')}`;
  }
  return new SignJWT(payload).setProtectedHeader(header).sign(key.privateKey);
}

function payloadOf(
  state: IssuerState,
  request: TokenRequest & { readonly issuer: string },
  claims: JWTPayload,
): JWTPayload {
  const now = Math.floor(state.now() / 1000);
  const audience = request.audience === undefined ? state.audience : request.audience;
  const lifetime = request.expiresIn === undefined ? 300 : request.expiresIn;
  return {
    iss: request.issuer,
    ...(audience === null ? {} : { aud: typeof audience === 'string' ? audience : [...audience] }),
    iat: now,
    ...(lifetime === null ? {} : { exp: now + lifetime }),
    ...(request.notBefore === undefined ? {} : { nbf: now + request.notBefore }),
    ...claims,
  };
}

function unsigned(header: object, payload: JWTPayload): string {
  return [header, payload].map((part) => base64url.encode(JSON.stringify(part))).join('.');
}

function signingKey(state: IssuerState, which: 'current' | 'previous' | 'foreign'): Generation {
  const generation = which === 'foreign' ? state.foreign : state.generations[which === 'current' ? 0 : 1];
  if (generation === undefined) {
    throw testbedFault({
      code: 'issuer-token-invalid',
      message: 'A token was to be signed with the previous key, but the keys were never rotated.',
      hint: 'Call rotate() first.',
    });
  }
  return generation;
}

async function makeGeneration(name: string): Promise<Generation> {
  const [rsa, elliptic] = await Promise.all([makeKey('RS256', name), makeKey('ES256', name)]);
  return { RS256: rsa, ES256: elliptic };
}

async function makeKey(alg: 'RS256' | 'ES256', name: string): Promise<SigningKey> {
  const pair = await generateKeyPair(alg, { extractable: true });
  const kid = `${alg.toLowerCase()}-${name}`;
  const publicJwk = { ...(await exportJWK(pair.publicKey)), kid, alg, use: 'sig' };
  return { kid, alg, privateKey: pair.privateKey, publicJwk, publicPem: await exportSPKI(pair.publicKey) };
}
