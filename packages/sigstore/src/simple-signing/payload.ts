/**
 * The document that a `.sig` signature covers: "simple signing" as cosign writes it, and the variant of containers/image
 * (skopeo, podman). Verifiers use the stored bytes; nothing here parses and writes again.
 */
import { excerpt } from '@pratique/runtime/fault';
import { sizeInWords } from '@pratique/runtime/limit';
import { sigstoreFault } from '../errors.ts';
import { goJson, sortedMembers } from '../json/go-json.ts';
import { isJsonObject, parseStrictJson, smallDocument } from '../json/strict-json.ts';

/** What every payload must say it is. */
export const payloadType = 'cosign container image signature';

/** Largest payload that is read: annotations are the only part that grows, and they live in a registry's manifest limits. */
export const payloadLimit = 1024 * 1024;

/** What is signed. */
export interface PayloadContent {
  /** Registry and repository without tag and digest, or any text the signer chose instead. */
  readonly identity: string;
  /** `sha256:…` of the exact manifest or index. */
  readonly digest: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** A payload that was read. */
export interface SimpleSigningPayload {
  /** Empty where the payload has none. */
  readonly dockerReference: string;
  readonly imageDigest: string;
  /** Empty where the payload has none. */
  readonly type: string;
  /** Values of other writers need not be texts: containers/image has a number of seconds there. */
  readonly optional: Readonly<Record<string, unknown>> | null;
}

/**
 * The bytes to be signed, exactly as cosign writes them: members in this order, annotations sorted, escapes of Go, `null`
 * without annotations.
 */
export function writePayload({ identity, digest, annotations = {} }: PayloadContent): Uint8Array {
  const critical = {
    identity: { 'docker-reference': identity },
    image: { 'docker-manifest-digest': digest },
    type: payloadType,
  };
  const optional = Object.keys(annotations).length === 0 ? null : sortedMembers(annotations);
  return Buffer.from(goJson({ critical, optional }));
}

/**
 * Reads a payload. Whether it is about the right image is for the verifier to say.
 *
 * @throws Fault `payload-invalid`: larger than 1 MiB, no UTF-8, no JSON object, a member twice, no image digest
 */
export function parsePayload(bytes: Uint8Array): SimpleSigningPayload {
  if (bytes.length > payloadLimit) throw invalid(`is larger than ${sizeInWords(payloadLimit)}`);
  const parsed = parseStrictJson(bytes, smallDocument);
  if (!parsed.ok) throw invalid(parsed.detail);
  const critical = objectAt(parsed.value, 'critical');
  const image = objectAt(critical, 'image');
  const imageDigest = image?.['docker-manifest-digest'];
  if (critical === undefined || typeof imageDigest !== 'string') {
    throw invalid('has no critical.image.docker-manifest-digest');
  }
  const optional = isJsonObject(parsed.value) ? (parsed.value['optional'] ?? null) : null;
  if (optional !== null && !isJsonObject(optional)) throw invalid('has an "optional" that is no object');
  return {
    dockerReference: textAt(objectAt(critical, 'identity'), 'docker-reference'),
    imageDigest,
    type: textAt(critical, 'type'),
    optional,
  };
}

function objectAt(value: unknown, name: string): Record<string, unknown> | undefined {
  const inner = isJsonObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
  return isJsonObject(inner) ? inner : undefined;
}

function textAt(value: Record<string, unknown> | undefined, name: string): string {
  const text = value?.[name] ?? '';
  if (typeof text !== 'string') throw invalid(`has a ${excerpt(name, 40)} that is no text`);
  return text;
}

function invalid(detail: string): Error {
  return sigstoreFault({
    code: 'payload-invalid',
    message: `The signature payload ${detail}.`,
    hint: 'It was not written by cosign, skopeo or this product, or it was damaged; sign the image again.',
    values: { detail },
  });
}
