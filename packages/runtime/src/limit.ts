/**
 * Reading and waiting with an end. Whatever comes from outside passes one of these, so that a peer can
 * neither fill the memory nor hold the program.
 */
import { open } from 'node:fs/promises';
import type { RuntimeFaultCode } from './errors.ts';
import { excerpt, Fault } from './fault.ts';

/** A limit on size, with the words a person needs when it is exceeded. */
export interface SizeLimit {
  /** The largest accepted size in bytes; one byte more is refused. */
  readonly bytes: number;
  /** What is being read, as it should appear in a sentence: `the manifest of registry/app:1`. */
  readonly what: string;
}

/** A limit on time, with the words a person needs when it is exceeded. */
export interface TimeLimit {
  /** Milliseconds until the work counts as failed. */
  readonly ms: number;
  /** What is being waited for, as it should appear in a sentence. */
  readonly what: string;
  /** Ends the wait early with its own reason, for instance because the program is stopping. */
  readonly signal?: AbortSignal;
}

/** Bytes in pieces: a Node stream, a web stream, or any generator of byte arrays. */
export type ByteSource = AsyncIterable<Uint8Array | string> | Iterable<Uint8Array>;

/**
 * Passes the pieces of `source` on until they exceed the limit.
 *
 * @throws Fault `too-large`, before the piece that exceeds is handed out; the source is then closed.
 */
export async function* boundedChunks(
  source: ByteSource,
  limit: SizeLimit,
): AsyncGenerator<Uint8Array, void, undefined> {
  let seen = 0;
  for await (const piece of source) {
    const chunk = typeof piece === 'string' ? Buffer.from(piece) : piece;
    seen += chunk.byteLength;
    if (seen > limit.bytes) throw tooLarge(limit);
    yield chunk;
  }
}

/**
 * Reads a whole stream into memory, never more than the limit.
 *
 * @throws Fault `too-large`; what the stream itself throws passes unchanged.
 *
 * @example
 * const body = await readBounded(request, { bytes: 1024 * 1024, what: 'the request body' });
 */
export async function readBounded(source: ByteSource, limit: SizeLimit): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of boundedChunks(source, limit)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/**
 * As {@link readBounded}, decoded as UTF-8; a byte order mark is dropped.
 *
 * @throws Fault `too-large`, `not-text`
 */
export async function readBoundedText(source: ByteSource, limit: SizeLimit): Promise<string> {
  return decodeText(await readBounded(source, limit), limit.what);
}

/**
 * Reads a file, never more than the limit, whatever its size claims to be (a pipe or `/dev/zero` has none).
 *
 * @throws Fault `file-unreadable`, `too-large`
 */
export async function readFileBounded(path: string, limit: SizeLimit): Promise<Buffer> {
  try {
    const file = await open(path, 'r');
    try {
      // Ends at limit + 1: one byte too many is enough to know, and a pipe is never read to its end.
      return await readBounded(file.createReadStream({ end: limit.bytes, autoClose: false }), limit);
    } finally {
      await file.close();
    }
  } catch (error) {
    if (error instanceof Fault) throw error;
    throw unreadable(path, limit.what, error);
  }
}

/**
 * Strict UTF-8, because a replacement character in a name or a signature is a different name or signature.
 *
 * @throws Fault `not-text`
 */
export function decodeText(bytes: Uint8Array, what: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new Fault<RuntimeFaultCode>({
      code: 'not-text',
      message: `${capital(what)} is not UTF-8 text.`,
      hint: 'Check that the right file or address was given; save text as UTF-8.',
      values: { what },
      cause,
    });
  }
}

/**
 * Refuses text that is longer than the limit once encoded as UTF-8.
 *
 * @throws Fault `too-large`
 */
export function boundedText(text: string, limit: SizeLimit): string {
  // A character takes at most three bytes per UTF-16 unit, so short text needs no counting.
  if (text.length * 3 <= limit.bytes || Buffer.byteLength(text) <= limit.bytes) return text;
  throw tooLarge(limit);
}

/**
 * Runs `work` and stops waiting after `ms`. Its signal is aborted then, so work that listens also stops.
 *
 * @throws Fault `deadline-exceeded`; the reason of `signal` when that one fires first; else what the work throws.
 *
 * @example
 * const manifest = await withDeadline((signal) => client.manifest(reference, { signal }), { ms: 5_000, what: 'the registry' });
 */
export async function withDeadline<T>(
  work: Promise<T> | ((signal: AbortSignal) => Promise<T> | T),
  limit: TimeLimit,
): Promise<T> {
  limit.signal?.throwIfAborted();
  const controller = new AbortController();
  const ended = Promise.withResolvers<never>();
  const timer = setTimeout(() => end(deadlineExceeded(limit)), limit.ms);
  const forward = () => end(limit.signal?.reason);
  function end(reason: unknown): void {
    ended.reject(reason);
    controller.abort(reason);
  }
  limit.signal?.addEventListener('abort', forward, { once: true });
  try {
    const running = Promise.resolve(typeof work === 'function' ? work(controller.signal) : work);
    return await Promise.race([ended.promise, running]);
  } finally {
    clearTimeout(timer);
    limit.signal?.removeEventListener('abort', forward);
  }
}

/** The fault for something larger than its limit; for readers that count for themselves. */
export function tooLarge(limit: SizeLimit): Fault<RuntimeFaultCode> {
  return new Fault<RuntimeFaultCode>({
    code: 'too-large',
    message: `${capital(limit.what)} is larger than the ${sizeInWords(limit.bytes)} allowed.`,
    hint: 'Check that the right thing was given; if it really is this large, it has to be split or made smaller.',
    values: { what: limit.what, limitBytes: limit.bytes },
  });
}

/** `1048576` as `1 MiB`, for messages; sizes that are not round keep their bytes. */
export function sizeInWords(bytes: number): string {
  const units = ['bytes', 'KiB', 'MiB', 'GiB'] as const;
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && value % 1024 === 0 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${value} ${units[unit]}`;
}

function deadlineExceeded(limit: TimeLimit): Fault<RuntimeFaultCode> {
  return new Fault<RuntimeFaultCode>({
    code: 'deadline-exceeded',
    message: `${capital(limit.what)} took longer than the ${limit.ms} ms allowed.`,
    hint: 'Check that the other side is reachable and not overloaded, then try again.',
    values: { what: limit.what, limitMs: limit.ms },
  });
}

function unreadable(path: string, what: string, cause: unknown): Fault<RuntimeFaultCode> {
  const reason = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown reason';
  return new Fault<RuntimeFaultCode>({
    code: 'file-unreadable',
    message: `${capital(what)} could not be read from ${excerpt(path, 200)} (${reason}).`,
    hint: 'Check that the file exists and that this user may read it.',
    values: { path: excerpt(path, 200), reason },
    cause,
  });
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
