/** Asks whether certificates were taken back: OCSP first, the revocation lists where that does not know, as notation does. */
import { isFault } from '@pratique/runtime/fault';
import type { Certificate } from '@pratique/sigstore';
import { LRUCache } from 'lru-cache';
import { askOutside } from '../validators/outside-request.ts';
import type { OutsideRequest } from '../validators/outside-request.ts';
import { Flaw } from '../notation/flaw.ts';
import { crlBytes, crlMs, ocspBytes, ocspMs, rememberedStatuses } from '../notation/limits.ts';
import { addressesOf } from './addresses.ts';
import { readRevocationList, revokedSince } from './crl.ts';
import type { ListEntry, RevocationList } from './crl.ts';
import { ocspRequest, readOcspResponse } from './ocsp.ts';
import type { Issued } from './ocsp.ts';
import type { DatedStatus, RevocationFacts, RevocationStatus } from './status.ts';

/** How servers are reached for one image. */
export interface RevocationRequest {
  readonly fetch: typeof fetch;
  readonly now: Date;
  readonly signal: AbortSignal;
}

/** Remembers definite statuses until their sources say to ask again. */
export interface RevocationAsker {
  /** The status of every certificate of the chains except their roots, which nobody could revoke. Never throws. */
  ask(chains: readonly (readonly Certificate[])[], request: RevocationRequest): Promise<RevocationFacts>;
}

/** An asker for one validator; two validators never share what they were told. */
export function createRevocationAsker(): RevocationAsker {
  const remembered = new LRUCache<string, DatedStatus>({ max: rememberedStatuses });
  const running = new Map<string, Running>();
  const statusOf = async (issued: Issued, request: RevocationRequest): Promise<RevocationStatus> => {
    const key = `${issued.certificate.fingerprint} ${issued.issuer.fingerprint}`;
    const known = remembered.get(key);
    if (known !== undefined && known.until >= request.now) return known.status;
    const shared = running.get(key);
    if (shared !== undefined) {
      const { status } = await shared.status;
      // What somebody else's deadline has cut off says nothing.
      if (!shared.signal.aborted) return status;
    }
    const own = { status: askStatus(issued, request), signal: request.signal };
    running.set(key, own);
    const asked = await own.status;
    if (running.get(key) === own) running.delete(key);
    // What is not known may be known in a moment.
    if (asked.status.state !== 'unknown') remembered.set(key, asked);
    return asked.status;
  };
  return { ask: (chains, request) => askAll(chains, (issued) => statusOf(issued, request)) };
}

/** A question under way, so that many images of one signer ask once. It never rejects. */
interface Running {
  readonly status: Promise<DatedStatus>;
  readonly signal: AbortSignal;
}

async function askAll(
  chains: readonly (readonly Certificate[])[],
  statusOf: (issued: Issued) => Promise<RevocationStatus>,
): Promise<RevocationFacts> {
  const wanted = new Map<string, Issued>();
  for (const chain of chains)
    for (const [index, certificate] of chain.slice(0, -1).entries())
      wanted.set(certificate.fingerprint, { certificate, issuer: chain[index + 1]! });
  const answers = [...wanted].map(async ([fingerprint, issued]) => [fingerprint, await statusOf(issued)] as const);
  return new Map(await Promise.all(answers));
}

async function askStatus(issued: Issued, request: RevocationRequest): Promise<DatedStatus> {
  const { now } = request;
  const addresses = addressesOf(issued.certificate);
  if (addresses === undefined) return unknown('the certificate names addresses that cannot be read', now);
  const { ocsp, crl } = addresses;
  // Asked again after a day: nothing changes, but the list of remembered ones stays honest.
  if (ocsp.length === 0 && crl.length === 0)
    return { status: { state: 'not-applicable' }, until: new Date(now.getTime() + 86_400_000) };
  const byOcsp = ocsp.length === 0 ? undefined : await askResponders(issued, ocsp, request);
  if (byOcsp !== undefined && (byOcsp.status.state !== 'unknown' || crl.length === 0)) return byOcsp;
  return askLists(issued, crl, request);
}

