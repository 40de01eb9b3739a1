/** Writing blobs: distribution-spec "Pushing blobs". An upload that fails is repeated as a whole. */
import { isFault } from '@pratique/runtime/fault';
import { ociFault } from '../errors.ts';
import type { OciFaultCode } from '../errors.ts';
import type { BlobWrite, Waiting } from '../store.ts';
import { scopeOf } from './challenge.ts';
import type { ExchangeAnswer } from './exchange.ts';
import { sameOrigin } from './link.ts';
import type { Ask, Place, Session } from './session.ts';

/** In which requests the bytes travel. */
type Form = 'one-put' | 'one-patch' | 'chunks';

/** Size of a chunk for proxies that limit bodies: nginx lets 1 MiB through unless told otherwise. */
const chunkBytes = 1024 * 1024;
/** The largest chunk a registry may ask for; it is held in memory. */
const largestChunk = 16 * 1024 * 1024;

/** After these, a registry may still take the bytes in another form. */
const otherForm: readonly OciFaultCode[] = [
  'registry-refused',
  'registry-unsupported',
  'image-not-found',
  'registry-repository-unknown',
];

/** Mounts or uploads; the caller has asked whether the blob is there. */
export async function uploadBlob(
  session: Session,
  place: Place,
  write: BlobWrite,
  waiting?: Waiting,
): Promise<'written' | 'mounted'> {
  let form: Form = 'one-put';
  return session.retrying(async () => {
    for (;;) {
      const begun = await begin(session, place, write, waiting);
      if (begun === 'mounted') return 'mounted';
      try {
        await send(session, place, { write, form, begun, waiting });
        return 'written';
      } catch (error) {
        await cancel(session, place, begun.location, waiting);
        const next = nextForm(form, error);
        if (next === undefined) throw error;
        form = next;
      }
    }
  }, waiting ?? {});
}

/**
 * Starts an upload and cancels it: proves the right to push before anything is done that cannot be taken back.
 *
 * @throws Fault as the registry refuses
 */
export async function checkUpload(session: Session, place: Place, waiting?: Waiting): Promise<void> {
  const answer = await session.send(place, { ...postUpload(place), ...waiting });
  answer.drop();
  await cancel(session, place, locationOf(answer), waiting);
}

interface Begun {
  readonly location: URL;
  /** The smallest chunk the registry takes, except for the last. */
  readonly least: number;
}

async function begin(session: Session, place: Place, write: BlobWrite, waiting?: Waiting): Promise<Begun | 'mounted'> {
  const answer = await session.send(place, { ...postUpload(place, write), ...waiting, attempts: 1 });
  answer.drop();
  if (answer.status === 201) return 'mounted';
  const least = Number(answer.headers['oci-chunk-min-length'] ?? 0);
  return { location: locationOf(answer), least: Number.isSafeInteger(least) ? least : 0 };
}

function postUpload(place: Place, write?: BlobWrite): Ask {
  const from = write?.mountFrom;
  const mount =
    from === undefined || write === undefined
      ? ''
      : `?${new URLSearchParams({ mount: write.digest, from }).toString()}`;
  return {
    method: 'POST',
    path: `blobs/uploads/${mount}`,
    headers: { 'content-length': '0' },
    action: 'write',
    scopes: from === undefined ? [] : [scopeOf(from, ['pull'])],
    what: write === undefined ? `an upload to ${place.repository}` : `the blob ${write.digest}`,
    accepts: mount === '' ? [202] : [201, 202],
  };
}

interface Sending {
  readonly write: BlobWrite;
  readonly form: Form;
  readonly begun: Begun;
  readonly waiting: Waiting | undefined;
}

async function send(session: Session, place: Place, sending: Sending): Promise<void> {
  const { write, form, begun } = sending;
  if (form === 'one-put')
    return put(session, place, sending, { location: begun.location, body: { open: write.open, size: write.size } });
  const size = form === 'chunks' ? Math.min(largestChunk, Math.max(chunkBytes, begun.least)) : Infinity;
  const pieces = size === Infinity ? [{ open: write.open, size: write.size }] : chunksOf(write, size);
  let { location } = begun;
  let sent = 0;
  for await (const piece of pieces) {
    location = await patch(session, place, sending, { location, piece, from: sent });
    sent += piece.size;
  }
  return put(session, place, sending, { location });
}

