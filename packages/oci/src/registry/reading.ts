/** Reading from one registry: manifests and blobs. Mirrors are read with the same functions. */
import { checkBytes, checkedChunks, contentTooLarge, digestOf, isDigest } from '../digest.ts';
import { ociFault } from '../errors.ts';
import { indexBytes } from '../limits.ts';
import { parseManifest } from '../manifest.ts';
import type { Descriptor } from '../manifest.ts';
import { bareMediaType, isImageManifestType, isIndexType, manifestTypes } from '../media-types.ts';
import { parseTarget } from '../store-checks.ts';
import type { StoredManifest, Waiting } from '../store.ts';
import { readAnswer } from './exchange.ts';
import type { ExchangeAnswer } from './exchange.ts';
import { mayPass, pauseAfter } from './retry.ts';
import type { Ask, Place, Session } from './session.ts';
import { readWireBody } from './wire-body.ts';

const accept = manifestTypes.join(', ');

/** `registry.example.com/team/app`, for messages. */
export function nameOf(place: Place): string {
  return `${place.owner.host}/${place.repository}`;
}

/** The manifest behind a tag or digest; undefined only where the registry itself says that there is none. */
export async function readManifestAt(
  session: Session,
  place: Place,
  tagOrDigest: string,
  waiting?: Waiting & { readonly attempts?: number },
): Promise<StoredManifest | undefined> {
  const ask = manifestAsk('GET', place, tagOrDigest, waiting);
  // The body belongs to the request: one that breaks off is asked for again.
  return session.retrying(async () => {
    const answer = await session.send(place, { ...ask, attempts: 1 });
    if (answer.status === 404) return confirmAbsent(session, place, ask, answer);
    const length = Number(answer.headers['content-length'] ?? 0);
    if (length > indexBytes) {
      answer.drop();
      throw contentTooLarge(ask.what, { from: place.owner.host, limit: indexBytes });
    }
    return storedFrom(await readAnswer(answer, indexBytes), { answer, place, tagOrDigest, what: ask.what });
  }, waiting ?? {});
}

/** The descriptor behind a tag or digest, with one HEAD where the registry answers it fully. */
export async function resolveAt(
  session: Session,
  place: Place,
  tagOrDigest: string,
  waiting?: Waiting & { readonly attempts?: number },
): Promise<Descriptor | undefined> {
  const ask = manifestAsk('HEAD', place, tagOrDigest, waiting);
  const answer = await session.send(place, { ...ask, accepts: [200, 404, 405, 400, 501] });
  answer.drop();
  if (answer.status === 404 && speaksRegistry(answer)) return undefined;
  const described = answer.status === 200 ? describedBy(answer, tagOrDigest) : undefined;
  // HEAD without digest, length or type, or not answered at all: then the manifest itself has to say.
  return described ?? (await readManifestAt(session, place, tagOrDigest, waiting))?.descriptor;
}

/** Whether a blob is there. */
export async function hasBlobAt(session: Session, place: Place, digest: string, waiting?: Waiting): Promise<boolean> {
  const ask = blobAsk('HEAD', place, digest, waiting);
  const answer = await session.send(place, { ...ask, accepts: [200, 404] });
  answer.drop();
  return answer.status === 200;
}

/** The checked pieces of a blob; a connection that breaks is taken up again where it broke. */
export async function readBlobAt(
  session: Session,
  place: Place,
  descriptor: Pick<Descriptor, 'digest' | 'size'>,
  waiting?: Waiting & { readonly attempts?: number },
): Promise<AsyncIterable<Uint8Array> | undefined> {
  const ask = blobAsk('GET', place, descriptor.digest, waiting);
  const first = await session.send(place, ask);
  if (first.status === 404) return confirmAbsent(session, place, ask, first);
  return checkedChunks(resumable(session, place, ask, first), descriptor, nameOf(place));
}

function manifestAsk(
  method: 'GET' | 'HEAD',
  place: Place,
  tagOrDigest: string,
  waiting?: Waiting & { readonly attempts?: number },
): Ask {
  parseTarget(tagOrDigest);
  const separator = isDigest(tagOrDigest) ? '@' : ':';
  return {
    method,
    path: `manifests/${tagOrDigest}`,
    headers: { accept },
    action: 'read',
    what: `the manifest of ${nameOf(place)}${separator}${tagOrDigest}`,
    accepts: [200, 404],
    ...waiting,
  };
}

function blobAsk(
  method: 'GET' | 'HEAD',
  place: Place,
  digest: string,
  waiting?: Waiting & { readonly attempts?: number },
): Ask {
  if (!isDigest(digest)) parseTarget(`not a digest: ${digest}`);
  const what = `the blob ${digest} of ${nameOf(place)}`;
  return { method, path: `blobs/${digest}`, action: 'read', what, accepts: [200, 404], streams: true, ...waiting };
}

