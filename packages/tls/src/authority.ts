/** An authority of our own: what vouches for the certificates of one service, and nothing else. */
import type { X509Certificate } from 'node:crypto';
import { checkKeyPair } from './key-pair.ts';
import type { KeyPair } from './key-pair.ts';
import { nameOf } from './certificate.ts';
import { keyPem, makeCertificate, newKey } from './issue.ts';
import type { Making } from './issue.ts';
import { tlsFault } from './errors.ts';

const hour = 3_600_000;
const day = 24 * hour;

/** Ten years: replaced by overlap long before. */
const authorityLife = 3650 * day;

/** How far back certificates of ours begin: clocks of nodes differ, and what begins in the future is refused. */
export const backdatedBy = hour;

/** When a certificate of ours was made, in milliseconds since 1970. */
export function issuedAt(certificate: X509Certificate): number {
  return certificate.validFromDate.getTime() + backdatedBy;
}

/**
 * Makes an authority: ECDSA on P-256, ten years, `CA:TRUE`, no authority below it. Its name ends with eight random
 * digits, so that two authorities of a service can be told apart.
 *
 * @param options.name whose authority it is: `connaisseur-svc.connaisseur.svc`
 * @throws Fault `certificate-request-invalid` for a name that cannot stand in a certificate
 *
 * @example
 * const authority = await createAuthority({ name: 'gate', now: clock(), random: randomBytes });
 */
export async function createAuthority(options: Making & { readonly name: string }): Promise<KeyPair> {
  const { name, now, random } = options;
  if (!/^[A-Za-z0-9.-]{1,253}$/.test(name)) {
    throw tlsFault({
      code: 'certificate-request-invalid',
      message: 'The name of an authority must be that of a service.',
      hint: 'Use letters, digits, dots and hyphens, as in connaisseur-svc.connaisseur.svc.',
    });
  }
  const { publicKey, privateKey } = newKey();
  const mark = Buffer.from(random(4)).toString('hex');
  const { pem } = await makeCertificate({
    // A common name may have 64 characters (RFC 5280, upper bounds).
    subject: `CN=${name.slice(0, 45)} authority ${mark}`,
    ...{ publicKey, ownKey: privateKey, now, random },
    notBefore: now - backdatedBy,
    notAfter: now + authorityLife,
    extensions: (library) => [
      new library.BasicConstraintsExtension(true, 0, true),
      new library.KeyUsagesExtension(library.KeyUsageFlags.keyCertSign | library.KeyUsageFlags.cRLSign, true),
    ],
  });
  return { certificate: pem, key: keyPem(privateKey) };
}

/**
 * Reads an authority that was kept: a key pair that may sign others.
 *
 * @param what names it in messages: `Secret connaisseur-ca`
 * @throws Fault `certificate-unreadable`, `certificate-key-mismatch`, `bundle-not-authority`
 */
export function readAuthority(pair: KeyPair, what: string): X509Certificate {
  const { leaf } = checkKeyPair(pair, what);
  if (leaf.ca) return leaf;
  throw tlsFault({
    code: 'bundle-not-authority',
    message: `The ${what} holds ${nameOf(leaf)}, which is not an authority.`,
    hint: 'Put a certificate there that may sign others (CA:TRUE), or remove it so that one is made.',
    values: { what, subject: nameOf(leaf) },
  });
}
