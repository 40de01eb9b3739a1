/** Writing sigstore bundles of version 0.3, through the library that defines the format. */
import { Bundle as BundleMessage, HashAlgorithm } from '@sigstore/protobuf-specs';
import type { Bundle, TransparencyLogEntry } from '@sigstore/protobuf-specs';
import type { LogEntry } from '../sign/services.ts';
import { bundleMediaType } from './bundle-parse.ts';

/** What goes into a bundle. */
export interface BundleParts {
  readonly material:
    | { readonly kind: 'public-key'; readonly hint: string }
    /** DER of the leaf alone: version 0.3 has no chains. */
    | { readonly kind: 'certificate'; readonly der: Uint8Array };
  readonly content:
    | {
        readonly kind: 'envelope';
        readonly payloadType: string;
        readonly payload: Uint8Array;
        readonly signature: Uint8Array;
      }
    | {
        readonly kind: 'message';
        /** Left out for pure Ed25519, which hashes nothing beforehand. */
        readonly digest?: { readonly algorithm: 'sha256' | 'sha384' | 'sha512'; readonly value: Uint8Array };
        readonly signature: Uint8Array;
      };
  readonly logEntries?: readonly LogEntry[];
  /** DER TimeStampResp each. */
  readonly timestamps?: readonly Uint8Array[];
}

/** The bundle as compact JSON. */
export function writeBundle(parts: BundleParts): Uint8Array {
  const { material, timestamps = [] } = parts;
  const message: Bundle = {
    mediaType: bundleMediaType,
    verificationMaterial: {
      content:
        material.kind === 'public-key'
          ? { $case: 'publicKey', publicKey: { hint: material.hint } }
          : { $case: 'certificate', certificate: { rawBytes: Buffer.from(material.der) } },
      tlogEntries: (parts.logEntries ?? []).map(logEntryMessage),
      timestampVerificationData:
        timestamps.length === 0
          ? undefined
          : { rfc3161Timestamps: timestamps.map((bytes) => ({ signedTimestamp: Buffer.from(bytes) })) },
    },
    content: contentMessage(parts.content),
  };
  return Buffer.from(JSON.stringify(BundleMessage.toJSON(message)));
}

const hashes = {
  sha256: HashAlgorithm.SHA2_256,
  sha384: HashAlgorithm.SHA2_384,
  sha512: HashAlgorithm.SHA2_512,
} as const;

function contentMessage(content: BundleParts['content']): Bundle['content'] {
  const signature = Buffer.from(content.signature);
  if (content.kind === 'envelope') {
    const { payloadType, payload } = content;
    const signatures = [{ sig: signature, keyid: '' }];
    return { $case: 'dsseEnvelope', dsseEnvelope: { payloadType, payload: Buffer.from(payload), signatures } };
  }
  const { digest } = content;
  const messageDigest =
    digest === undefined ? undefined : { algorithm: hashes[digest.algorithm], digest: Buffer.from(digest.value) };
  return { $case: 'messageSignature', messageSignature: { messageDigest, signature } };
}

function logEntryMessage(entry: LogEntry): TransparencyLogEntry {
  const { inclusionProof: proof } = entry;
  return {
    logIndex: String(entry.logIndex),
    logId: { keyId: Buffer.from(entry.logId) },
    kindVersion: { kind: entry.kind, version: entry.version },
    integratedTime: String(entry.integratedTime ?? 0),
    inclusionPromise:
      entry.signedEntryTimestamp === undefined
        ? undefined
        : { signedEntryTimestamp: Buffer.from(entry.signedEntryTimestamp) },
    inclusionProof:
      proof === undefined
        ? undefined
        : {
            logIndex: String(proof.logIndex),
            treeSize: String(proof.treeSize),
            rootHash: Buffer.from(proof.rootHash),
            hashes: proof.hashes.map((hash) => Buffer.from(hash)),
            checkpoint: { envelope: proof.checkpoint },
          },
    canonicalizedBody: Buffer.from(entry.canonicalizedBody),
  };
}
