/** DSSE envelopes (github.com/secure-systems-lab/dsse): a payload, its type, and signatures over both. */
import { sizeInWords } from '@pratique/runtime/limit';
import { sigstoreFault } from '../errors.ts';
import { tolerantBase64, toBase64 } from '../json/base64.ts';
import { goJson } from '../json/go-json.ts';
import { isJsonObject, parseStrictJson, smallDocument } from '../json/strict-json.ts';
import { attachmentLimit } from '../simple-signing/manifest.ts';

/** Type of a payload that is an in-toto statement. */
export const statementPayloadType = 'application/vnd.in-toto+json';

/** An envelope, decoded. */
export interface Envelope {
  readonly payloadType: string;
  readonly payload: Uint8Array;
  readonly signatures: readonly EnvelopeSignature[];
}

/** One signature of an envelope. */
export interface EnvelopeSignature {
  readonly signature: Uint8Array;
  /** A hint by the signer; empty where it gave none. */
  readonly keyId: string;
}

/** The bytes a signature covers: the pre-authentication encoding of DSSE 1. */
export function preAuthenticationEncoding(payloadType: string, payload: Uint8Array): Uint8Array {
  const type = Buffer.from(payloadType);
  return Buffer.concat([Buffer.from(`DSSEv1 ${type.length} ${payloadType} ${payload.length} `), payload]);
}

/** The envelope as JSON with one signature, as the tag format stores it. */
export function writeEnvelope(payloadType: string, payload: Uint8Array, signature: Uint8Array): Uint8Array {
  return Buffer.from(
    goJson({ payloadType, payload: toBase64(payload), signatures: [{ keyid: '', sig: toBase64(signature) }] }),
  );
}

/**
 * Reads an envelope.
 *
 * @param limit Largest size in bytes.
 * @throws Fault `envelope-invalid`
 */
export function parseEnvelope(bytes: Uint8Array, limit = attachmentLimit): Envelope {
  if (bytes.length > limit) throw invalid(`is larger than ${sizeInWords(limit)}`);
  const parsed = parseStrictJson(bytes, smallDocument);
  if (!parsed.ok) throw invalid(parsed.detail);
  return readEnvelope(parsed.value);
}

/**
 * An envelope from parsed JSON.
 *
 * @throws Fault `envelope-invalid`
 */
export function readEnvelope(value: unknown): Envelope {
  if (!isJsonObject(value)) throw invalid('is not a JSON object');
  const { payloadType, payload, signatures } = value;
  if (typeof payloadType !== 'string' || payloadType === '') throw invalid('has no payloadType');
  const body = base64Of(payload);
  if (body === undefined) throw invalid('has no payload in base64');
  if (!Array.isArray(signatures) || signatures.length === 0) throw invalid('has no signature');
  if (signatures.length > signatureLimit) throw invalid(`has more than ${signatureLimit} signatures`);
  return { payloadType, payload: body, signatures: signatures.map(readSignature) };
}

// One is usual; each costs a check.
const signatureLimit = 32;

function readSignature(value: unknown): EnvelopeSignature {
  const sig = isJsonObject(value) ? base64Of(value['sig']) : undefined;
  const keyId = isJsonObject(value) ? (value['keyid'] ?? '') : '';
  if (sig === undefined || sig.length === 0) throw invalid('has a signature that is not base64');
  if (typeof keyId !== 'string') throw invalid('has a keyid that is no text');
  return { signature: sig, keyId };
}

function base64Of(value: unknown): Uint8Array | undefined {
  return typeof value === 'string' ? tolerantBase64(value) : undefined;
}

function invalid(detail: string): Error {
  return sigstoreFault({
    code: 'envelope-invalid',
    message: `The signed envelope ${detail}.`,
    hint: 'It was not written by a signing tool, or it was damaged; attest the image again.',
    values: { detail },
  });
}
