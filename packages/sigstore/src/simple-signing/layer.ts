/** One signature or attestation as a layer of the manifest under its tag, and the annotations cosign keeps beside it. */
import type { Descriptor } from '@pratique/oci';
import { checkSignature } from '../keys/algorithms.ts';
import type { PublicKey } from '../keys/public-key.ts';
import { strictBase64 } from '../json/base64.ts';
import { goJson, sortedMembers } from '../json/go-json.ts';
import type { LogEntry } from '../sign/services.ts';
import { toBase64 } from '../json/base64.ts';

/** Media type of a layer that holds a simple-signing payload. */
export const payloadMediaType = 'application/vnd.dev.cosign.simplesigning.v1+json';

/** Media type of a layer that holds a DSSE envelope. */
export const envelopeMediaType = 'application/vnd.dsse.envelope.v1+json';

/** Names of the annotations of a layer. */
export const layerAnnotations = {
  signature: 'dev.cosignproject.cosign/signature',
  certificate: 'dev.sigstore.cosign/certificate',
  /** PEM; empty text means none (cosign 3 in legacy mode writes that). */
  chain: 'dev.sigstore.cosign/chain',
  bundle: 'dev.sigstore.cosign/bundle',
  timestamp: 'dev.sigstore.cosign/rfc3161timestamp',
  predicateType: 'predicateType',
} as const;

/** A layer to be written; annotations are written in the order of code points. */
export interface NewLayer {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly annotations: Readonly<Record<string, string>>;
}

/** What may accompany a signature. */
export interface SignatureMaterial {
  /** Raw; absent for attestations, whose signature is inside the envelope. */
  readonly signature?: Uint8Array;
  /** PEM of the leaf. */
  readonly certificate?: string;
  /** PEM of intermediates and root. */
  readonly chain?: string;
  readonly logEntry?: LogEntry;
  /** DER TimeStampResp. */
  readonly timestamp?: Uint8Array;
  readonly predicateType?: string;
}

/** The annotations of a layer for what accompanies its signature. */
export function annotationsFor(material: SignatureMaterial): Record<string, string> {
  const { signature, certificate, chain, logEntry, timestamp, predicateType } = material;
  return {
    [layerAnnotations.signature]: signature === undefined ? '' : toBase64(signature),
    ...(certificate === undefined ? {} : { [layerAnnotations.certificate]: certificate }),
    ...(chain === undefined || chain === '' ? {} : { [layerAnnotations.chain]: chain }),
    ...(logEntry === undefined ? {} : { [layerAnnotations.bundle]: logAnnotation(logEntry) }),
    ...(timestamp === undefined
      ? {}
      : { [layerAnnotations.timestamp]: goJson({ SignedRFC3161Timestamp: toBase64(timestamp) }) }),
    ...(predicateType === undefined ? {} : { [layerAnnotations.predicateType]: predicateType }),
  };
}

/**
 * The log entry in the form of the tag format, which knows the log's promise and no proof. An entry without a promise
 * (a log with API 2) has no such form and is left out by the caller.
 */
export function logAnnotation(entry: LogEntry): string {
  return goJson({
    SignedEntryTimestamp: toBase64(entry.signedEntryTimestamp ?? new Uint8Array()),
    Payload: {
      body: toBase64(entry.canonicalizedBody),
      integratedTime: entry.integratedTime ?? 0,
      logIndex: entry.logIndex,
      logID: Buffer.from(entry.logId).toString('hex'),
    },
  });
}

/** A layer as JSON text, with the member order of cosign. */
export function writeLayer({ mediaType, size, digest, annotations }: NewLayer): string {
  return goJson({ mediaType, size, digest, annotations: sortedMembers(annotations) });
}

/** What an equivalent layer must be about. */
export interface EquivalenceCheck {
  readonly layer: NewLayer;
  /** The bytes of the layer's blob. */
  readonly payload: Uint8Array;
  readonly publicKey: PublicKey;
}

/**
 * The position of a layer that already says what the new one would: same payload and media type, equal annotations apart from the
 * signature, and a signature that verifies with the present key. Undefined where there is none, so the new one is added.
 */
export function findEquivalent(layers: readonly Descriptor[], check: EquivalenceCheck): number | undefined {
  const index = layers.findIndex((layer) => isEquivalent(layer, check));
  return index === -1 ? undefined : index;
}

function isEquivalent(existing: Descriptor, { layer, payload, publicKey }: EquivalenceCheck): boolean {
  if (existing.digest !== layer.digest || existing.mediaType !== layer.mediaType) return false;
  if (comparable(existing.annotations ?? {}) !== comparable(layer.annotations)) return false;
  const text = existing.annotations?.[layerAnnotations.signature] ?? '';
  // Attestations carry their signature inside: equal bytes are the same attestation.
  if (text === '' && layer.annotations[layerAnnotations.signature] === '') return true;
  const signature = strictBase64(text);
  return signature !== undefined && checkSignature({ publicKey, message: payload, signature }) !== undefined;
}

function comparable(annotations: Readonly<Record<string, string>>): string {
  const { signature, chain } = layerAnnotations;
  const counted = Object.entries(annotations).filter(([name, value]) => {
    return name !== signature && !(name === chain && value === '');
  });
  return goJson(sortedMembers(Object.fromEntries(counted)));
}
