/** Reading a sigstore bundle: tolerant in spelling, strict in meaning. */
import { excerpt } from '@pratique/runtime/fault';
import { sizeInWords } from '@pratique/runtime/limit';
import { sigstoreFault } from '../errors.ts';
import { tolerantBase64, toBase64 } from '../json/base64.ts';
import { parseStrictJson, smallDocument } from '../json/strict-json.ts';
import type { LogEntry, LogInclusionProof } from '../sign/services.ts';
import { attachmentLimit } from '../simple-signing/manifest.ts';
import { invalidBundle, readBundleJson } from './bundle-json.ts';
import type { BundleJson, LogEntryJson } from './bundle-json.ts';
import { readEnvelope } from './dsse.ts';
import type { Envelope } from './dsse.ts';

/** Media type of the bundles written here, of their layer and of the manifest that carries them. */
export const bundleMediaType = 'application/vnd.dev.sigstore.bundle.v0.3+json';

/** How every media type of a bundle begins. */
export const bundleMediaTypePrefix = 'application/vnd.dev.sigstore.bundle';

/** Versions of the format that exist. */
export type BundleVersion = '0.1' | '0.2' | '0.3';

const versions: Readonly<Record<string, BundleVersion>> = {
  [`${bundleMediaTypePrefix}+json;version=0.1`]: '0.1',
  [`${bundleMediaTypePrefix}+json;version=0.2`]: '0.2',
  [`${bundleMediaTypePrefix}+json;version=0.3`]: '0.3',
  [bundleMediaType]: '0.3',
};

/** Versions that images are signed with; older ones appear beside files only. */
export const imageBundleVersions: readonly BundleVersion[] = ['0.3'];

/** What verifies the signature. */
export type BundleMaterial =
  /** `hint` is base64 of the SHA-256 of the key, by custom; it proves nothing. */
  | { readonly kind: 'public-key'; readonly hint: string }
  /** DER, the leaf first; more than one only before version 0.3. */
  | { readonly kind: 'certificate'; readonly certificates: readonly [Uint8Array, ...Uint8Array[]] };

/** What is signed. */
export type BundleContent =
  | { readonly kind: 'envelope'; readonly envelope: Envelope }
  | {
      readonly kind: 'message';
      /** Absent for pure Ed25519. */
      readonly digest?: { readonly algorithm: 'sha256' | 'sha384' | 'sha512'; readonly value: Uint8Array };
      readonly signature: Uint8Array;
    };

/** A bundle that was read. */
export interface ParsedBundle {
  readonly version: BundleVersion;
  readonly mediaType: string;
  readonly material: BundleMaterial;
  readonly content: BundleContent;
  readonly logEntries: readonly LogEntry[];
  /** DER TimeStampResp each. */
  readonly timestamps: readonly Uint8Array[];
}

/** What is accepted. */
export interface BundleExpectations {
  /** @default all */
  readonly versions?: readonly BundleVersion[];
  /** Largest size in bytes. @default 128 MiB */
  readonly limit?: number;
}

/**
 * Reads a bundle.
 *
 * @throws Fault `bundle-invalid`, `bundle-version-unsupported`, `envelope-invalid`
 */
export function parseBundle(bytes: Uint8Array, expectations: BundleExpectations = {}): ParsedBundle {
  const limit = expectations.limit ?? attachmentLimit;
  if (bytes.length > limit) throw invalidBundle(`is larger than ${sizeInWords(limit)}`);
  const parsed = parseStrictJson(bytes, smallDocument);
  if (!parsed.ok) throw invalidBundle(parsed.detail);
  const json = readBundleJson(parsed.value);
  const version = versionOf(json.mediaType, expectations.versions);
  const logEntries = readLogEntries(json, version);
  return {
    version,
    mediaType: json.mediaType,
    material: readMaterial(json, version),
    content: readContent(json),
    logEntries,
    timestamps: (json.verificationMaterial.timestampVerificationData?.rfc3161Timestamps ?? []).map((timestamp) =>
      full(timestamp.signedTimestamp, 'a timestamp'),
    ),
  };
}

function versionOf(mediaType: string, accepted?: readonly BundleVersion[]): BundleVersion {
  const version = Object.hasOwn(versions, mediaType) ? versions[mediaType] : undefined;
  if (version !== undefined && accepted?.includes(version) !== false) return version;
  if (!mediaType.startsWith(bundleMediaTypePrefix)) {
    throw invalidBundle(`has the media type ${excerpt(mediaType)}, which is none of a bundle`);
  }
  throw sigstoreFault({
    code: 'bundle-version-unsupported',
    message: `The sigstore bundle is of the version ${excerpt(mediaType)}, which is not read here.`,
    hint: `Versions read here: ${(accepted ?? ['0.1', '0.2', '0.3']).join(', ')}. Sign again with a current tool.`,
    values: { mediaType: excerpt(mediaType) },
  });
}

