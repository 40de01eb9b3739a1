import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import type { CryptoKey, JWTPayload } from 'jose';

/** A key the issuer signs with. */
export interface IssuerKey {
  readonly kid: string;
  readonly alg: 'RS256' | 'ES256';
  readonly privateKey: CryptoKey;
  readonly publicJwk: object;
}

/** A real issuer over HTTP whose keys can be rotated and which can be down. */
export interface TestIssuer extends AsyncDisposable {
  readonly issuer: string;
  /** The keys it publishes; replace them to rotate. */
  published: readonly IssuerKey[];
  /** While true every question is answered with 500. */
  down: boolean;
  /** How often the key set was asked for. */
  asked: number;
}

/** Makes a key pair. */
export async function issuerKey(kid: string, alg: IssuerKey['alg'] = 'RS256'): Promise<IssuerKey> {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
  return { kid, alg, privateKey, publicJwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' } };
}

/** Starts an issuer with one key on a free port. */
export async function startTestIssuer(first: IssuerKey): Promise<TestIssuer> {
  const server = createServer((request, response) => {
    if (state.down) {
      response.writeHead(500).end('down');
      return;
    }
    if (request.url === '/keys') {
      state.asked += 1;
      response
        .writeHead(200, { 'content-type': 'application/json' })
        .end(JSON.stringify({ keys: state.published.map((key) => key.publicJwk) }));
      return;
    }
    response
      .writeHead(200, { 'content-type': 'application/json' })
      .end(JSON.stringify({ issuer: state.issuer, jwks_uri: `${state.issuer}/keys` }));
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const state = {
    issuer: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    published: [first] as readonly IssuerKey[],
    down: false,
    asked: 0,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
  return state;
}

/** Signs a token; `claims` may leave out or falsify anything. */
export async function signToken(
  key: IssuerKey,
  claims: JWTPayload,
  header: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  return await new SignJWT(claims).setProtectedHeader({ alg: key.alg, kid: key.kid, ...header }).sign(key.privateKey);
}
