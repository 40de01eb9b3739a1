/**
 * Checkpoints: the head of a log as a signed note. Format: the C2SP documents "tlog-checkpoint" and "signed-note".
 */
import { strictBase64 } from '../json/base64.ts';
import { checkSignature } from '../keys/algorithms.ts';
import type { SignatureScheme } from '../keys/algorithms.ts';
import type { PublicKey } from '../keys/public-key.ts';
import { hostOf } from '../trust/trust-material.ts';
import type { TrustedLog } from '../trust/trust-material.ts';
import { sameBytes } from './bytes.ts';

/** A signature line of a note. */
export interface NoteSignature {
  readonly name: string;
  /** Four bytes that hint at the key. */
  readonly keyHash: Uint8Array;
  readonly signature: Uint8Array;
}

/** The head of a log. */
export interface Checkpoint {
  readonly origin: string;
  readonly treeSize: number;
  readonly rootHash: Uint8Array;
  /** What is signed, to the line feed before the blank line. */
  readonly signedText: string;
  readonly signatures: readonly NoteSignature[];
}

// A checkpoint with 16 witnesses takes about 2 KiB.
const checkpointLimit = 64 * 1024;
const signatureLimit = 64;
const line = /^\u2014 (\S{1,300}) (\S{1,4000})$/;

/** Reads a checkpoint, or says undefined where the text is none in every detail. */
export function parseCheckpoint(text: string): Checkpoint | undefined {
  const separator = text.length > checkpointLimit ? -1 : text.indexOf('\n\n');
  if (separator < 0 || !text.endsWith('\n')) return undefined;
  const signedText = text.slice(0, separator + 1);
  const [origin = '', size = '', root = ''] = signedText.split('\n');
  const rootHash = strictBase64(root);
  const treeSize = /^(?:0|[1-9]\d{0,15})$/.test(size) ? Number(size) : Number.NaN;
  const signatures = text
    .slice(separator + 2, -1)
    .split('\n')
    .map(signatureLine);
  if (origin === '' || rootHash?.length !== 32 || !Number.isSafeInteger(treeSize)) return undefined;
  if (signatures.length > signatureLimit || !signatures.every((signature) => signature !== undefined)) return undefined;
  return { origin, treeSize, rootHash, signedText, signatures };
}

/**
 * Whether the log itself signed the checkpoint; signatures of witnesses are not asked for. Rekor 1 writes
 * `<host> - <tree id>` and signs as `<host>`; Rekor 2 writes and signs as the host name of its address.
 */
export function isSignedBy(checkpoint: Checkpoint, log: TrustedLog): boolean {
  const name = signingName(checkpoint.origin, log);
  if (name === undefined) return false;
  const keyHash = (log.checkpointKeyId ?? log.logId).subarray(0, 4);
  const message = Buffer.from(checkpoint.signedText);
  return checkpoint.signatures.some(
    (line) =>
      line.name === name &&
      sameBytes(line.keyHash, keyHash) &&
      checkSignature({
        publicKey: log.key,
        message,
        signature: line.signature,
        schemes: logSchemes(log.key),
      }) !== undefined,
  );
}

/** The one scheme a log signs with: its curve's own digest, RSA with SHA-256, pure Ed25519. */
export function logSchemes(key: PublicKey): readonly SignatureScheme[] {
  switch (key.algorithm.kind) {
    case 'ec': {
      const digest = ({ 'P-256': 'sha256', 'P-384': 'sha384', 'P-521': 'sha512' } as const)[key.algorithm.curve];
      return [{ kind: 'ecdsa', digest }];
    }
    case 'rsa':
      return [{ kind: 'rsa-pkcs1', digest: 'sha256' }];
    case 'ed25519':
      return [{ kind: 'ed25519' }];
  }
}

/** The name the log's own signature line must have; undefined where the origin is not the log's. */
function signingName(origin: string, log: TrustedLog): string | undefined {
  const first = /^(\S+) - \d+$/.exec(origin)?.[1];
  if (first !== undefined) return first;
  const host = hostOf(log.baseUrl);
  const isOwn = host === undefined || origin === host || origin === host.replace(/:\d+$/, '');
  return isOwn ? origin : undefined;
}

function signatureLine(text: string): NoteSignature | undefined {
  const match = line.exec(text);
  const bytes = strictBase64(match?.[2] ?? '');
  if (match === null || bytes === undefined || bytes.length < 5) return undefined;
  return { name: match[1]!, keyHash: bytes.subarray(0, 4), signature: bytes.subarray(4) };
}
