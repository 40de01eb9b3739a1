import { createHash } from 'node:crypto';
import {
  readExceptions,
  readExceptionsFingerprint,
  type Central,
  type CentralSchema,
  type ImageRef,
} from '@pratique/stackrox';
import type { FindingException } from './inventory.ts';

/** The exceptions of a source as last read, kept between polls. */
export interface KnownExceptions {
  /** Null where the source does not say when exceptions change: then they are read every time. */
  readonly fingerprint: string | null;
  /** Polls that found this fingerprint. */
  readonly polls: number;
  /** Hour (since the epoch) of the last whole reading. */
  readonly hour: number;
  /** By segment key and CVE id. */
  readonly states: ReadonlyMap<string, ReadonlyMap<string, FindingException['state']>>;
  /** Changes when, and only when, the states do. */
  readonly hash: string;
}

/** Central rewrites rows for a while after a decision; so many polls with the same fingerprint see all of them rewritten. */
const settledAfter = 3;

/** What a poll wants to know. */
export interface ExceptionsQuestion {
  readonly central: Central;
  readonly schema: CentralSchema;
  readonly known: KnownExceptions | null;
  /** Images read anew by this poll. */
  readonly changed: readonly ImageRef[];
  readonly now: Date;
}

/**
 * The exceptions as of now: all of them after a decision, for a few polls, and once an hour; in between only those of images read anew,
 * because a scan writes the rows of its image anew.
 */
export async function exceptionsNow(question: ExceptionsQuestion): Promise<KnownExceptions> {
  const { central, schema, known, changed, now } = question;
  const fingerprint = await readExceptionsFingerprint(central, schema);
  const hour = Math.floor(now.getTime() / 3_600_000);
  const isSame = known !== null && fingerprint !== null && known.fingerprint === fingerprint;
  const polls = isSame ? known.polls + 1 : 1;
  if (!isSame || polls <= settledAfter || known.hour !== hour) {
    return { fingerprint, polls, hour, ...statesOf(new Map(), await readExceptions(central, schema)) };
  }
  if (changed.length === 0) {
    return { ...known, polls };
  }
  const states = new Map(known.states);
  changed.forEach(({ ref }) => states.delete(ref));
  return { fingerprint, polls, hour, ...statesOf(states, await readExceptions(central, schema, changed)) };
}

function statesOf(
  before: ReadonlyMap<string, ReadonlyMap<string, FindingException['state']>>,
  read: Awaited<ReturnType<typeof readExceptions>>,
): Pick<KnownExceptions, 'states' | 'hash'> {
  const states = new Map(before);
  const fresh = new Map<string, Map<string, FindingException['state']>>();
  for (const { ref, cve, state } of read) {
    const ofImage = fresh.get(ref) ?? new Map<string, FindingException['state']>();
    fresh.set(ref, ofImage.set(cve, state === 'deferred' ? 1 : 2));
  }
  fresh.forEach((ofImage, ref) => states.set(ref, ofImage));
  return { states, hash: hashOf(states) };
}

/** Ordered, because the order of the rows must not look like a change. */
function hashOf(states: KnownExceptions['states']): string {
  const hash = createHash('sha256');
  for (const ref of [...states.keys()].sort()) {
    const ofImage = states.get(ref)!;
    hash.update(`${JSON.stringify([ref, [...ofImage.keys()].sort().map((cve) => [cve, ofImage.get(cve)])])}\n`);
  }
  return hash.digest('hex');
}

/** The exceptions as they are stored. */
export function listOf({ states }: KnownExceptions): readonly FindingException[] {
  return [...states].flatMap(([ref, ofImage]) => [...ofImage].map(([cve, state]) => ({ ref, cve, state })));
}