/** A registry's own 404 says “none”; a web page with that status says only that no registry was reached. */
export async function confirmAbsent(
  session: Session,
  place: Place,
  ask: Ask,
  answer: ExchangeAnswer,
): Promise<undefined> {
  if (speaksRegistry(answer)) {
    answer.drop();
    return undefined;
  }
  const body = await readAnswer(answer, 64 * 1024);
  if (readWireBody(body).kind === 'registry' || body.byteLength === 0) return undefined;
  throw await session.refuse(place, ask, { ...answer, body: [body] as unknown as AsyncIterable<Uint8Array> });
}

function speaksRegistry(answer: ExchangeAnswer): boolean {
  return answer.headers['docker-distribution-api-version'] !== undefined;
}

interface ManifestAnswer {
  readonly answer: ExchangeAnswer;
  readonly place: Place;
  readonly tagOrDigest: string;
  readonly what: string;
}

function storedFrom(bytes: Buffer, { answer, place, tagOrDigest, what }: ManifestAnswer): StoredManifest {
  const encoding = answer.headers['content-encoding'] ?? 'identity';
  if (encoding !== 'identity') throw encoded(place, encoding);
  if (isDigest(tagOrDigest)) checkBytes(bytes, { digest: tagOrDigest }, nameOf(place));
  const type = bareMediaType(answer.headers['content-type'] ?? '');
  if (type === 'text/html') throw notARegistry(place, what);
  const { mediaType, artifactType } = parseManifest(bytes, {
    ...(isManifestType(type) ? { mediaType: type } : {}),
    what,
  });
  // The digest is always our own: the one in the header may be missing or wrong.
  const digest = isDigest(tagOrDigest) ? tagOrDigest : digestOf(bytes);
  const descriptor = { mediaType, digest, size: bytes.byteLength };
  return { descriptor: artifactType === undefined ? descriptor : { ...descriptor, artifactType }, bytes };
}

function describedBy(answer: ExchangeAnswer, tagOrDigest: string): Descriptor | undefined {
  const digest = answer.headers['docker-content-digest'];
  const size = Number(answer.headers['content-length'] ?? Number.NaN);
  const mediaType = bareMediaType(answer.headers['content-type'] ?? '');
  if (digest === undefined || !isDigest(digest) || !Number.isSafeInteger(size) || size <= 0) return undefined;
  if (isDigest(tagOrDigest) && digest !== tagOrDigest) return undefined;
  return isManifestType(mediaType) ? { mediaType, digest, size } : undefined;
}

function isManifestType(type: string): boolean {
  return isImageManifestType(type) || isIndexType(type);
}

async function* resumable(
  session: Session,
  place: Place,
  ask: Ask,
  first: ExchangeAnswer,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { retry } = session.options;
  let seen = 0;
  let failures = 0;
  for (let answer: ExchangeAnswer | undefined = first; ; answer = undefined) {
    try {
      for await (const chunk of answer === undefined ? continued(session, place, ask, seen) : answer.body) {
        seen += chunk.byteLength;
        failures = 0;
        yield chunk;
      }
      return;
    } catch (error) {
      failures += 1;
      if (!mayPass(error) || failures >= (ask.attempts ?? retry.attempts ?? 3)) throw error;
      await retry.sleep(pauseAfter(error, failures, retry.random), ask.signal);
    }
  }
}

/** The rest of a blob from `offset` on; a registry that does not know ranges sends all of it again, and the known part is skipped. */
async function* continued(
  session: Session,
  place: Place,
  ask: Ask,
  offset: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  const headers: Record<string, string> = offset === 0 ? {} : { range: `bytes=${offset}-` };
  const answer = await session.send(place, { ...ask, headers, accepts: [200, 206], attempts: 1 });
  if (answer.status === 206 && !(answer.headers['content-range'] ?? '').startsWith(`bytes ${offset}-`)) {
    answer.drop();
    throw notARegistry(place, ask.what);
  }
  let skip = answer.status === 206 ? 0 : offset;
  for await (const chunk of answer.body) {
    const rest = chunk.subarray(Math.min(skip, chunk.byteLength));
    skip -= chunk.byteLength - rest.byteLength;
    if (rest.byteLength > 0) yield rest;
  }
}

function encoded(place: Place, encoding: string): Error {
  return ociFault({
    code: 'registry-answer-invalid',
    message: `${place.owner.host} sent a manifest compressed (${encoding.slice(0, 40)}) although that was not asked for.`,
    hint: 'A proxy before the registry compresses; switch that off for its addresses.',
    values: { host: place.owner.host, encoding: encoding.slice(0, 40) },
  });
}

function notARegistry(place: Place, what: string): Error {
  return ociFault({
    code: 'registry-answer-invalid',
    message: `${place.owner.host} answered the request for ${what} with something else.`,
    hint: 'Check host and port: a proxy, a login page or another program may be answering there.',
    values: { host: place.owner.host, what },
  });
}
