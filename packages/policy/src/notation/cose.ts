/** COSE envelopes: a tagged COSE_Sign1 of RFC 9052 (Notary Project, "COSE signature envelope"). */
import { decode, encode, Tagged } from 'cborg';
import { algorithmNamed } from './algorithms.ts';
import type { EncodedEnvelope } from './encoded-envelope.ts';
import { Flaw } from './flaw.ts';
import { checkHeaders, headerNames } from './headers.ts';
import type { SignedHeaders } from './headers.ts';

/** Labels of RFC 9052 section 3.1 and RFC 9360. */
const labels = { algorithm: 1, critical: 2, contentType: 3, x5chain: 33 } as const;

const [sign1Tag, epochTag] = [18, 1];

type Headers = ReadonlyMap<unknown, unknown>;

/** Lengths that end, shortest forms, no label twice: one signature has one encoding that all readers understand alike. */
const strictly = {
  allowIndefinite: false,
  allowUndefined: false,
  allowInfinity: false,
  allowNaN: false,
  strict: true,
  useMaps: true,
  rejectDuplicateMapKeys: true,
};

/** Reads a COSE envelope. @throws Flaw, and errors of the CBOR reader */
export function readCose(bytes: Uint8Array): EncodedEnvelope {
  const message: unknown = decode(bytes, { ...strictly, tags: Tagged.preserve(sign1Tag, epochTag) });
  if (!(message instanceof Tagged) || message.tag !== sign1Tag) throw new Flaw('is no tagged COSE_Sign1');
  const [protectedBytes, unprotected, payload, signature, more] = Array.isArray(message.value) ? message.value : [];
  const isSign1 = isBytes(protectedBytes) && unprotected instanceof Map && isBytes(payload) && isBytes(signature);
  if (!isSign1 || more !== undefined) throw new Flaw('is no COSE_Sign1 with its payload inside');
  const signed = headerMap(decode(protectedBytes, { ...strictly, tags: Tagged.preserve(epochTag) }));
  const unsigned = headerMap(unprotected);
  if ([...unsigned.keys()].some((label) => signed.has(label))) throw new Flaw('has a header twice');
  const algorithm =
    typeof signed.get(labels.algorithm) === 'number' ? algorithmNamed(signed.get(labels.algorithm)) : undefined;
  if (algorithm === undefined) throw new Flaw('names no algorithm that is allowed');
  const timestamp = unsigned.get(headerNames.timestamp);
  if (timestamp !== undefined && !isBytes(timestamp)) throw new Flaw('has a timestamp that is not bytes');
  return {
    encoding: 'COSE',
    algorithm,
    headers: headersOf(signed),
    payload,
    message: encode(['Signature1', protectedBytes, new Uint8Array(0), payload]),
    signature,
    certificates: certificatesOf(unsigned.get(labels.x5chain)),
    ...(timestamp === undefined ? {} : { timestamp }),
  };
}

function headerMap(value: unknown): Headers {
  if (!(value instanceof Map)) throw new Flaw('has headers that are no map');
  const isLabel = (label: unknown): boolean => typeof label === 'string' || Number.isSafeInteger(label);
  if (![...value.keys()].every(isLabel)) throw new Flaw('has a header whose label is neither number nor text');
  return value;
}

function headersOf(signed: Headers): SignedHeaders {
  return checkHeaders({
    labels: new Set(signed.keys()),
    processed: [labels.algorithm, labels.contentType],
    critical: signed.get(labels.critical),
    scheme: signed.get(headerNames.scheme),
    contentType: signed.get(labels.contentType),
    ...timeNamed(signed, 'signingTime'),
    ...timeNamed(signed, 'authenticSigningTime'),
    ...timeNamed(signed, 'expiry'),
  });
}

/** Seconds since 1970 under tag 1 (RFC 8949 section 3.4.2); text dates are not used. */
function timeNamed<N extends 'signingTime' | 'authenticSigningTime' | 'expiry'>(
  signed: Headers,
  name: N,
): { readonly [K in N]?: Date } {
  const value = signed.get(headerNames[name]);
  if (value === undefined) return {};
  const seconds: unknown = value instanceof Tagged && value.tag === epochTag ? value.value : undefined;
  const time = new Date(typeof seconds === 'number' ? seconds * 1000 : Number.NaN);
  if (Number.isNaN(time.getTime())) throw new Flaw(`has a ${name} that is no time`);
  return { [name]: time } as { readonly [K in N]?: Date };
}

function certificatesOf(chain: unknown): readonly Uint8Array[] {
  if (!Array.isArray(chain) || !chain.every(isBytes)) throw new Flaw('has no certificate chain');
  return chain;
}

function isBytes(value: unknown): value is Uint8Array {
  return value instanceof Uint8Array;
}
