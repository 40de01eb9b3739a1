/** Envelopes for tests, as notation writes them, with anything about them changed that a test asks for. */
import { constants, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { encode, Tagged } from 'cborg';
import { chainOf, noon } from './certificates-fixture.ts';
import type { Holder } from './certificates-fixture.ts';

/** What is signed, and how it is to differ. */
export interface EnvelopeWish {
  readonly by: Holder;
  readonly target: object;
  /** Protected headers that replace or (undefined) remove those notation writes. */
  readonly headers?: Readonly<Record<string, unknown>>;
  readonly critical?: readonly unknown[];
  readonly algorithm?: string;
  readonly payloadType?: string;
  /** Instead of the chain of {@link by}. */
  readonly chain?: readonly Uint8Array[];
  readonly timestamp?: (signature: Uint8Array) => Uint8Array;
  readonly signingTime?: Date;
  readonly expiry?: Date;
}

const name = 'io.cncf.notary.';
const payloadType = 'application/vnd.cncf.notary.payload.v1+json';
const coseNumbers: Readonly<Record<string, number>> = {
  ES256: -7,
  ES384: -35,
  ES512: -36,
  PS256: -37,
  PS384: -38,
  PS512: -39,
};

/** A JWS envelope. */
export function jwsEnvelope(wish: EnvelopeWish): Buffer {
  const { scheme, critical } = commonOf(wish);
  const headers = withoutUndefined({
    alg: wish.algorithm ?? algorithmOf(wish.by.key),
    cty: wish.payloadType ?? payloadType,
    crit: critical,
    [`${name}signingScheme`]: scheme,
    [`${name}signingTime`]: (wish.signingTime ?? noon).toISOString().replace('.000', ''),
    [`${name}expiry`]: wish.expiry?.toISOString(),
    ...wish.headers,
  });
  const signed = `${base64url(JSON.stringify(headers))}.${base64url(JSON.stringify({ targetArtifact: wish.target }))}`;
  const [head = '', payload = ''] = signed.split('.');
  const signature = signBytes(wish.by.key, Buffer.from(signed));
  const stamp = wish.timestamp?.(signature);
  const header = {
    x5c: (wish.chain ?? chainOf(wish.by)).map((der) => Buffer.from(der).toString('base64')),
    [`${name}signingAgent`]: 'test',
    ...(stamp === undefined ? {} : { [`${name}timestampSignature`]: Buffer.from(stamp).toString('base64') }),
  };
  return Buffer.from(JSON.stringify({ payload, protected: head, header, signature: signature.toString('base64url') }));
}

/** A COSE envelope. */
export function coseEnvelope(wish: EnvelopeWish): Buffer {
  const { scheme, critical } = commonOf(wish);
  const headers = new Map<unknown, unknown>([
    [1, coseNumbers[wish.algorithm ?? algorithmOf(wish.by.key)]],
    [2, critical],
    [3, wish.payloadType ?? payloadType],
    [`${name}signingScheme`, scheme],
    [`${name}signingTime`, epoch(wish.signingTime ?? noon)],
    ...(wish.expiry === undefined ? [] : [[`${name}expiry`, epoch(wish.expiry)] as const]),
  ]);
  for (const [label, value] of Object.entries(wish.headers ?? {})) {
    if (value === undefined) headers.delete(label);
    else headers.set(label, value);
  }
  const head = encode(headers);
  const payload = Buffer.from(JSON.stringify({ targetArtifact: wish.target }));
  const signature = signBytes(wish.by.key, encode(['Signature1', head, new Uint8Array(0), payload]));
  const stamp = wish.timestamp?.(signature);
  const unprotected = new Map<unknown, unknown>([
    [33, (wish.chain ?? chainOf(wish.by)).map((der) => Uint8Array.from(der))],
    ...(stamp === undefined ? [] : [[`${name}timestampSignature`, Uint8Array.from(stamp)] as const]),
  ]);
  return Buffer.from(encode(new Tagged(18, [head, unprotected, Uint8Array.from(payload), Uint8Array.from(signature)])));
}

/** Seconds since 1970 under tag 1, as COSE headers hold times. */
export function epoch(at: Date): Tagged {
  return new Tagged(1, Math.floor(at.getTime() / 1000));
}

function commonOf(wish: EnvelopeWish): { readonly scheme: string; readonly critical: readonly unknown[] } {
  const expiry = wish.expiry === undefined ? [] : [`${name}expiry`];
  return { scheme: 'notary.x509', critical: wish.critical ?? [`${name}signingScheme`, ...expiry] };
}

function algorithmOf(key: KeyObject): string {
  const { modulusLength, namedCurve } = key.asymmetricKeyDetails ?? {};
  if (modulusLength !== undefined) return modulusLength >= 4096 ? 'PS512' : modulusLength >= 3072 ? 'PS384' : 'PS256';
  return namedCurve === 'secp521r1' ? 'ES512' : namedCurve === 'secp384r1' ? 'ES384' : 'ES256';
}

function signBytes(key: KeyObject, message: Uint8Array): Buffer {
  const digest = `sha${algorithmOf(key).slice(2)}`;
  if (key.asymmetricKeyType === 'ec') return sign(digest, message, { key, dsaEncoding: 'ieee-p1363' });
  const { RSA_PKCS1_PSS_PADDING: padding, RSA_PSS_SALTLEN_DIGEST: saltLength } = constants;
  return sign(digest, message, { key, padding, saltLength });
}

function withoutUndefined(headers: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== undefined));
}

function base64url(text: string): string {
  return Buffer.from(text).toString('base64url');
}
