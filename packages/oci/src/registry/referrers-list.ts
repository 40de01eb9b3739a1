/** What refers to a manifest, as a registry says: distribution-spec "Listing Referrers" and the fallback tag. */
import { ociFault } from '../errors.ts';
import { indexBytes, listingPages, referrerEntries } from '../limits.ts';
import { parseManifest } from '../manifest.ts';
import type { Descriptor } from '../manifest.ts';
import { bareMediaType, ociIndex } from '../media-types.ts';
import { fallbackLook, fallbackTag, joinReferrers, judgeFallback } from '../referrers.ts';
import type { Look, ReferrerList, ReferrerQuery } from '../store.ts';
import { readAnswer } from './exchange.ts';
import type { ExchangeAnswer } from './exchange.ts';
import { nextPage } from './link.ts';
import { nameOf, readManifestAt } from './reading.ts';
import type { Ask, Place, Session } from './session.ts';

/** Answers that mean “no such list here”; all others but 200 are faults, never an empty list. */
const noList = [404, 400, 406];

/** The list the registry keeps, or undefined where it keeps none. */
export interface KeptList {
  readonly descriptors: readonly Descriptor[] | undefined;
  readonly look: Look;
}

/** Everything that is said to refer to `digest`. */
export async function listReferrers(
  session: Session,
  place: Place,
  digest: string,
  query?: ReferrerQuery,
): Promise<ReferrerList> {
  const kept = await keptReferrers(session, place, digest, query);
  const listed = kept.descriptors ?? [];
  const further = query?.fallbackWhen ?? ((found) => found.length === 0);
  if (kept.descriptors !== undefined && !further(listed)) return joinReferrers(listed, { kind: 'absent' }, [kept.look]);
  const tag = fallbackTag(digest);
  const fallback = judgeFallback(await readManifestAt(session, place, tag, query), digest);
  const location = `GET /v2/${place.repository}/manifests/${tag}`;
  return joinReferrers(listed, fallback, [kept.look, fallbackLook(location, fallback)]);
}

/** Asks for the list a registry keeps; filters are never asked for, because some registries filter wrongly. */
export async function keptReferrers(
  session: Session,
  place: Place,
  digest: string,
  query?: ReferrerQuery,
): Promise<KeptList> {
  const location = `GET /v2/${place.repository}/referrers/${digest}`;
  const found: Descriptor[] = [];
  let path: string | URL | undefined = `referrers/${digest}`;
  for (let page = 0; path !== undefined; page += 1) {
    if (page === listingPages || found.length > referrerEntries) throw tooMany(place, digest);
    const read: Page = await readPage(session, place, { path, digest, first: page === 0, query });
    if (read.status !== 200) return { descriptors: undefined, look: { location, status: read.status } };
    found.push(...read.descriptors);
    path = read.next;
  }
  return { descriptors: found, look: { location, status: 200 } };
}

interface Page {
  readonly status: number;
  readonly descriptors: readonly Descriptor[];
  readonly next?: URL;
}

interface PageWish {
  readonly path: string | URL;
  readonly digest: string;
  readonly first: boolean;
  readonly query: ReferrerQuery | undefined;
}

function readPage(session: Session, place: Place, wish: PageWish): Promise<Page> {
  const ask: Ask = {
    method: 'GET',
    path: wish.path,
    headers: { accept: ociIndex },
    action: 'read',
    what: `the referrers of ${nameOf(place)}@${wish.digest}`,
    accepts: wish.first ? [200, ...noList] : [200],
    attempts: 1,
    signal: wish.query?.signal,
  };
  return session.retrying(async () => {
    const answer = await session.send(place, ask);
    if (answer.status !== 200) {
      answer.drop();
      return { status: answer.status, descriptors: [] };
    }
    return {
      status: 200,
      descriptors: await readEntries(answer, place, ask),
      next: nextPage(answer.headers.link, answer.url),
    };
  }, wish.query ?? {});
}

async function readEntries(answer: ExchangeAnswer, place: Place, ask: Ask): Promise<readonly Descriptor[]> {
  const type = bareMediaType(answer.headers['content-type'] ?? '');
  if (type !== ociIndex) {
    answer.drop();
    throw notAList(place, ask.what, type);
  }
  const index = parseManifest(await readAnswer(answer, indexBytes), { mediaType: ociIndex, what: ask.what });
  return index.kind === 'index' ? index.manifests : [];
}

function notAList(place: Place, what: string, type: string): Error {
  return ociFault({
    code: 'registry-answer-invalid',
    message: `${place.owner.host} answered the request for ${what} with “${type.slice(0, 80)}” instead of a list.`,
    hint: 'A proxy or another program may be answering; whether there are signatures is not known.',
    values: { host: place.owner.host, type: type.slice(0, 80) },
  });
}

function tooMany(place: Place, digest: string): Error {
  return ociFault({
    code: 'content-too-large',
    message: `${nameOf(place)}@${digest} has more than ${referrerEntries} referrers, or their list does not end.`,
    hint: 'Delete old signatures and attestations of this image.',
    values: { host: place.owner.host, digest },
  });
}
