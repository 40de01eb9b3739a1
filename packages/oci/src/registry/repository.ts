/** One repository of a registry as a store of content. */
import { isFault } from '@pratique/runtime/fault';
import Type from 'typebox';
import { isDigest } from '../digest.ts';
import { ociFault } from '../errors.ts';
import type { OciFaultCode } from '../errors.ts';
import { answerBytes, listingPages, tagEntries } from '../limits.ts';
import type { Descriptor } from '../manifest.ts';
import { shapeOf } from '../shape.ts';
import { prepareManifest, tagChanged } from '../store-checks.ts';
import type { PreparedManifest } from '../store-checks.ts';
import type {
  BlobWrite,
  ContentStore,
  ManifestWrite,
  ManifestWritten,
  ReferrerList,
  ReferrerQuery,
  StoredManifest,
  Waiting,
} from '../store.ts';
import { readAnswer } from './exchange.ts';
import { nextPage } from './link.ts';
import { begun, readMirrors } from './mirrors.ts';
import type { MirrorPlace } from './mirrors.ts';
import { confirmAbsent, hasBlobAt, nameOf, readBlobAt, readManifestAt, resolveAt } from './reading.ts';
import { keptReferrers, listReferrers } from './referrers-list.ts';
import type { Ask, Place, Session } from './session.ts';
import { checkUpload, uploadBlob } from './upload.ts';

/** A repository of a registry; everything else is in {@link ContentStore}. */
export interface RegistryRepository extends ContentStore {
  /** Host with port, Docker Hub as `index.docker.io`. */
  readonly registry: string;
  readonly repository: string;
  /** Proves the right to push by starting and cancelling an upload, before anything that cannot be taken back. */
  checkPush(waiting?: Waiting): Promise<void>;
}

const TagList = Type.Object({
  tags: Type.Optional(Type.Union([Type.Array(Type.String({ maxLength: 128 }), { maxItems: tagEntries }), Type.Null()])),
});
const tagListShape = shapeOf(TagList);

/** See {@link RegistryRepository}. */
export class Repository implements RegistryRepository {
  readonly name: string;
  readonly registry: string;
  readonly repository: string;
  readonly #session: Session;
  readonly #place: Place;
  readonly #mirrors: readonly MirrorPlace[];

  constructor(session: Session, place: Place, mirrors: readonly MirrorPlace[]) {
    this.#session = session;
    this.#place = place;
    this.#mirrors = mirrors;
    this.name = nameOf(place);
    this.registry = place.owner.host;
    this.repository = place.repository;
  }

  resolve(tagOrDigest: string, waiting?: Waiting): Promise<Descriptor | undefined> {
    return this.#read(isDigest(tagOrDigest), waiting, (place, options) =>
      resolveAt(this.#session, place, tagOrDigest, options),
    );
  }

  manifest(tagOrDigest: string, waiting?: Waiting): Promise<StoredManifest | undefined> {
    return this.#read(isDigest(tagOrDigest), waiting, (place, options) =>
      readManifestAt(this.#session, place, tagOrDigest, options),
    );
  }

  hasBlob(digest: string, waiting?: Waiting): Promise<boolean> {
    return hasBlobAt(this.#session, this.#place, digest, waiting);
  }

  blob(
    descriptor: Pick<Descriptor, 'digest' | 'size'>,
    waiting?: Waiting,
  ): Promise<AsyncIterable<Uint8Array> | undefined> {
    return this.#read(true, waiting, async (place, options) => {
      const pieces = await readBlobAt(this.#session, place, descriptor, options);
      // A mirror has to deliver before it is chosen; a small blob is then checked whole.
      return place === this.#place || pieces === undefined ? pieces : begun(pieces);
    });
  }

