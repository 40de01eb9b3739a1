/** What the tag format keeps beside a payload, read from the annotations of its layer. Nothing is verified yet. */
import { excerpt } from '@pratique/runtime/fault';
import type { LayerCandidate, StoredBytes } from '../evidence.ts';
import { strictBase64 } from '../json/base64.ts';
import { isJsonObject, parseStrictJson } from '../json/strict-json.ts';
import type { LogEntry } from '../sign/services.ts';
import { layerAnnotations } from '../simple-signing/layer.ts';
import { fromHex } from './bytes.ts';
import { held, stopped } from './check.ts';
import type { Checked, Stopped } from './check.ts';
import { certificatesFromPem } from './x509.ts';
import type { Certificate } from './x509.ts';

/** Annotations of a layer, decoded. */
export interface LayerMaterial {
  /** The leaf, where the signature was made with one. */
  readonly certificate?: Certificate;
  readonly intermediates: readonly Certificate[];
  readonly entries: readonly LogEntry[];
  /** TimeStampResp in DER. */
  readonly timestamps: readonly Uint8Array[];
}

/** The stored bytes of a candidate, or why it is invalid without them. */
export function storedBytes(stored: StoredBytes, what: string): Checked<Uint8Array> {
  switch (stored.state) {
    case 'read':
      return held(stored.bytes);
    case 'missing':
      return stopped(
        'blob-missing',
        `The ${what} is listed in the registry, and its blob is not there.`,
        'The registry lost it (a garbage collection, an incomplete copy). Sign the image again.',
      );
    case 'corrupt':
      return stopped(
        'blob-corrupt',
        `The ${what} is not what its digest says: ${stored.detail}.`,
        'The registry or something on the way altered it. Sign the image again and check the registry storage.',
      );
  }
}

/** The raw signature of a layer. */
export function layerSignature(candidate: LayerCandidate): Checked<Uint8Array> {
  const text = candidate.annotations[layerAnnotations.signature] ?? '';
  const signature = strictBase64(text);
  if (signature !== undefined && signature.length > 0) return held(signature);
  const what = text === '' ? 'carries no signature' : 'carries a signature that is not base64';
  return stopped(
    'unsupported-format',
    `The layer ${what} in the annotation ${layerAnnotations.signature}.`,
    'It was not written by a signing tool, or it was damaged. Sign the image again.',
  );
}

/** What accompanies the signature. Absent annotations and empty texts are the same: cosign 3 writes an empty chain. */
export function layerMaterial(candidate: LayerCandidate): Checked<LayerMaterial> {
  const { annotations } = candidate;
  const leaf = textOf(annotations, layerAnnotations.certificate);
  const chain = textOf(annotations, layerAnnotations.chain);
  const certificates = leaf === undefined ? [] : certificatesFromPem(leaf);
  const intermediates = chain === undefined ? [] : certificatesFromPem(chain);
  if (certificates === undefined || (leaf !== undefined && certificates.length !== 1)) return broken('certificate');
  if (intermediates === undefined) return broken('chain');
  const entry = readEntry(textOf(annotations, layerAnnotations.bundle));
  const timestamp = readTimestamp(textOf(annotations, layerAnnotations.timestamp));
  if (entry === 'broken') return broken('log entry');
  if (timestamp === 'broken') return broken('timestamp');
  return held({
    ...(certificates[0] === undefined ? {} : { certificate: certificates[0] }),
    intermediates,
    entries: entry === undefined ? [] : [entry],
    timestamps: timestamp === undefined ? [] : [timestamp],
  });
}

function textOf(annotations: Readonly<Record<string, string>>, name: string): string | undefined {
  const text = Object.hasOwn(annotations, name) ? annotations[name] : undefined;
  return text === undefined || text.trim() === '' ? undefined : text;
}

/** Rekor's answer in the shape cosign keeps it; kind and version are those of the body. */
export function readEntry(text: string | undefined): LogEntry | 'broken' | undefined {
  if (text === undefined) return undefined;
  const parsed = parseStrictJson(text);
  if (!parsed.ok || !isJsonObject(parsed.value)) return 'broken';
  return entryOf(parsed.value) ?? 'broken';
}

/** A log entry from `{SignedEntryTimestamp, Payload}`; undefined where members are missing or of other kinds. */
export function entryOf(value: Readonly<Record<string, unknown>>): LogEntry | undefined {
  const { SignedEntryTimestamp: promise, Payload: payload } = value;
  if (typeof promise !== 'string' || !isJsonObject(payload)) return undefined;
  const { body, integratedTime, logIndex, logID } = payload;
  const canonicalizedBody = typeof body === 'string' ? strictBase64(body) : undefined;
  const logId = typeof logID === 'string' ? fromHex(logID) : undefined;
  const signedEntryTimestamp = strictBase64(promise);
  if (canonicalizedBody === undefined || logId === undefined || signedEntryTimestamp === undefined) return undefined;
  if (!isIndex(integratedTime) || !isIndex(logIndex)) return undefined;
  const parsed = parseStrictJson(canonicalizedBody);
  const inner = parsed.ok && isJsonObject(parsed.value) ? parsed.value : {};
  return {
    logIndex,
    logId,
    kind: shortText(inner['kind']),
    version: shortText(inner['apiVersion']),
    integratedTime,
    signedEntryTimestamp,
    canonicalizedBody,
  };
}

function shortText(value: unknown): string {
  return typeof value === 'string' ? excerpt(value) : '';
}

function isIndex(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function readTimestamp(text: string | undefined): Uint8Array | 'broken' | undefined {
  if (text === undefined) return undefined;
  const parsed = parseStrictJson(text);
  const encoded = parsed.ok && isJsonObject(parsed.value) ? parsed.value['SignedRFC3161Timestamp'] : undefined;
  return (typeof encoded === 'string' ? strictBase64(encoded) : undefined) ?? 'broken';
}

function broken(what: string): Stopped {
  return stopped(
    'unsupported-format',
    `The ${what} beside the signature cannot be read.`,
    'It was not written by a signing tool, or it was damaged. Sign the image again.',
  );
}
