/**
 * How old an attestation is: by the times that logs and timestamp authorities vouch for, and for vulnerability scans also by the
 * time the scan says it ended, since an old scan can be attested again every day.
 */
import type { Proof } from '@pratique/sigstore';

/** Types of statements about a scan: cosign's own, and those of in-toto. */
const scanTypes = ['https://cosign.sigstore.dev/attestation/vuln/v1', 'https://in-toto.io/attestation/vulns/'];

/** Whether a later statement of the type takes the place of an earlier one: what was found yesterday is not true today. */
export function supersedes(predicateType: string): boolean {
  return scanTypes.some((type) => predicateType === type || (type.endsWith('/') && predicateType.startsWith(type)));
}

/** Clocks differ by some minutes; a scan that ends tomorrow was not made by a clock. */
const skewMs = 10 * 60_000;

/** The times that count; an unreadable one counts as none, and makes the list that of no times at all. */
export function statedTimes({ times, document }: Proof, predicateType: string): readonly Date[] {
  const vouched = times.filter(({ source }) => source !== 'clock').map(({ at }) => at);
  if (!supersedes(predicateType) || document?.kind !== 'statement') return vouched;
  const finished = finishedOn(document.predicate);
  return finished === undefined ? vouched : [...vouched, finished];
}

/** Why the attestation is too old, or of no known age; undefined where it is fresh enough. */
export function staleness(asked: {
  readonly times: readonly Date[];
  readonly maxAgeMs: number;
  readonly now: Date;
}): string | undefined {
  const { times, maxAgeMs, now } = asked;
  if (times.length === 0) {
    return 'nothing says how old it is: it has no log entry with a time, no signed timestamp and no time of a scan';
  }
  for (const at of times) {
    const age = now.getTime() - at.getTime();
    if (!(age >= -skewMs)) return `it says it was made at ${inWords(at)}, which is still to come`;
    if (age > maxAgeMs) {
      return `it is too old: made at ${inWords(at)}, ${Math.floor(age / 60_000)} minutes ago, at most ${Math.floor(maxAgeMs / 60_000)} are allowed`;
    }
  }
  return undefined;
}

function inWords(at: Date): string {
  return Number.isNaN(at.getTime()) ? 'a time no calendar has' : at.toISOString();
}

/** `metadata.scanFinishedOn` of a predicate; one that is there and no time is a time that never was. */
function finishedOn(predicate: unknown): Date | undefined {
  const metadata = memberOf(predicate, 'metadata');
  const text = memberOf(metadata, 'scanFinishedOn');
  return text === undefined ? undefined : new Date(typeof text === 'string' ? text : Number.NaN);
}

function memberOf(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  return Reflect.get(value, name);
}
