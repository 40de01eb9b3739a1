/** Certificate revocation lists, RFC 5280 section 5, read without keeping them: only the entry of one certificate counts. */
import { keyUsage } from '@pratique/sigstore';
import type { Certificate } from '@pratique/sigstore';
import {
  bitsOf,
  derMembers,
  memberAt,
  membersOf,
  oidOf,
  readDer,
  readWholeDer,
  tags,
  timeOf,
} from '../notation/der.ts';
import type { DerValue } from '../notation/der.ts';
import { Flaw } from '../notation/flaw.ts';
import { pointAddresses } from './addresses.ts';
import type { Issued } from './ocsp.ts';
import { isSignedBy } from './signed-by.ts';

const oids = {
  number: '2.5.29.20',
  reason: '2.5.29.21',
  delta: '2.5.29.27',
  scope: '2.5.29.28',
  freshest: '2.5.29.46',
} as const;

/** Critical extensions that are understood; all distribution points are read, so their scopes need no look. */
const understood: ReadonlySet<string> = new Set([oids.scope, oids.delta]);

/** cRLSign of key usage, RFC 5280 section 4.2.1.3. */
const listSigning = 6;

/** Reasons of RFC 5280 section 5.3.1 that are not for ever. */
const [certificateHold, removeFromList] = [6, 8];

/** A list that was verified. */
export interface RevocationList {
  readonly until: Date;
  readonly number?: bigint;
  /** The number of the list this one completes, where it is a delta. */
  readonly baseNumber?: bigint;
  /** Where newer entries are listed. */
  readonly deltaAddresses: readonly string[];
  /** What the list says of the certificate. */
  readonly entries: readonly ListEntry[];
}

/** One line about the certificate. */
export interface ListEntry {
  readonly at: Date;
  readonly reason: number;
}

/**
 * Verifies a list and takes from it what it says about one certificate.
 *
 * @throws Flaw in words that continue "the revocation list …"; RangeError where it is not DER
 */
export function readRevocationList(bytes: Uint8Array, { certificate, issuer }: Issued, now: Date): RevocationList {
  const outer = membersOf(readWholeDer(bytes));
  const list = memberAt(outer, 0, tags.sequence);
  const algorithm = memberAt(outer, 1, tags.sequence);
  const signature = bitsOf(memberAt(outer, 2, tags.bitString));
  if (keyUsage(issuer)?.[listSigning] !== 1)
    throw new Flaw('is of an authority whose certificate does not allow lists');
  if (!isSignedBy({ algorithm, message: list.whole, signature }, issuer.key))
    throw new Flaw('is not signed by the authority of the certificate');
  const fields = [...derMembers(list)].filter((field, index) => index > 0 || field.tag !== tags.integer);
  const [, name, , next, ...more] = fields;
  if (name === undefined || Buffer.compare(name.whole, issuer.subject) !== 0) throw new Flaw('is of another authority');
  if (next?.tag !== tags.utcTime && next?.tag !== tags.generalizedTime)
    throw new Flaw('does not say until when it counts');
  const until = timeOf(next);
  if (until < now) throw new Flaw(`counted only until ${until.toISOString()}`);
  const extensions = extensionsOf(more.find(({ tag }) => tag === 0xa0));
  const freshest = extensions.get(oids.freshest);
  return {
    until,
    ...numbered('number', extensions.get(oids.number)),
    ...numbered('baseNumber', extensions.get(oids.delta)),
    deltaAddresses: freshest === undefined ? [] : pointAddresses(freshest),
    entries: entriesFor(
      certificate,
      more.find(({ tag }) => tag === tags.sequence),
    ),
  };
}

/** Whether the certificate counts as revoked by what a list and its delta say, and since when. */
export function revokedSince(entries: readonly ListEntry[]): Date | undefined {
  const isPassing = ({ reason }: ListEntry): boolean => reason === certificateHold || reason === removeFromList;
  const forEver = entries.find((entry) => !isPassing(entry));
  if (forEver !== undefined) return forEver.at;
  const [latest] = entries.toSorted((one, other) => other.at.getTime() - one.at.getTime());
  return latest?.reason === certificateHold ? latest.at : undefined;
}

function entriesFor(certificate: Certificate, revoked: DerValue | undefined): readonly ListEntry[] {
  const found: ListEntry[] = [];
  // A search through the bytes first: walking a list of half a million entries would hold up everybody else for a moment.
  if (revoked === undefined || !holds(revoked.content, certificate.serial)) return found;
  for (const entry of derMembers(revoked)) {
    // Most entries are of other certificates: only their serial number is read.
    if (Buffer.compare(readDer(entry.content).content, certificate.serial) !== 0) continue;
    const [, date, extensions] = membersOf(entry);
    if (date === undefined) throw new Flaw('has an entry without a date');
    const reason = extensions === undefined ? undefined : listOf(extensions).get(oids.reason);
    found.push({ at: timeOf(date), reason: reason === undefined ? 0 : (readWholeDer(reason).content[0] ?? 0) });
  }
  return found;
}

function holds({ buffer, byteOffset, byteLength }: Uint8Array, serial: Uint8Array): boolean {
  return Buffer.from(buffer, byteOffset, byteLength).indexOf(serial) !== -1;
}

function extensionsOf(field: DerValue | undefined): ReadonlyMap<string, Uint8Array> {
  return field === undefined ? new Map() : listOf(readWholeDer(field.content));
}

/** Extensions by OID. @throws Flaw where a critical one is not understood */
function listOf(extensions: DerValue): ReadonlyMap<string, Uint8Array> {
  const found = new Map<string, Uint8Array>();
  for (const extension of membersOf(extensions)) {
    const parts = membersOf(extension);
    const oid = oidOf(memberAt(parts, 0, tags.oid));
    const isCritical = parts[1]?.tag === tags.boolean && parts[1].content[0] !== 0;
    if (isCritical && !understood.has(oid)) throw new Flaw(`has a critical extension ${oid} that is not understood`);
    found.set(oid, memberAt(parts, parts.length - 1, tags.octets).content);
  }
  return found;
}

function numbered<N extends string>(name: N, value: Uint8Array | undefined): { readonly [K in N]?: bigint } {
  if (value === undefined) return {};
  const { tag, content } = readWholeDer(value);
  if (tag !== tags.integer || content.length > 32) throw new Flaw('has a number that cannot be read');
  return { [name]: BigInt(`0x${Buffer.from(content).toString('hex') || '0'}`) } as { readonly [K in N]?: bigint };
}
