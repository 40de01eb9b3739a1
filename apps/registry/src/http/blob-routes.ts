/** Blobs that are there: distribution-spec 1.1 "Pulling blobs", "Deleting Blobs"; ranges as RFC 9110 section 14. */
import { pipeline } from 'node:stream/promises';
import { registryFault } from '../errors.ts';
import { digest as readDigest, repositoryName } from '../names.ts';
import type { Digest } from '../names.ts';
import type { OpenBlob } from '../store/blobs.ts';
import { storageFault } from '../store/files.ts';
import { reply } from './answers.ts';
import { entityTag, isUnchanged } from './conditions.ts';
import { header } from './exchange.ts';
import type { Exchange } from './exchange.ts';

/** GET (also a part of it) and HEAD. */
export async function sendBlob(exchange: Exchange, [name = '', wanted = '']: readonly string[]): Promise<void> {
  const digest = readDigest(wanted);
  const blob = await exchange.service.store.blobs.open(repositoryName(name), digest);
  if (blob === undefined) throw unknown(digest);
  try {
    await sendOpened(exchange, digest, blob);
  } finally {
    await blob.file.close();
  }
}

/** DELETE. The content stays on the disk until garbage is collected. */
export async function deleteBlob(exchange: Exchange, [name = '', wanted = '']: readonly string[]): Promise<void> {
  const { request, response, service } = exchange;
  const digest = readDigest(wanted);
  if (!(await service.store.blobs.remove(repositoryName(name), digest))) throw unknown(digest);
  reply(request, response, { status: 202 });
}

async function sendOpened(exchange: Exchange, digest: Digest, { size, file }: OpenBlob): Promise<void> {
  const { request, response } = exchange;
  const headers = {
    'docker-content-digest': digest,
    etag: entityTag(digest),
    'accept-ranges': 'bytes',
    'content-type': 'application/octet-stream',
    'cache-control': 'max-age=31536000, immutable',
  };
  if (isUnchanged(exchange, digest)) return reply(request, response, { status: 304, headers });
  const part = request.method === 'GET' ? wantedPart(exchange, digest, size) : undefined;
  if (part === 'none') {
    response.setHeader('content-range', `bytes */${size}`);
    throw notThere(size);
  }
  const { first, last } = part ?? { first: 0, last: size - 1 };
  const whole = { ...headers, 'content-length': last - first + 1 };
  const ranged = part === undefined ? whole : { ...whole, 'content-range': `bytes ${first}-${last}/${size}` };
  const status = part === undefined ? 200 : 206;
  if (request.method === 'HEAD' || last < first) return reply(request, response, { status, headers: ranged });
  response.writeHead(status, ranged);
  const source = file.createReadStream({ start: first, end: last, autoClose: false });
  await pipeline(source, response).catch((error: unknown) => {
    throw storageFault(error, digest);
  });
}

/** The one range that is asked for; undefined: the whole (also for several, which a server may ignore). */
function wantedPart(
  exchange: Exchange,
  digest: Digest,
  size: number,
): { readonly first: number; readonly last: number } | 'none' | undefined {
  const unless = header(exchange, 'if-range');
  if (unless !== undefined && unless !== entityTag(digest)) return undefined;
  const found = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header(exchange, 'range')?.trim() ?? '');
  const [, from = '', to = ''] = found ?? [];
  if (from === '' && to === '') return undefined;
  // `-n` is the last n bytes.
  if (from === '')
    return Number(to) === 0 || size === 0 ? 'none' : { first: Math.max(0, size - Number(to)), last: size - 1 };
  if (to !== '' && Number(to) < Number(from)) return undefined;
  if (Number(from) >= size) return 'none';
  return { first: Number(from), last: to === '' ? size - 1 : Math.min(Number(to), size - 1) };
}

function unknown(digest: Digest) {
  return registryFault({
    code: 'blob-unknown',
    message: `There is no blob ${digest} in this repository.`,
    hint: 'A blob belongs to the repositories it was pushed or mounted to; it may be in another one.',
    values: { digest },
  });
}

function notThere(size: number) {
  return registryFault({
    code: 'range-unsatisfiable',
    message: `The blob has ${size} bytes; the range begins behind them.`,
    hint: 'Ask for bytes from 0 to the size less one.',
    values: { size },
  });
}
