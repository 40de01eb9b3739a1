/** Manifests: distribution-spec 1.1 "Pulling manifests", "Pushing Manifests", "Deleting Manifests". */
import { excerpt } from '@pratique/runtime/fault';
import { readBounded, tooLarge, withDeadline } from '@pratique/runtime/limit';
import { registryFault } from '../errors.ts';
import { fixedLimits } from '../limits.ts';
import { manifestName, repositoryName } from '../names.ts';
import type { ManifestName } from '../names.ts';
import { reply } from './answers.ts';
import { conditionOf, entityTag, isUnchanged } from './conditions.ts';
import { bodyOf, header } from './exchange.ts';
import type { Exchange } from './exchange.ts';

/** GET and HEAD. */
export async function sendManifest(exchange: Exchange, [name = '', wanted = '']: readonly string[]): Promise<void> {
  const { request, response, service } = exchange;
  const { manifests } = service.store;
  const repository = repositoryName(name);
  const found = await manifests.find(repository, knownName(wanted));
  if (found === undefined) throw unknown(wanted);
  const headers = { 'docker-content-digest': found.digest, etag: entityTag(found.digest) };
  if (isUnchanged(exchange, found.digest)) return reply(request, response, { status: 304, headers });
  const typed = { ...headers, 'content-type': found.mediaType, 'content-length': found.size };
  if (request.method === 'HEAD') return reply(request, response, { status: 200, headers: typed });
  const body = await manifests.bytes(found);
  if (body === undefined) throw unknown(wanted);
  reply(request, response, { status: 200, headers: { ...typed, 'content-length': body.byteLength }, body });
}

/** PUT by tag or digest. */
export async function takeManifest(exchange: Exchange, [name = '', wanted = '']: readonly string[]): Promise<void> {
  const { request, response, service } = exchange;
  const repository = repositoryName(name);
  const wantedName = manifestName(wanted);
  if (wantedName === undefined) throw badTag(wanted);
  const limit = { bytes: fixedLimits.manifestBytes, what: 'the manifest' };
  if (Number(request.headers['content-length'] ?? 0) > limit.bytes) throw tooLarge(limit);
  const bytes = await withDeadline(() => readBounded(bodyOf(exchange), limit), {
    ms: fixedLimits.manifestMs,
    what: 'sending the manifest',
  });
  const contentType = header(exchange, 'content-type');
  const condition = conditionOf(exchange);
  const put = { repository, name: wantedName, bytes, contentType, condition };
  const { digest, subject } = await service.store.manifests.put(put);
  const headers = {
    location: `/v2/${repository}/manifests/${digest}`,
    'docker-content-digest': digest,
    etag: entityTag(digest),
    // Tells the client that the list of referrers is kept here, so that it need not keep one under a tag.
    ...(subject === undefined ? {} : { 'oci-subject': subject }),
  };
  reply(request, response, { status: 201, headers });
}

/** DELETE of a tag, or of a manifest with its tags. */
export async function deleteManifest(exchange: Exchange, [name = '', wanted = '']: readonly string[]): Promise<void> {
  const { request, response, service } = exchange;
  const removed = await service.store.manifests.remove(repositoryName(name), knownName(wanted), conditionOf(exchange));
  if (!removed) throw unknown(wanted);
  reply(request, response, { status: 202 });
}

/** What cannot be a tag cannot be there. */
function knownName(wanted: string): ManifestName {
  const name = manifestName(wanted);
  if (name === undefined) throw unknown(wanted);
  return name;
}

function unknown(wanted: string) {
  return registryFault({
    code: 'manifest-unknown',
    message: `There is no manifest "${excerpt(wanted)}" in this repository.`,
    hint: 'List the tags with GET /v2/NAME/tags/list; a repository exists from its first push on.',
    values: { reference: excerpt(wanted) },
  });
}

function badTag(wanted: string) {
  return registryFault({
    code: 'manifest-refused',
    message: `"${excerpt(wanted)}" is neither a tag nor a digest.`,
    hint: 'A tag has at most 128 letters, digits, _ . and -, and does not begin with . or -.',
    values: { reference: excerpt(wanted) },
  });
}
