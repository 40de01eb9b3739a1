/**
 * Whether an entry of a log is about this signature and no other: the body is compared member by member with what is being
 * verified. Shapes: the types of Rekor (`hashedrekord`, `rekord`, `dsse`, `intoto`) 0.0.1, 0.0.2.
 */
import { tolerantBase64 } from '../json/base64.ts';
import { isJsonObject, parseStrictJson } from '../json/strict-json.ts';
import type { DigestName } from '../keys/algorithms.ts';
import { readPem } from '../keys/pem.ts';
import { digestOf, fromHex, sameBytes } from './bytes.ts';
import { parseCertificate } from './x509.ts';

/** What an entry must be about. */
export interface LoggedContent {
  readonly signature: Uint8Array;
  /** DER of the public key or the certificate that verifies the signature. */
  readonly verifier: Uint8Array;
  readonly content:
    /** A signature over plain bytes; `digest` answers for the digests that are known. */
    | { readonly kind: 'message'; digest(algorithm: DigestName): Uint8Array | undefined }
    | {
        readonly kind: 'envelope';
        readonly payload: Uint8Array;
        /** Pre-authentication encoding, what the signature is over. */
        readonly encoded: Uint8Array;
        /** The envelope as it is stored, where it is stored as such. */
        readonly stored?: Uint8Array;
      };
}

/** Whether the body fits; otherwise what differs, in words that continue "the log entry …". */
export type BodyBinding = { readonly fits: true } | { readonly fits: false; readonly detail: string };

/** An entry's body with the kind and version that its bundle claims, if any. */
export interface LoggedBody {
  readonly body: Uint8Array;
  readonly kind?: string;
  readonly version?: string;
}

/** Compares an entry with what is being verified. */
export function bindBody(entry: LoggedBody, logged: LoggedContent): BodyBinding {
  const parsed = parseStrictJson(entry.body);
  if (!parsed.ok || !isJsonObject(parsed.value)) return differs('has a body that is not a JSON object');
  const { kind, apiVersion: version } = parsed.value;
  if ((entry.kind ?? kind) !== kind || (entry.version ?? version) !== version) {
    return differs('says another kind in its body than beside it');
  }
  const spec = parsed.value['spec'];
  const bind = binders[`${String(kind)} ${String(version)}`];
  if (bind === undefined) return differs('is of a kind that is not known here');
  return bind(spec, logged);
}

type Binder = (spec: unknown, logged: LoggedContent) => BodyBinding;

const binders: Readonly<Record<string, Binder>> = {
  'hashedrekord 0.0.1': bindRecord,
  'rekord 0.0.1': bindRecord,
  'dsse 0.0.1': bindEnvelope,
  'intoto 0.0.1': bindAttestation1,
  'intoto 0.0.2': bindAttestation2,
  'hashedrekord 0.0.2': bindRecord2,
  'dsse 0.0.2': bindEnvelope2,
};

function bindRecord(spec: unknown, logged: LoggedContent): BodyBinding {
  const hash = at(spec, 'data', 'hash');
  const algorithm = digestName(at(hash, 'algorithm'));
  return compare(logged, {
    signatures: [base64At(at(spec, 'signature', 'content'))],
    verifiers: [pemAt(at(spec, 'signature', 'publicKey', 'content'))],
    digests: [[hexAt(at(hash, 'value')), algorithm && signedDigest(logged, algorithm)]],
  });
}

/** Rekor 2: for an envelope the digest is over the pre-authentication encoding, by the digest of the key. */
function bindRecord2(spec: unknown, logged: LoggedContent): BodyBinding {
  const record = at(spec, 'hashedRekordV002');
  const algorithm = protobufDigest(at(record, 'data', 'algorithm'));
  return compare(logged, {
    signatures: [base64At(at(record, 'signature', 'content'))],
    verifiers: [rawVerifier(at(record, 'signature', 'verifier'))],
    digests: [[base64At(at(record, 'data', 'digest')), algorithm && signedDigest(logged, algorithm)]],
  });
}

function bindEnvelope(spec: unknown, logged: LoggedContent): BodyBinding {
  if (logged.content.kind !== 'envelope') return differs('is about an envelope, the signature is over plain bytes');
  const { payload, stored } = logged.content;
  const signature = only(at(spec, 'signatures'));
  return compare(logged, {
    signatures: [base64At(at(signature, 'signature'))],
    verifiers: [pemAt(at(signature, 'verifier'))],
    digests: [
      [sha256At(at(spec, 'payloadHash')), digestOf('sha256', payload)],
      ...(stored === undefined ? [] : [[sha256At(at(spec, 'envelopeHash')), digestOf('sha256', stored)] as const]),
    ],
  });
}

function bindEnvelope2(spec: unknown, logged: LoggedContent): BodyBinding {
  if (logged.content.kind !== 'envelope') return differs('is about an envelope, the signature is over plain bytes');
  const record = at(spec, 'dsseV002');
  const signature = only(at(record, 'signatures'));
  const algorithm = protobufDigest(at(record, 'payloadHash', 'algorithm'));
  return compare(logged, {
    signatures: [base64At(at(signature, 'content'))],
    verifiers: [rawVerifier(at(signature, 'verifier'))],
    digests: [
      [base64At(at(record, 'payloadHash', 'digest')), algorithm && digestOf(algorithm, logged.content.payload)],
    ],
  });
}

