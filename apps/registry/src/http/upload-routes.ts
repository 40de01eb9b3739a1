/** Blobs on their way in: distribution-spec 1.1 "Pushing blobs": at once, in two steps, in parts, or from another repository. */
import { sizeInWords } from '@pratique/runtime/limit';
import { registryFault } from '../errors.ts';
import { digest as readDigest, repositoryName } from '../names.ts';
import type { Digest, RepositoryName } from '../names.ts';
import type { Upload } from '../store/uploads.ts';
import { reply } from './answers.ts';
import { bodyOf, header } from './exchange.ts';
import type { Exchange } from './exchange.ts';

/** POST: a mount, a whole blob, or the beginning of an upload. */
export async function beginUpload(exchange: Exchange, [name = '']: readonly string[]): Promise<void> {
  const { request, response, query, service } = exchange;
  const { blobs, uploads } = service.store;
  const repository = repositoryName(name);
  const mount = query.get('mount');
  const from = query.get('from');
  if (mount !== null && from !== null) {
    const digest = readDigest(mount);
    if (await blobs.mount(repository, digest, repositoryName(from))) return sayWritten(exchange, repository, digest);
  }
  const whole = query.get('digest');
  if (whole !== null) {
    const digest = readDigest(whole);
    refuseTooLong(exchange);
    const upload = await uploads.begin(repository);
    try {
      await uploads.append(upload, bodyOf(exchange));
      await uploads.finish(upload, digest);
    } catch (error) {
      // Nobody was told its address, so nobody could go on with it.
      await uploads.cancel(upload).catch(() => undefined);
      throw error;
    }
    return sayWritten(exchange, repository, digest);
  }
  const upload = await uploads.begin(repository);
  reply(request, response, { status: 202, headers: progress(upload) });
}

/** GET: how far it is. */
export function sendUploadStatus(exchange: Exchange, [name = '', id = '']: readonly string[]): void {
  const { request, response, service } = exchange;
  const upload = service.store.uploads.find(repositoryName(name), id);
  reply(request, response, { status: 204, headers: progress(upload) });
}

/** PATCH: the next part, or all of it in one stream. */
export async function takePart(exchange: Exchange, [name = '', id = '']: readonly string[]): Promise<void> {
  const { request, response, service } = exchange;
  const upload = service.store.uploads.find(repositoryName(name), id);
  await append(exchange, upload);
  reply(request, response, { status: 202, headers: progress(upload) });
}

/** PUT: the last part or nothing, and the digest of all. */
export async function finishUpload(exchange: Exchange, [name = '', id = '']: readonly string[]): Promise<void> {
  const { query, service } = exchange;
  const { uploads } = service.store;
  const repository = repositoryName(name);
  const upload = uploads.find(repository, id);
  const digest = readDigest(query.get('digest') ?? '');
  await append(exchange, upload);
  await uploads.finish(upload, digest);
  sayWritten(exchange, repository, digest);
}

/** DELETE: give up. */
export async function cancelUpload(exchange: Exchange, [name = '', id = '']: readonly string[]): Promise<void> {
  const { request, response, service } = exchange;
  const { uploads } = service.store;
  await uploads.cancel(uploads.find(repositoryName(name), id));
  reply(request, response, { status: 204 });
}

async function append(exchange: Exchange, upload: Upload): Promise<void> {
  refuseTooLong(exchange);
  const length = partLength(exchange, upload);
  await exchange.service.store.uploads.append(upload, bodyOf(exchange), length);
}

/**
 * Checks `Content-Range` against what is there: parts come in order and without holes.
 *
 * @returns the bytes it announces; undefined without the header
 */
function partLength(exchange: Exchange, upload: Upload): number | undefined {
  const text = header(exchange, 'content-range');
  if (text === undefined) return undefined;
  // The specification writes only first-last; some clients send the full form of RFC 9110.
  const [, first = '', last = ''] =
    /^(?:bytes[ =])?(\d{1,15})-(\d{1,15})(?:\/(?:\d{1,15}|\*))?$/.exec(text.trim()) ?? [];
  const length = Number(last) - Number(first) + 1;
  if (first !== '' && Number(first) === upload.size && length > 0) return length;
  for (const [name, value] of Object.entries(progress(upload))) exchange.response.setHeader(name, value);
  throw registryFault({
    code: 'blob-upload-range',
    message: `The next part begins at ${upload.size}.`,
    hint: 'Send parts in order, each beginning where the last one ended; Range tells what has arrived.',
    values: { size: upload.size },
  });
}

function refuseTooLong({ request, service }: Exchange): void {
  const limit = service.limits.maxBlobBytes;
  if (Number(request.headers['content-length'] ?? 0) <= limit) return;
  throw registryFault({
    code: 'blob-too-large',
    message: `The blob is larger than the ${sizeInWords(limit)} this registry takes.`,
    hint: 'Set PRATIQUE_REGISTRY_MAX_BLOB_BYTES higher if it really is that large.',
    values: { limitBytes: limit },
  });
}

function sayWritten({ request, response }: Exchange, repository: RepositoryName, digest: Digest): void {
  const headers = { location: `/v2/${repository}/blobs/${digest}`, 'docker-content-digest': digest };
  reply(request, response, { status: 201, headers });
}

/** Where to go on and what is there. An empty upload says 0-0 like one of a byte: the form has no word for nothing. */
function progress({ repository, id, size }: Upload): Readonly<Record<string, string>> {
  return {
    location: `/v2/${repository}/blobs/uploads/${id}`,
    range: `0-${Math.max(0, size - 1)}`,
    'docker-upload-uuid': id,
  };
}
