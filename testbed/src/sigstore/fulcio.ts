/**
 * A certificate authority that answers as Fulcio does: API 1 (`/api/v1/signingCert`, PEM) and 2
 * (`/api/v2/signingCert`, JSON). It believes tokens of the issuers it was told about and asks for proof of the key.
 */
import { createPublicKey, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import { createLocalJWKSet, createRemoteJWKSet, jwtVerify } from 'jose';
import type { JSONWebKeySet, JWTPayload, JWTVerifyGetKey } from 'jose';
import Type from 'typebox';
import { Value } from 'typebox/value';
import { certificatePem, issue, keyIdentifiers, newSerial } from './certificates.ts';
import type { Chain } from './certificates.ts';
import { sctExtension } from './ct-log.ts';
import { utf8 } from './der.ts';
import { jsonAnswer, refusal } from './http.ts';
import type { Answer, Ask } from './http.ts';
import type { ServiceKey } from './keys.ts';

const lifetime = 10 * 60 * 1000;
const oidPrefix = '1.3.6.1.4.1.57264.1';

/** Somebody whose tokens are believed. Without keys they are fetched from `<issuer>/jwks`. */
export interface TrustedIssuer {
  readonly issuer: string;
  readonly jwks?: JSONWebKeySet;
}

/** What the authority works with. */
export interface FulcioParts {
  readonly chain: Chain;
  readonly ctLog: ServiceKey;
  readonly issuers: readonly TrustedIssuer[];
  readonly audience: string;
  readonly now: () => Date;
}

const requestV1 = Type.Object({
  publicKey: Type.Object({ content: Type.String() }),
  signedEmailAddress: Type.String(),
});
const requestV2 = Type.Object({
  credentials: Type.Optional(Type.Object({ oidcIdentityToken: Type.Optional(Type.String()) })),
  publicKeyRequest: Type.Object({
    publicKey: Type.Object({ content: Type.String() }),
    proofOfPossession: Type.String(),
  }),
});

/** The handler of the authority. */
export function fulcio(parts: FulcioParts): (ask: Ask) => Promise<Answer> {
  const keys = new Map(
    parts.issuers.map(({ issuer, jwks }): [string, JWTVerifyGetKey] => [
      issuer,
      jwks === undefined ? createRemoteJWKSet(new URL(`${issuer}/jwks`)) : createLocalJWKSet(jwks),
    ]),
  );
  const chainPem = [parts.chain.below, parts.chain.root].map((one) => certificatePem(one.certificate));
  return async (ask) => {
    if (ask.method === 'GET' && ask.path === '/api/v1/rootCert') {
      return { status: 200, type: 'application/pem-certificate-chain', body: chainPem.join('') };
    }
    if (ask.method === 'GET' && ask.path === '/api/v2/trustBundle') {
      return jsonAnswer(200, { chains: [{ certificates: chainPem }] });
    }
    const wanted = ask.method === 'POST' ? readRequest(ask) : undefined;
    if (wanted === undefined) return refusal(404, 'not found');
    const claims = await believe(parts, keys, wanted.token).catch(() => undefined);
    if (claims === undefined) return refusal(401, 'There was an error processing the identity token');
    const publicKey = createPublicKey(wanted.publicKey);
    const subject = typeof claims.email === 'string' ? claims.email : (claims.sub ?? '');
    if (!proves(publicKey, subject, wanted.proof)) {
      return refusal(400, 'The signature supplied in the request could not be verified');
    }
    const leaf = certificatePem(await issueLeaf(parts, publicKey, claims));
    return present(ask.path, [leaf, ...chainPem]);
  };
}

interface Wanted {
  readonly token: string;
  /** PEM. */
  readonly publicKey: string;
  readonly proof: Buffer;
}

function readRequest(ask: Ask): Wanted | undefined {
  const bearer = ask.headers.authorization?.replace(/^Bearer /u, '') ?? '';
  if (ask.path === '/api/v1/signingCert') {
    const body = Value.Parse(requestV1, JSON.parse(ask.body.toString()));
    const content = Buffer.from(body.publicKey.content, 'base64').toString();
    const pem = content.startsWith('-----') ? content : derAsPem(body.publicKey.content);
    return { token: bearer, publicKey: pem, proof: Buffer.from(body.signedEmailAddress, 'base64') };
  }
  if (ask.path !== '/api/v2/signingCert') return undefined;
  const body = Value.Parse(requestV2, JSON.parse(ask.body.toString()));
  return {
    token: body.credentials?.oidcIdentityToken ?? bearer,
    publicKey: body.publicKeyRequest.publicKey.content,
    proof: Buffer.from(body.publicKeyRequest.proofOfPossession, 'base64'),
  };
}

/** The first API takes the bare SubjectPublicKeyInfo too. */
function derAsPem(base64: string): string {
  const key = createPublicKey({ key: Buffer.from(base64, 'base64'), format: 'der', type: 'spki' });
  return key.export({ type: 'spki', format: 'pem' }).toString();
}

async function believe(
  parts: FulcioParts,
  keys: ReadonlyMap<string, JWTVerifyGetKey>,
  token: string,
): Promise<JWTPayload> {
  const claimed: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
  const { iss } = Value.Parse(Type.Object({ iss: Type.String() }), claimed);
  const key = keys.get(iss);
  if (key === undefined) throw new Error('unknown issuer');
  const options = { issuer: iss, audience: parts.audience, currentDate: parts.now(), requiredClaims: ['exp', 'sub'] };
  const { payload } = await jwtVerify(token, key, options);
  if (payload.email !== undefined && payload.email_verified !== true) throw new Error('unverified address');
  return payload;
}

function proves(key: KeyObject, subject: string, proof: Buffer): boolean {
  const pure = key.asymmetricKeyType === 'ed25519';
  return verify(pure ? null : 'sha256', Buffer.from(subject), key, proof);
}

async function issueLeaf(parts: FulcioParts, publicKey: KeyObject, claims: JWTPayload): Promise<Buffer> {
  const { below } = parts.chain;
  const spki = publicKey.export({ type: 'spki', format: 'der' });
  const at = parts.now();
  const request = {
    ...{ spki, serial: newSerial(), notBefore: at, notAfter: new Date(at.getTime() + lifetime) },
    extensions: [
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.codeSigning]),
      new x509.SubjectAlternativeNameExtension([alternativeName(claims)], true),
      ...keyIdentifiers(spki, below.key.spki),
      ...claimExtensions(claims),
    ],
  };
  const certificate = await issue(below, request);
  const sct = sctExtension({ key: parts.ctLog, certificate, issuerSpki: below.key.spki, at });
  return issue(below, { ...request, extensions: [...request.extensions, sct] });
}

