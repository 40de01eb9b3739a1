/** Bundle files beside blobs: what cosign 2 wrote (signature, key or certificate, log entry), or a sigstore bundle. */
import { sigstoreFault } from '../errors.ts';
import { strictBase64, toBase64 } from '../json/base64.ts';
import { goJson } from '../json/go-json.ts';
import { isJsonObject, parseStrictJson, smallDocument } from '../json/strict-json.ts';
import { logAnnotation } from '../simple-signing/layer.ts';
import type { LogEntry } from '../sign/services.ts';
import { parseBundle } from './bundle-parse.ts';
import type { ParsedBundle } from './bundle-parse.ts';

/** A bundle file that was read. */
export type BlobBundle =
  | { readonly format: 'bundle'; readonly bundle: ParsedBundle }
  | {
      readonly format: 'legacy';
      readonly signature: Uint8Array;
      /** PEM of a certificate or public key; absent where the signer gave none. */
      readonly verifier?: string;
      /** The log's answer as JSON text, in the form of the annotation of the tag format. */
      readonly rekorBundle?: string;
    };

/** Largest bundle file of a blob: certificates and a few log entries. */
export const blobBundleLimit = 8 * 1024 * 1024;

/** What a legacy bundle file holds. */
export interface LegacyBlobBundle {
  readonly signature: Uint8Array;
  /** PEM of the certificate or public key. */
  readonly verifier?: string;
  readonly logEntry?: LogEntry;
}

/** The bundle file of cosign 2. */
export function writeLegacyBlobBundle({ signature, verifier, logEntry }: LegacyBlobBundle): string {
  const cert = verifier === undefined ? undefined : toBase64(Buffer.from(verifier));
  const head = goJson({ base64Signature: toBase64(signature), cert });
  return logEntry === undefined ? head : `${head.slice(0, -1)},"rekorBundle":${logAnnotation(logEntry)}}`;
}

/**
 * Reads a bundle file of either generation; a `mediaType` decides.
 *
 * @throws Fault `bundle-invalid`, `bundle-version-unsupported`, `envelope-invalid`
 */
export function parseBlobBundle(bytes: Uint8Array): BlobBundle {
  if (bytes.length > blobBundleLimit)
    return { format: 'bundle', bundle: parseBundle(bytes, { limit: blobBundleLimit }) };
  const parsed = parseStrictJson(bytes, smallDocument);
  if (!parsed.ok) throw invalid(parsed.detail);
  if (!isJsonObject(parsed.value)) throw invalid('is not a JSON object');
  if ('mediaType' in parsed.value || 'media_type' in parsed.value) {
    return { format: 'bundle', bundle: parseBundle(bytes, { limit: blobBundleLimit }) };
  }
  const { base64Signature, cert, rekorBundle } = parsed.value;
  const signature = typeof base64Signature === 'string' ? strictBase64(base64Signature) : undefined;
  if (signature === undefined || signature.length === 0) throw invalid('has neither a mediaType nor a base64Signature');
  const verifier = readVerifier(cert);
  return {
    format: 'legacy',
    signature,
    ...(verifier === undefined ? {} : { verifier }),
    ...(isJsonObject(rekorBundle) ? { rekorBundle: JSON.stringify(rekorBundle) } : {}),
  };
}

// Some releases wrote the PEM itself instead of its base64.
function readVerifier(cert: unknown): string | undefined {
  if (cert === undefined || cert === null || cert === '') return undefined;
  if (typeof cert === 'string' && cert.startsWith('-----BEGIN ')) return cert;
  const pem = typeof cert === 'string' ? strictBase64(cert) : undefined;
  if (pem === undefined) throw invalid('has a cert that is neither base64 nor PEM');
  return Buffer.from(pem).toString('utf8');
}

function invalid(detail: string): Error {
  return sigstoreFault({
    code: 'bundle-invalid',
    message: `The bundle file ${detail}.`,
    hint: 'Pass the file that `sign-blob --bundle` wrote for this blob.',
    values: { detail },
  });
}