function readMaterial({ verificationMaterial }: BundleJson, version: BundleVersion): BundleMaterial {
  const { publicKey, certificate, x509CertificateChain: chain } = verificationMaterial;
  const given = [publicKey, certificate, chain].filter((material) => material !== undefined).length;
  if (given !== 1) throw invalidBundle(`names ${given} kinds of key or certificate instead of one`);
  if (publicKey !== undefined) return { kind: 'public-key', hint: publicKey.hint ?? '' };
  if (chain !== undefined && version === '0.3') {
    throw invalidBundle('holds a certificate chain, which version 0.3 forbids');
  }
  const [leaf, ...others] = (chain?.certificates ?? (certificate === undefined ? [] : [certificate])).map(
    ({ rawBytes }) => full(rawBytes, 'a certificate'),
  );
  if (leaf === undefined) throw invalidBundle('holds no certificate');
  return { kind: 'certificate', certificates: [leaf, ...others] };
}

function readContent({ dsseEnvelope, messageSignature }: BundleJson): BundleContent {
  if ((dsseEnvelope === undefined) === (messageSignature === undefined)) {
    throw invalidBundle('does not hold exactly one of an envelope and a message signature');
  }
  if (dsseEnvelope !== undefined) {
    if (dsseEnvelope.signatures.length !== 1) {
      throw invalidBundle(`holds an envelope with ${dsseEnvelope.signatures.length} signatures instead of one`);
    }
    full(dsseEnvelope.payload, 'a payload');
    return { kind: 'envelope', envelope: readEnvelope(dsseEnvelope) };
  }
  const signature = full(messageSignature?.signature ?? '', 'a signature');
  const digest = readDigest(messageSignature?.messageDigest);
  return { kind: 'message', signature, ...(digest === undefined ? {} : { digest }) };
}

const digests: Readonly<Record<string, { readonly name: 'sha256' | 'sha384' | 'sha512'; readonly length: number }>> = {
  SHA2_256: { name: 'sha256', length: 32 },
  SHA2_384: { name: 'sha384', length: 48 },
  SHA2_512: { name: 'sha512', length: 64 },
};

type MessageDigest = NonNullable<BundleJson['messageSignature']>['messageDigest'];

function readDigest(given: MessageDigest): Extract<BundleContent, { kind: 'message' }>['digest'] {
  const { algorithm = '', digest = '' } = given ?? {};
  if (digest === '' && (algorithm === '' || algorithm === 'HASH_ALGORITHM_UNSPECIFIED')) return undefined;
  const known = Object.hasOwn(digests, algorithm) ? digests[algorithm] : undefined;
  if (known === undefined) throw invalidBundle(`names the hash ${excerpt(algorithm, 40)}, which is not known`);
  const value = full(digest, 'a digest');
  if (value.length !== known.length) throw invalidBundle(`holds a digest of ${value.length} bytes for ${algorithm}`);
  return { algorithm: known.name, value };
}

function readLogEntries({ verificationMaterial }: BundleJson, version: BundleVersion): readonly LogEntry[] {
  const entries = (verificationMaterial.tlogEntries ?? []).map((entry) => readLogEntry(entry, version));
  const places = new Set(entries.map((entry) => `${toBase64(entry.logId)} ${entry.logIndex}`));
  if (places.size !== entries.length) throw invalidBundle('holds the same log entry twice');
  return entries;
}

function readLogEntry(entry: LogEntryJson, version: BundleVersion): LogEntry {
  const promise = entry.inclusionPromise?.signedEntryTimestamp ?? '';
  const proof = entry.inclusionProof === undefined ? undefined : readProof(entry.inclusionProof);
  if (version === '0.1' && promise === '') throw invalidBundle('holds a log entry without the promise of version 0.1');
  if (version !== '0.1' && (proof === undefined || proof.checkpoint === '')) {
    throw invalidBundle('holds a log entry without an inclusion proof and its checkpoint');
  }
  const time = whole(entry.integratedTime);
  return {
    logIndex: whole(entry.logIndex),
    logId: full(entry.logId.keyId, 'a log id'),
    kind: entry.kindVersion.kind,
    version: entry.kindVersion.version,
    ...(time === 0 ? {} : { integratedTime: time }),
    ...(promise === '' ? {} : { signedEntryTimestamp: full(promise, 'a promise') }),
    ...(proof === undefined ? {} : { inclusionProof: proof }),
    canonicalizedBody: full(entry.canonicalizedBody ?? '', 'a log entry'),
  };
}

function readProof(proof: NonNullable<LogEntryJson['inclusionProof']>): LogInclusionProof {
  return {
    logIndex: whole(proof.logIndex),
    treeSize: whole(proof.treeSize),
    rootHash: full(proof.rootHash ?? '', 'a root hash'),
    hashes: (proof.hashes ?? []).map((hash) => full(hash, 'a proof hash')),
    checkpoint: proof.checkpoint?.envelope ?? '',
  };
}

function whole(value: string | number | undefined): number {
  const number = Number(value ?? 0);
  if (!Number.isSafeInteger(number))
    throw invalidBundle(`holds the number ${excerpt(String(value), 40)}, which is too large`);
  return number;
}

/** Bytes that must be there: an empty signature or certificate is none. */
function full(text: string, what: string): Uint8Array {
  const bytes = tolerantBase64(text);
  if (bytes === undefined) throw invalidBundle(`holds ${what} that is not base64`);
  if (bytes.length === 0) throw invalidBundle(`holds ${what} that is empty`);
  return bytes;
}