/** An address for a person, an address of the web for everything else; a workflow is named by its file and ref. */
function alternativeName(claims: JWTPayload): { readonly type: 'email' | 'url'; readonly value: string } {
  if (typeof claims.email === 'string') return { type: 'email', value: claims.email };
  const workflow = claims.job_workflow_ref;
  if (typeof workflow === 'string') return { type: 'url', value: `https://github.com/${workflow}` };
  const sub = claims.sub ?? '';
  return { type: 'url', value: URL.canParse(sub) ? sub : `${claims.iss}/${encodeURIComponent(sub)}` };
}

/** The extensions below the project's arc: the issuer in both encodings, and what a workflow's token says. */
function claimExtensions(claims: JWTPayload): readonly x509.Extension[] {
  const plain = { 1: claims.iss, 2: claims.event_name, 3: claims.sha, 4: claims.workflow, 5: claims.repository };
  const encoded = { 8: claims.iss, 11: claims.runner_environment, 20: claims.event_name };
  const text = (value: unknown): value is string => typeof value === 'string';
  return [
    ...Object.entries({ ...plain, 6: claims.ref }).flatMap(([suffix, value]) =>
      text(value) ? [new x509.Extension(`${oidPrefix}.${suffix}`, false, Buffer.from(value))] : [],
    ),
    ...Object.entries(encoded).flatMap(([suffix, value]) =>
      text(value) ? [new x509.Extension(`${oidPrefix}.${suffix}`, false, utf8(value))] : [],
    ),
  ];
}

function present(path: string, certificates: readonly string[]): Answer {
  if (path === '/api/v1/signingCert') {
    return { status: 201, type: 'application/pem-certificate-chain', body: certificates.join('') };
  }
  return jsonAnswer(200, { signedCertificateEmbeddedSct: { chain: { certificates } } });
}