/** The oldest type names only key and stored envelope; without the stored bytes it binds nothing. */
function bindAttestation1(spec: unknown, logged: LoggedContent): BodyBinding {
  const stored = logged.content.kind === 'envelope' ? logged.content.stored : undefined;
  if (stored === undefined) return differs('is of a kind that does not name the signature');
  return compare(logged, {
    signatures: [],
    verifiers: [pemAt(at(spec, 'publicKey'))],
    digests: [[sha256At(at(spec, 'content', 'hash')), digestOf('sha256', stored)]],
  });
}

function bindAttestation2(spec: unknown, logged: LoggedContent): BodyBinding {
  if (logged.content.kind !== 'envelope') return differs('is about an envelope, the signature is over plain bytes');
  const content = at(spec, 'content');
  const signature = only(at(content, 'envelope', 'signatures'));
  return compare(logged, {
    // Encoded twice: the text of the envelope's base64, in base64 (a known trait of the type).
    signatures: [base64At(textAt(base64At(at(signature, 'sig'))))],
    verifiers: [pemAt(at(signature, 'publicKey'))],
    digests: [[sha256At(at(content, 'payloadHash')), digestOf('sha256', logged.content.payload)]],
  });
}

interface Claims {
  readonly signatures: readonly (Uint8Array | undefined)[];
  readonly verifiers: readonly (Uint8Array | undefined)[];
  readonly digests: readonly (readonly [claimed: Uint8Array | undefined, actual: Uint8Array | undefined])[];
}

function compare(logged: LoggedContent, claims: Claims): BodyBinding {
  if (!claims.signatures.every((signature) => equal(signature, logged.signature))) {
    return differs('is about another signature');
  }
  if (!claims.verifiers.every((verifier) => names(verifier, logged.verifier))) {
    return differs('names another key or certificate');
  }
  if (!claims.digests.every(([claimed, actual]) => equal(claimed, actual))) {
    return differs('is about other content');
  }
  return { fits: true };
}

/** An entry may name a key by a certificate for it, where the signer had both. */
function names(claimed: Uint8Array | undefined, verifier: Uint8Array): boolean {
  if (claimed === undefined || equal(claimed, verifier)) return claimed !== undefined;
  return equal(parseCertificate(claimed)?.key.spki, verifier);
}

function equal(left: Uint8Array | undefined, right: Uint8Array | undefined): boolean {
  return left !== undefined && right !== undefined && left.length > 0 && sameBytes(left, right);
}

function signedDigest(logged: LoggedContent, algorithm: DigestName): Uint8Array | undefined {
  const { content } = logged;
  return content.kind === 'message' ? content.digest(algorithm) : digestOf(algorithm, content.encoded);
}

/**
 * DER of the key or certificate that the entry names as its verifier, whatever else it says; undefined where it names none.
 * For messages about wrong keys.
 */
export function verifierOfBody(body: Uint8Array): Uint8Array | undefined {
  const parsed = parseStrictJson(body);
  const spec = parsed.ok ? at(parsed.value, 'spec') : undefined;
  return (
    pemAt(at(spec, 'signature', 'publicKey', 'content')) ??
    pemAt(at(only(at(spec, 'signatures')), 'verifier')) ??
    pemAt(at(spec, 'publicKey')) ??
    pemAt(at(only(at(spec, 'content', 'envelope', 'signatures')), 'publicKey')) ??
    rawVerifier(at(spec, 'hashedRekordV002', 'signature', 'verifier')) ??
    rawVerifier(at(only(at(spec, 'dsseV002', 'signatures')), 'verifier'))
  );
}

function at(value: unknown, ...path: readonly string[]): unknown {
  let inner: unknown = value;
  for (const name of path) inner = isJsonObject(inner) && Object.hasOwn(inner, name) ? inner[name] : undefined;
  return inner;
}

/** The member of a list of exactly one. */
function only(value: unknown): unknown {
  return Array.isArray(value) && value.length === 1 ? value[0] : undefined;
}

function base64At(value: unknown): Uint8Array | undefined {
  return typeof value === 'string' ? tolerantBase64(value) : undefined;
}

function hexAt(value: unknown): Uint8Array | undefined {
  return typeof value === 'string' ? fromHex(value) : undefined;
}

function textAt(bytes: Uint8Array | undefined): string | undefined {
  return bytes === undefined ? undefined : Buffer.from(bytes).toString('latin1');
}

/** `{algorithm: "sha256", value: "<hex>"}`. */
function sha256At(value: unknown): Uint8Array | undefined {
  return at(value, 'algorithm') === 'sha256' ? hexAt(at(value, 'value')) : undefined;
}

/** PEM of a key or certificate in base64, as DER: line endings must not matter. */
function pemAt(value: unknown): Uint8Array | undefined {
  const pem = textAt(base64At(value));
  return pem === undefined ? undefined : readPem(pem)[0]?.der;
}

function rawVerifier(value: unknown): Uint8Array | undefined {
  return base64At(at(value, 'publicKey', 'rawBytes')) ?? base64At(at(value, 'x509Certificate', 'rawBytes'));
}

function digestName(value: unknown): DigestName | undefined {
  return value === 'sha256' || value === 'sha384' || value === 'sha512' ? value : undefined;
}

function protobufDigest(value: unknown): DigestName | undefined {
  return value === 'SHA2_256'
    ? 'sha256'
    : value === 'SHA2_384'
      ? 'sha384'
      : value === 'SHA2_512'
        ? 'sha512'
        : undefined;
}

function differs(detail: string): BodyBinding {
  return { fits: false, detail };
}