/** The first responder that has a valid answer decides, even when it says that it does not know. */
async function askResponders(
  issued: Issued,
  addresses: readonly string[],
  request: RevocationRequest,
): Promise<DatedStatus> {
  let because = '';
  for (const address of addresses) {
    const answer = await readAnswer(ocspQuestion(address, ocspRequest(issued), request), (bytes) =>
      readOcspResponse(bytes, issued, request.now),
    );
    if (answer.ok) return answer.value;
    because = answer.because;
  }
  return unknown(because, request.now);
}

/** RFC 6960 appendix A.1: a request that is short enough is a GET, so that caches can answer it. */
function ocspQuestion(address: string, body: Buffer, request: RevocationRequest): OutsideRequest | undefined {
  const encoded = encodeURIComponent(body.toString('base64'));
  const isShort = encoded.length < 255;
  const url = addressOf(isShort ? `${address.replace(/\/$/, '')}/${encoded}` : address);
  if (url === undefined) return undefined;
  const post = isShort ? {} : { post: { body, type: 'application/ocsp-request' } };
  return { ...request, url, ...post, bytes: ocspBytes, ms: ocspMs };
}

/** Every list counts: each may be for other reasons. */
async function askLists(
  issued: Issued,
  addresses: readonly string[],
  request: RevocationRequest,
): Promise<DatedStatus> {
  const entries: ListEntry[] = [];
  let until: Date | undefined;
  for (const address of addresses) {
    const list = await readList(issued, address, request);
    if (!list.ok) return unknown(list.because, request.now);
    const delta = await readDelta(issued, list.value, request);
    if (!delta.ok) return unknown(delta.because, request.now);
    for (const { until: end, entries: more } of [list.value, ...(delta.value === undefined ? [] : [delta.value])]) {
      entries.push(...more);
      until = until === undefined || end < until ? end : until;
    }
  }
  if (until === undefined) return unknown('it names no list that can be asked', request.now);
  const at = revokedSince(entries);
  return { status: at === undefined ? { state: 'good' } : { state: 'revoked', at, by: 'a revocation list' }, until };
}

async function readList(issued: Issued, address: string, request: RevocationRequest): Promise<Read<RevocationList>> {
  const url = addressOf(address);
  const question = url === undefined ? undefined : { ...request, url, bytes: crlBytes, ms: crlMs };
  return readAnswer(question, (bytes) => {
    const list = readRevocationList(bytes, issued, request.now);
    if (list.baseNumber !== undefined) throw new Flaw('is only a delta');
    return list;
  });
}

/** The newer entries a list points at; where they cannot be had, the status is not known. */
async function readDelta(
  issued: Issued,
  base: RevocationList,
  request: RevocationRequest,
): Promise<Read<RevocationList | undefined>> {
  let outcome: Read<RevocationList | undefined> = { ok: true, value: undefined };
  for (const address of base.deltaAddresses) {
    const url = addressOf(address);
    outcome = await readAnswer(
      url === undefined ? undefined : { ...request, url, bytes: crlBytes, ms: crlMs },
      (bytes) => {
        const delta = readRevocationList(bytes, issued, request.now);
        const completes =
          delta.baseNumber !== undefined && base.number !== undefined && delta.baseNumber <= base.number;
        if (!completes || delta.number === undefined) throw new Flaw('does not complete the list that names it');
        return delta;
      },
    );
    if (outcome.ok) return outcome;
  }
  return outcome;
}

type Read<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly because: string };

async function readAnswer<T>(question: OutsideRequest | undefined, read: (bytes: Buffer) => T): Promise<Read<T>> {
  if (question === undefined) return { ok: false, because: 'it names an address that is neither http nor https' };
  const answer = await askOutside(question);
  const { host } = question.url;
  if (answer.state === 'failed') return { ok: false, because: answer.because };
  if (answer.status !== 200) return { ok: false, because: `${host} answered ${answer.status}` };
  try {
    return { ok: true, value: read(answer.body) };
  } catch (error) {
    const flaw = error instanceof Flaw || isFault(error) ? error.message : 'cannot be read';
    return { ok: false, because: `the answer of ${host} ${flaw}` };
  }
}

function addressOf(text: string): URL | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url?.protocol === 'http:' || url?.protocol === 'https:' ? url : undefined;
}

function unknown(because: string, until: Date): DatedStatus {
  return { status: { state: 'unknown', because }, until };
}