type Body = NonNullable<Ask['body']>;

async function put(
  session: Session,
  place: Place,
  sending: Sending,
  request: { location: URL; body?: Body },
): Promise<void> {
  const { digest } = sending.write;
  const url = new URL(request.location);
  // The address may already carry a query, which has to stay as it is.
  url.search = `${url.search === '' ? '?' : `${url.search}&`}digest=${encodeURIComponent(digest)}`;
  const answer = await session.send(place, {
    method: 'PUT',
    path: url,
    headers: request.body === undefined ? { 'content-length': '0' } : { 'content-type': 'application/octet-stream' },
    body: request.body,
    ...asks(sending),
    accepts: [201, 202, 204],
  });
  answer.drop();
}

async function patch(
  session: Session,
  place: Place,
  sending: Sending,
  request: { location: URL; piece: Body; from: number },
): Promise<URL> {
  const { piece, from } = request;
  const answer = await session.send(place, {
    method: 'PATCH',
    path: request.location,
    headers: {
      'content-type': 'application/octet-stream',
      ...(piece.size === 0 ? { 'content-length': '0' } : { 'content-range': `${from}-${from + piece.size - 1}` }),
    },
    body: piece.size === 0 ? undefined : piece,
    ...asks(sending),
    accepts: [202, 204],
  });
  answer.drop();
  return answer.headers.location === undefined ? request.location : locationOf(answer);
}

/** What all requests of one upload have in common; each is tried once, for the upload is repeated as a whole. */
function asks({ write, waiting }: Sending): Pick<Ask, 'action' | 'what' | 'attempts' | 'signal'> {
  return { action: 'write', what: `the blob ${write.digest}`, attempts: 1, signal: waiting?.signal };
}

async function* chunksOf(write: BlobWrite, size: number): AsyncGenerator<Body, void, undefined> {
  let held: Uint8Array[] = [];
  let length = 0;
  for await (const piece of write.open()) {
    for (let at = 0; at < piece.byteLength;) {
      const part = piece.subarray(at, at + size - length);
      held.push(part);
      length += part.byteLength;
      at += part.byteLength;
      if (length < size) continue;
      yield bodyFrom(held);
      [held, length] = [[], 0];
    }
  }
  if (length > 0) yield bodyFrom(held);
}

function bodyFrom(pieces: readonly Uint8Array[]): Body {
  const bytes = Buffer.concat(pieces);
  return { open: () => [bytes], size: bytes.byteLength };
}

function nextForm(form: Form, error: unknown): Form | undefined {
  if (!isFault<OciFaultCode>(error)) return undefined;
  if (error.code === 'registry-refuses-size') return form === 'chunks' ? undefined : 'chunks';
  return form === 'one-put' && otherForm.includes(error.code) ? 'one-patch' : undefined;
}

/** A courtesy: the registry would drop what is unfinished by itself some time. */
async function cancel(session: Session, place: Place, location: URL, waiting?: Waiting): Promise<void> {
  try {
    const accepts = [200, 202, 204, 404, 405];
    const what = 'an unfinished upload';
    const answer = await session.send(place, {
      method: 'DELETE',
      path: location,
      action: 'write',
      what,
      accepts,
      attempts: 1,
      ...waiting,
    });
    answer.drop();
  } catch (error) {
    waiting?.signal?.throwIfAborted();
    if (!isFault(error)) throw error;
  }
}

function locationOf(answer: ExchangeAnswer): URL {
  const { location } = answer.headers;
  if (location !== undefined && URL.canParse(location, answer.url.href)) {
    const url = sameOrigin(new URL(location, answer.url), answer.url);
    if (url.protocol === 'https:' || (url.protocol === 'http:' && answer.url.protocol === 'http:')) return url;
  }
  throw ociFault({
    code: 'registry-answer-invalid',
    message: `The registry ${answer.url.host} gave no usable address for an upload.`,
    hint: 'Ask its operator to check its address settings (external URL, X-Forwarded-Proto of its proxy).',
    values: { host: answer.url.host },
  });
}
