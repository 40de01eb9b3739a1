/**
 * Timestamp countersignatures: RFC 3161 over the signature, with the rules the Notary Project adds (trust store and trust policy
 * specification, "Authentic timestamp"). Token and authority are checked by the same code that checks those of sigstore.
 */
import { extendedKeyUsage, isIssuedBy, parseTimestamp, verifyTimestamps } from '@pratique/sigstore';
import type { Certificate, TimestampToken } from '@pratique/sigstore';
import { flawInChain } from './certificate-chain.ts';
import { memberAt, membersOf, oidOf, readWholeDer, smallNumberOf, tags, writeDer } from './der.ts';
import { Flaw, flawIn } from './flaw.ts';
import { chainCertificates } from './limits.ts';

/** A moment somebody trusted vouches for, with how exact their clock is. */
export interface ProvenTime {
  readonly from: Date;
  readonly to: Date;
  /** From the certificate of the authority to its root. */
  readonly chain: readonly Certificate[];
}

/** A countersignature with what it must cover and who may have made it. */
export interface Countersignature {
  /** TimeStampToken in DER. */
  readonly token: Uint8Array;
  readonly signature: Uint8Array;
  readonly roots: readonly Certificate[];
}

const signingCertificateV2 = '1.2.840.113549.1.9.16.2.47';
/** ETSI EN 319 421, baseline policy: without a stated accuracy it promises a second. */
const baselinePolicy = '0.4.0.2023.1.1';

/** The proven time, or what is wrong in words that continue "the timestamp countersignature …". Never throws. */
export function proveTime(
  countersignature: Countersignature,
): { readonly ok: true; readonly value: ProvenTime } | { readonly ok: false; readonly flaw: string } {
  return flawIn(() => {
    const { token, signature, roots } = countersignature;
    // A token is what a granted response carries; the reader takes responses.
    const response = writeDer(tags.sequence, writeDer(tags.sequence, writeDer(tags.integer, Buffer.from([0]))), token);
    const parsed = parseTimestamp(response);
    if (parsed === undefined) throw new Flaw('cannot be read');
    if (!parsed.attributes.has(signingCertificateV2))
      throw new Flaw('does not name the certificate it was signed with');
    const authorities = roots.map((root) => ({ name: root.x509.subject, uri: '', chain: [root], validFor: {} }));
    const verified = verifyTimestamps({ responses: [response], covered: signature, authorities, required: true });
    if (!verified.ok) throw new Flaw(`does not hold: ${verified.rejection.detail}`);
    const chain = chainOf(parsed, roots);
    const flaw = flawInChain(chain, 'timestamping');
    if (flaw !== undefined) throw new Flaw(`has a certificate chain that ${flaw}`);
    const accuracy = accuracyOf(parsed.content);
    const at = parsed.genTime.getTime();
    return { from: new Date(at - accuracy), to: new Date(at + accuracy), chain };
  });
}

/** From the certificate the token names to one of the roots; certificates sent along lead the way. */
function chainOf(token: TimestampToken, roots: readonly Certificate[]): readonly Certificate[] {
  const { issuer, serial } = token.signer;
  const leaf = token.certificates().find((one) => same(one.issuer, issuer) && same(one.serial, serial));
  if (leaf === undefined || extendedKeyUsage(leaf) === undefined)
    throw new Flaw('does not bring the certificate of its authority');
  return shortestWay(leaf, { roots, pool: token.certificates() });
}

interface Surroundings {
  readonly roots: readonly Certificate[];
  readonly pool: readonly Certificate[];
}

/** Level by level, each certificate once: the certificates of a token are unsigned, and strangers may have issued each other. */
function shortestWay(leaf: Certificate, { roots, pool }: Surroundings): readonly Certificate[] {
  let ways: (readonly Certificate[])[] = [[leaf]];
  const seen = new Set([leaf.fingerprint]);
  for (let length = 1; length < chainCertificates && ways.length > 0; length += 1) {
    const longer: (readonly Certificate[])[] = [];
    for (const way of ways) {
      const top = way.at(-1)!;
      const root = roots.find((one) => isIssuedBy(top, one));
      if (root !== undefined) return root.fingerprint === top.fingerprint ? way : [...way, root];
      const issuers = pool.filter((one) => !seen.has(one.fingerprint) && isIssuedBy(top, one));
      for (const issuer of issuers) seen.add(issuer.fingerprint);
      longer.push(...issuers.map((issuer) => [...way, issuer]));
    }
    ways = longer;
  }
  throw new Flaw('was made by an authority that does not lead to the trusted one');
}

/** Milliseconds to either side: `accuracy` of TSTInfo, RFC 3161 section 2.4.2. */
function accuracyOf(content: Uint8Array): number {
  const members = membersOf(readWholeDer(content));
  if (smallNumberOf(memberAt(members, 0, tags.integer)) !== 1) throw new Flaw('is of another version');
  const accuracy = members[5]?.tag === tags.sequence ? membersOf(members[5]) : [];
  const part = (tag: number): number => {
    const found = accuracy.find((member) => member.tag === tag);
    return found === undefined ? 0 : smallNumberOf(found);
  };
  const stated = part(tags.integer) * 1000 + part(0x80) + part(0x81) / 1000;
  return stated === 0 && oidOf(memberAt(members, 1, tags.oid)) === baselinePolicy ? 1000 : stated;
}

function same(one: Uint8Array, other: Uint8Array): boolean {
  return Buffer.compare(one, other) === 0;
}