  async putBlob(write: BlobWrite, waiting?: Waiting): Promise<'written' | 'present' | 'mounted'> {
    if (await this.hasBlob(write.digest, waiting)) return 'present';
    return uploadBlob(this.#session, this.#place, write, waiting);
  }

  async putManifest(write: ManifestWrite, waiting?: Waiting): Promise<ManifestWritten> {
    const prepared = prepareManifest(write, this.name);
    const { descriptor, manifest } = prepared;
    await this.#checkTag(write, waiting);
    const listedBy = await this.#put(write, prepared, waiting);
    if (manifest.subject === undefined) return { descriptor, subjectListed: false };
    if (listedBy === manifest.subject.digest) return { descriptor, subjectListed: true };
    // Some registries keep the list and do not say so in the answer.
    const kept = await keptReferrers(this.#session, this.#place, manifest.subject.digest, waiting);
    return { descriptor, subjectListed: kept.descriptors !== undefined };
  }

  async deleteManifest(tagOrDigest: string, waiting?: Waiting): Promise<'deleted' | 'absent'> {
    const refusals = isDigest(tagOrDigest) ? [] : [400, 405];
    const answer = await this.#session.send(this.#place, {
      ...this.#manifestAsk('DELETE', tagOrDigest, waiting),
      action: 'delete',
      accepts: [200, 202, 204, 404, ...refusals],
    });
    answer.drop();
    if (answer.status === 404) return 'absent';
    if (!refusals.includes(answer.status)) return 'deleted';
    // Registries of older make delete by digest only, which takes all tags of that manifest with it.
    const described = await resolveAt(this.#session, this.#place, tagOrDigest, waiting);
    return described === undefined ? 'absent' : this.deleteManifest(described.digest, waiting);
  }

  referrers(digest: string, query?: ReferrerQuery): Promise<ReferrerList> {
    return listReferrers(this.#session, this.#place, digest, query);
  }

  async tags(waiting?: Waiting): Promise<readonly string[]> {
    const found: string[] = [];
    let path: string | URL | undefined = 'tags/list?n=1000';
    for (let page = 0; path !== undefined; page += 1) {
      if (page === listingPages || found.length > tagEntries) throw tooManyTags(this.name);
      const read: { tags: readonly string[]; next?: URL } = await this.#tagPage(path, waiting);
      found.push(...read.tags);
      path = read.next;
    }
    return [...new Set(found)].sort();
  }

  checkPush(waiting?: Waiting): Promise<void> {
    return checkUpload(this.#session, this.#place, waiting);
  }

  /** Mirrors first where they may be asked, then the registry itself. */
  async #read<T>(
    byDigest: boolean,
    waiting: Waiting | undefined,
    read: (place: Place, options: Waiting & { readonly attempts?: number }) => Promise<T | undefined>,
  ): Promise<T | undefined> {
    const { onNotice } = this.#session.options;
    const found = await readMirrors(this.#mirrors, { byDigest, waiting, onNotice }, (place) =>
      read(place, { ...waiting, attempts: 1 }),
    );
    return found ?? read(this.#place, waiting ?? {});
  }

  async #checkTag(write: ManifestWrite, waiting?: Waiting): Promise<void> {
    const { tag, expected } = write;
    if (tag === undefined || expected === undefined) return;
    const actual = (await resolveAt(this.#session, this.#place, tag, waiting))?.digest;
    if ((actual ?? null) !== expected) throw tagChanged({ tag, store: this.name, expected, actual });
  }

  /** Writes, and returns the subject the registry says it has listed. */
  async #put(write: ManifestWrite, prepared: PreparedManifest, waiting?: Waiting): Promise<string | undefined> {
    const { descriptor } = prepared;
    const ask: Ask = {
      ...this.#manifestAsk('PUT', write.tag ?? descriptor.digest, waiting),
      headers: { 'content-type': descriptor.mediaType, ...conditionOf(write) },
      body: { open: () => [write.bytes], size: write.bytes.byteLength },
      action: 'write',
      accepts: [200, 201, 202, 204],
    };
    try {
      const answer = await this.#session.send(this.#place, ask);
      answer.drop();
      const said = answer.headers['docker-content-digest'];
      if (said !== undefined && isDigest(said) && said.startsWith('sha256:') && said !== descriptor.digest)
        throw rewritten(this.name, descriptor.digest, said);
      return answer.headers['oci-subject'];
    } catch (error) {
      if (write.expected === undefined || !isFault<OciFaultCode>(error, 'registry-tag-immutable')) throw error;
      // The condition failed: either somebody was faster, or the tag may not be changed at all.
      if (error.values.status !== 412) throw error;
      await this.#checkTag(write, waiting);
      // The tag is as expected: this registry compares with something else than digests.
      return this.#put({ ...write, expected: undefined }, prepared, waiting);
    }
  }

  #manifestAsk(method: 'PUT' | 'DELETE', tagOrDigest: string, waiting?: Waiting): Omit<Ask, 'action' | 'accepts'> {
    const what = `the manifest ${this.name}${isDigest(tagOrDigest) ? '@' : ':'}${tagOrDigest}`;
    return { method, path: `manifests/${tagOrDigest}`, what, signal: waiting?.signal };
  }

  async #tagPage(path: string | URL, waiting?: Waiting): Promise<{ tags: readonly string[]; next?: URL }> {
    const what = `the list of tags of ${this.name}`;
    const ask: Ask = { method: 'GET', path, action: 'read', what, accepts: [200, 404], signal: waiting?.signal };
    const answer = await this.#session.send(this.#place, ask);
    // A repository nobody has pushed to does not exist yet, so it has no tags.
    if (answer.status === 404) return { tags: (await confirmAbsent(this.#session, this.#place, ask, answer)) ?? [] };
    const body = await readAnswer(answer, answerBytes * 16);
    const list = tryJson(body);
    if (!tagListShape.fits(list)) throw notTags(this.registry, what);
    return { tags: list.tags ?? [], next: nextPage(answer.headers.link, answer.url) };
  }
}

/** RFC 9110 section 13: the write happens only while the tag is what the writer has seen. Registries that do not know it ignore it. */
function conditionOf({ tag, expected }: ManifestWrite): Record<string, string> {
  if (tag === undefined || expected === undefined) return {};
  return expected === null ? { 'if-none-match': '*' } : { 'if-match': `"${expected}"` };
}

function tryJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}

function rewritten(store: string, sent: string, said: string): Error {
  return ociFault({
    code: 'content-mismatch',
    message: `${store} stored the manifest ${sent} as ${said}: it changes what is pushed.`,
    hint: 'Signatures cannot be found in a registry that rewrites manifests; ask its operator to switch that off.',
    values: { store, digest: sent, said },
  });
}

function notTags(host: string, what: string): Error {
  return ociFault({
    code: 'registry-answer-invalid',
    message: `${host} answered the request for ${what} with something else.`,
    hint: 'Check host and port: a proxy, a login page or another program may be answering there.',
    values: { host },
  });
}

function tooManyTags(store: string): Error {
  return ociFault({
    code: 'content-too-large',
    message: `${store} has more than ${tagEntries} tags, or their list does not end.`,
    hint: 'Name the tags you need instead of asking for all.',
    values: { store },
  });
}
