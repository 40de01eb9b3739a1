/** Digests of content: image-spec "Digests". A digest is `algorithm:hex`, lower case. */
import { createHash } from 'node:crypto';
import type { Hash } from 'node:crypto';
import { excerpt } from '@pratique/runtime/fault';
import { ociFault } from './errors.ts';

/** Algorithms that are read; new content is always addressed by sha256. */
export type DigestAlgorithm = 'sha256' | 'sha512';

/** Digits of each algorithm; image-spec "Registered algorithms". */
const hexLengths: Readonly<Record<DigestAlgorithm, number>> = { sha256: 64, sha512: 128 };

/** A digest taken apart; `hex` holds only `0-9a-f`, so it is safe as a file name. */
export interface ParsedDigest {
  readonly algorithm: DigestAlgorithm;
  readonly hex: string;
}

/** The `sha256:…` digest of bytes, or of the UTF-8 bytes of a text. */
export function digestOf(bytes: Uint8Array | string, algorithm: DigestAlgorithm = 'sha256'): string {
  return `${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}`;
}

/** Whether `text` is a digest this package can check. */
export function isDigest(text: string): boolean {
  return takeApart(text) !== undefined;
}

/**
 * Takes a digest apart.
 *
 * @throws Fault `digest-invalid`
 */
export function parseDigest(text: string): ParsedDigest {
  const parsed = takeApart(text);
  if (parsed !== undefined) return parsed;
  throw ociFault({
    code: 'digest-invalid',
    message: `“${excerpt(text, 140)}” is not a digest.`,
    hint: 'A digest is sha256: and 64, or sha512: and 128, digits 0-9a-f in lower case.',
    values: { digest: excerpt(text, 140) },
  });
}

/** What content must be: its digest and its size in bytes. */
export interface Expected {
  readonly digest: string;
  readonly size: number;
}

/**
 * Refuses bytes that are not what was promised.
 *
 * @param from Where they came from, for the message: `registry.example.com/team/app`.
 * @throws Fault `content-mismatch`, `digest-invalid`
 */
export function checkBytes(bytes: Uint8Array, expected: Partial<Expected> & { digest: string }, from: string): void {
  if (expected.size !== undefined && bytes.byteLength !== expected.size)
    throw mismatch(expected, from, `${bytes.byteLength} bytes instead of ${expected.size}`);
  const actual = digestOf(bytes, parseDigest(expected.digest).algorithm);
  if (actual !== expected.digest) throw mismatch(expected, from, `digest ${actual}`);
}

/**
 * Passes the pieces of `source` on while it counts and hashes them. The last piece is handed out only when size and
 * digest agree, so a reader that waits for the end never holds complete content that is wrong; a piece that exceeds the
 * promised size is not handed out at all, and no more is read.
 *
 * @throws Fault `content-mismatch`, `digest-invalid`; what the source throws passes unchanged.
 */
export async function* checkedChunks(
  source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  expected: Expected,
  from: string,
): AsyncGenerator<Uint8Array, void, undefined> {
  const hash: Hash = createHash(parseDigest(expected.digest).algorithm);
  let seen = 0;
  let held: Uint8Array | undefined;
  for await (const chunk of source) {
    if (chunk.byteLength === 0) continue;
    seen += chunk.byteLength;
    if (seen > expected.size) throw mismatch(expected, from, `more than ${expected.size} bytes`);
    hash.update(chunk);
    if (held !== undefined) yield held;
    held = chunk;
  }
  if (seen !== expected.size) throw mismatch(expected, from, `${seen} bytes instead of ${expected.size}`);
  const actual = `${expected.digest.slice(0, expected.digest.indexOf(':'))}:${hash.digest('hex')}`;
  if (actual !== expected.digest) throw mismatch(expected, from, `digest ${actual}`);
  if (held !== undefined) yield held;
}

/**
 * Reads checked content whole.
 *
 * @param limit The most bytes that are kept, whatever the descriptor says.
 * @throws Fault `content-too-large` before anything is read, and as {@link checkedChunks}
 */
export async function readChecked(
  source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  expected: Expected,
  options: { readonly from: string; readonly limit: number },
): Promise<Buffer> {
  if (expected.size > options.limit) throw contentTooLarge(expected.digest, options);
  const chunks: Uint8Array[] = [];
  for await (const chunk of checkedChunks(source, expected, options.from)) chunks.push(chunk);
  return Buffer.concat(chunks, expected.size);
}

/** The fault for content beyond a limit; `what` is its digest or name. */
export function contentTooLarge(what: string, options: { readonly from: string; readonly limit: number }): Error {
  return ociFault({
    code: 'content-too-large',
    message: `${what} from ${options.from} is larger than the ${options.limit} bytes that are read of it.`,
    hint: 'Check that the name points at what you mean; content of this kind is never that large.',
    values: { what, from: options.from, limit: options.limit },
  });
}

function takeApart(text: string): ParsedDigest | undefined {
  const colon = text.indexOf(':');
  const algorithm = text.slice(0, Math.max(0, colon));
  const hex = text.slice(colon + 1);
  if (algorithm !== 'sha256' && algorithm !== 'sha512') return undefined;
  return hex.length === hexLengths[algorithm] && /^[0-9a-f]+$/.test(hex) ? { algorithm, hex } : undefined;
}

function mismatch(expected: { digest: string }, from: string, found: string): Error {
  return ociFault({
    code: 'content-mismatch',
    message: `${expected.digest} from ${from} is not what it should be: ${found}.`,
    hint: 'The transfer was cut or the content was changed. Try again; if it stays so, the store or a proxy before it is broken.',
    values: { digest: expected.digest, from, found },
  });
}
