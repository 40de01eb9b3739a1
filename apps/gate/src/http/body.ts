/** Bodies of requests, whole, within limits of size and of all of them together. */
import type { IncomingMessage } from 'node:http';

/** What came of reading. */
export type BodyReading =
  | { readonly state: 'read'; readonly bytes: Buffer }
  /** Larger than allowed; the rest was not read. */
  | { readonly state: 'too-large' }
  /** Other bodies fill the memory that is set aside for them. */
  | { readonly state: 'no-room' }
  /** The connection broke before the end. */
  | { readonly state: 'broken' };

/** Memory for bodies, shared by all requests. */
export interface BodyRoom {
  readonly bodyBytes: number;
  readonly bodiesBytes: number;
  /** A body up to this is read also while others fill the room: large ones that come slowly shall not keep usual reviews out. */
  readonly smallBytes: number;
  used: number;
}

/**
 * Reads a body. Room is taken for what has come, not for what is announced, so that a long `Content-Length` without a body costs
 * nobody else anything. The caller gives it back with `release` when it has let go of the bytes.
 */
export function readBody(
  request: IncomingMessage,
  room: BodyRoom,
): Promise<{ readonly body: BodyReading; readonly release: () => void }> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;
    let isDone = false;
    const release = (): void => {
      room.used -= size;
      size = 0;
    };
    const finish = (body: BodyReading): void => {
      if (isDone) return;
      isDone = true;
      resolve({ body, release });
    };
    if (Number(request.headers['content-length'] ?? 0) > room.bodyBytes) return finish({ state: 'too-large' });
    request.on('data', (chunk: Buffer) => {
      if (isDone) return;
      size += chunk.length;
      room.used += chunk.length;
      chunks.push(chunk);
      if (size > room.bodyBytes) finish({ state: 'too-large' });
      else if (room.used > room.bodiesBytes && size > room.smallBytes) finish({ state: 'no-room' });
    });
    request.on('end', () => {
      const [first] = chunks;
      finish({ state: 'read', bytes: chunks.length === 1 && first !== undefined ? first : Buffer.concat(chunks) });
    });
    request.on('error', () => finish({ state: 'broken' }));
    request.on('close', () => finish({ state: 'broken' }));
  });
}
