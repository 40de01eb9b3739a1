/**
 * What the Notary Project demands of certificates (signature specification, "Certificate Requirements"). Extensions besides the three
 * named there are not looked at, as it says: others would let a certificate authority's habits decide what a signature means.
 */
import { basicConstraints, extendedKeyUsage, extensionOf, isIssuedBy, keyUsage } from '@pratique/sigstore';
import type { Certificate } from '@pratique/sigstore';
import { excerpt } from '@pratique/runtime/fault';
import { algorithmOfKey, keyText } from './algorithms.ts';
import { membersOf, memberAt, oidOf, readWholeDer, tags } from './der.ts';

/** What a leaf is for. */
export type Purpose = 'code signing' | 'timestamping';

const keyUsageOid = '2.5.29.15';
const extendedKeyUsageOid = '2.5.29.37';
const basicConstraintsOid = '2.5.29.19';

/** Bits of key usage, RFC 5280 section 4.2.1.3. */
const bits = { digitalSignature: 0, keyCertSign: 5 } as const;
/** Everything but digitalSignature and contentCommitment. */
const foreignBits = [2, 3, 4, 5, 6, 7, 8];

const timeStamping = '1.3.6.1.5.5.7.3.8';
/** anyExtendedKeyUsage, serverAuth, clientAuth, emailProtection, timeStamping, OCSPSigning. */
const foreignPurposes = ['2.5.29.37.0', ...['1', '2', '4', '8', '9'].map((last) => `1.3.6.1.5.5.7.3.${last}`)];

/** Algorithms of certificate signatures that count. SHA-1 is not among them, nor is anything older. */
const signatureOids = new Set([
  ...['10', '11', '12', '13'].map((last) => `1.2.840.113549.1.1.${last}`), // RSA-PSS, RSA with SHA-256, -384, -512
  ...['2', '3', '4'].map((last) => `1.2.840.10045.4.3.${last}`), // ECDSA with SHA-256, -384, -512
]);

/**
 * What is wrong with a chain, in words that continue "the certificate chain …", or undefined.
 *
 * @param chain From the signing certificate to the root. A chain of one is a self-signed signing certificate.
 */
export function flawInChain(chain: readonly Certificate[], purpose: Purpose): string | undefined {
  const weak = chain.find((certificate) => !signatureOids.has(signatureOid(certificate)));
  if (weak !== undefined)
    return `has ${nameOf(weak)}, whose own signature uses an algorithm that is not allowed (SHA-1?)`;
  return flawInOrder(chain) ?? flawInLeaf(chain, purpose) ?? flawInAuthorities(chain);
}

/** The subject on one line: `CN=release, O=Example`. */
export function subjectOf({ x509 }: Certificate): string {
  return excerpt(x509.subject.split('\n').reverse().join(', '), 160);
}

/** How a certificate is told from others in messages: subject and SHA-256 over its DER. */
export function nameOf(certificate: Certificate): string {
  return `“${subjectOf(certificate)}” (SHA256:${certificate.fingerprint})`;
}

function flawInOrder(chain: readonly Certificate[]): string | undefined {
  const last = chain.length - 1;
  for (const [index, certificate] of chain.entries()) {
    const isSelfSigned = isIssuedBy(certificate, certificate);
    if (index === last)
      return isSelfSigned ? undefined : `does not end with a self-signed certificate: ${nameOf(certificate)}`;
    if (isSelfSigned) return `has a self-signed certificate before its end: ${nameOf(certificate)}`;
    const issuer = chain[index + 1]!;
    if (!isIssuedBy(certificate, issuer)) return `has ${nameOf(certificate)}, which ${nameOf(issuer)} has not issued`;
  }
  return 'is empty';
}

function flawInLeaf(chain: readonly Certificate[], purpose: Purpose): string | undefined {
  const leaf = chain[0]!;
  const flaw = flawInLeafUse(leaf, purpose);
  if (flaw !== undefined) return `has ${nameOf(leaf)} as ${purpose} certificate, ${flaw}`;
  if (algorithmOfKey(leaf.key) !== undefined) return undefined;
  return `has ${nameOf(leaf)} with a key of kind ${keyText(leaf.key.algorithm)}, which the Notary Project does not use`;
}

function flawInLeafUse(leaf: Certificate, purpose: Purpose): string | undefined {
  if (basicConstraints(leaf).ca) return 'which is a certificate authority';
  const usage = keyUsage(leaf);
  const extension = extensionOf(leaf, keyUsageOid);
  if (usage === undefined || extension === undefined) return 'which has no key usage';
  if (!extension.critical && purpose === 'code signing') return 'whose key usage is not critical';
  if (usage[bits.digitalSignature] !== 1) return 'whose key usage lacks digitalSignature';
  if (foreignBits.some((bit) => usage[bit] === 1)) return 'whose key usage allows more than signatures';
  return purpose === 'timestamping' ? flawInTimestampUse(leaf) : flawInSigningUse(leaf);
}

function flawInSigningUse(leaf: Certificate): string | undefined {
  if (extensionOf(leaf, extendedKeyUsageOid) === undefined) return undefined;
  const purposes = extendedKeyUsage(leaf)?.oids;
  if (purposes === undefined) return 'whose extended key usage cannot be read';
  return purposes.some((oid) => foreignPurposes.includes(oid))
    ? 'whose extended key usage is for something else'
    : undefined;
}

/** RFC 3161 section 2.3: one purpose only, and critical. */
function flawInTimestampUse(leaf: Certificate): string | undefined {
  const usage = extendedKeyUsage(leaf);
  const isOnly = usage?.critical === true && usage.oids.length === 1 && usage.oids[0] === timeStamping;
  return isOnly ? undefined : 'whose extended key usage is not timeStamping alone and critical';
}

function flawInAuthorities(chain: readonly Certificate[]): string | undefined {
  for (const [above, authority] of chain.slice(1).entries()) {
    const flaw = flawInAuthority(authority, above);
    if (flaw !== undefined) return `has ${nameOf(authority)} as certificate authority, ${flaw}`;
  }
  return undefined;
}

function flawInAuthority(authority: Certificate, authoritiesBelow: number): string | undefined {
  const { ca, pathLength } = basicConstraints(authority);
  if (!ca || extensionOf(authority, basicConstraintsOid)?.critical !== true)
    return 'whose basic constraints do not make it one, or are not critical';
  if (pathLength !== undefined && !(authoritiesBelow <= pathLength))
    return `which allows ${pathLength} authorities below it`;
  if (extensionOf(authority, keyUsageOid)?.critical !== true) return 'which has no critical key usage';
  return keyUsage(authority)?.[bits.keyCertSign] === 1 ? undefined : 'whose key usage lacks keyCertSign';
}

function signatureOid(certificate: Certificate): string {
  try {
    const algorithm = memberAt(membersOf(readWholeDer(certificate.der)), 1, tags.sequence);
    return oidOf(memberAt(membersOf(algorithm), 0, tags.oid));
  } catch {
    return '';
  }
}
