/** JWS envelopes: the flattened JSON form of RFC 7515 section 7.2.2 (Notary Project, "JWS signature envelope"). */
import { parseStrictJson } from '@pratique/oci';
import { excerpt } from '@pratique/runtime/fault';
import Type from 'typebox';
import { Value } from 'typebox/value';
import { algorithmNamed } from './algorithms.ts';
import type { EncodedEnvelope } from './encoded-envelope.ts';
import { Flaw } from './flaw.ts';
import { checkHeaders, headerNames } from './headers.ts';
import type { SignedHeaders } from './headers.ts';

const Jws = Type.Object({
  payload: Type.String(),
  protected: Type.String(),
  signature: Type.String(),
  header: Type.Object({
    x5c: Type.Array(Type.String()),
    [headerNames.timestamp]: Type.Optional(Type.Union([Type.String(), Type.Null()])),
  }),
});

const Protected = Type.Object({
  alg: Type.String(),
  cty: Type.String(),
  crit: Type.Optional(Type.Unknown()),
  [headerNames.scheme]: Type.String(),
  [headerNames.signingTime]: Type.Optional(Type.String()),
  [headerNames.authenticSigningTime]: Type.Optional(Type.String()),
  [headerNames.expiry]: Type.Optional(Type.String()),
});

/** Reads a JWS envelope. @throws Flaw, and Fault of the JSON reader */
export function readJws(bytes: Uint8Array): EncodedEnvelope {
  const jws = parseStrictJson(bytes, 'the envelope');
  if (!Value.Check(Jws, jws)) throw new Flaw('is not a JWS of the Notary Project');
  const signed: unknown = parseStrictJson(base64url(jws.protected), 'the protected header');
  if (!Value.Check(Protected, signed)) throw new Flaw('has protected headers that are not those of the Notary Project');
  const algorithm = typeof signed.alg === 'string' ? algorithmNamed(signed.alg) : undefined;
  if (algorithm === undefined) throw new Flaw(`names the algorithm ${excerpt(signed.alg, 40)}, which is not allowed`);
  // RFC 7515 section 7.2.1: the names in both places must be disjoint, or two readers could see two signatures.
  if (Object.keys(jws.header).some((name) => Object.hasOwn(signed, name))) throw new Flaw('has a header twice');
  const timestamp = jws.header[headerNames.timestamp];
  return {
    encoding: 'JWS',
    algorithm,
    headers: headersOf(signed),
    payload: base64url(jws.payload),
    message: Buffer.from(`${jws.protected}.${jws.payload}`, 'ascii'),
    signature: base64url(jws.signature),
    certificates: jws.header.x5c.map(base64),
    ...(timestamp ? { timestamp: base64(timestamp) } : {}),
  };
}

function headersOf(signed: Record<string, unknown>): SignedHeaders {
  return checkHeaders({
    labels: new Set(Object.keys(signed)),
    processed: [],
    critical: signed['crit'],
    scheme: signed[headerNames.scheme],
    contentType: signed['cty'],
    ...timeNamed(signed, 'signingTime'),
    ...timeNamed(signed, 'authenticSigningTime'),
    ...timeNamed(signed, 'expiry'),
  });
}

function timeNamed<N extends 'signingTime' | 'authenticSigningTime' | 'expiry'>(
  signed: Record<string, unknown>,
  name: N,
): { readonly [K in N]?: Date } {
  const text = signed[headerNames[name]];
  if (text === undefined) return {};
  const isTime =
    typeof text === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/.test(text);
  const time = new Date(isTime ? text : Number.NaN);
  if (Number.isNaN(time.getTime())) throw new Flaw(`has a ${name} that is no time`);
  return { [name]: time } as { readonly [K in N]?: Date };
}

/** RFC 7515 section 2: no padding, no other characters; and no second way to write the same bytes. */
function base64url(text: string): Buffer {
  const bytes = Buffer.from(text, 'base64url');
  if (bytes.toString('base64url') !== text) throw new Flaw('has a part that is not base64url');
  return bytes;
}

function base64(text: string): Buffer {
  const bytes = Buffer.from(text, 'base64');
  if (bytes.toString('base64') !== text) throw new Flaw('has a part that is not base64');
  return bytes;
}
