/** A certificate chain and the private key of its first certificate. */
import { createPrivateKey } from 'node:crypto';
import type { KeyObject, X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import { excerpt } from '@pratique/runtime/fault';
import { nameOf, readCertificates } from './certificate.ts';
import { tlsFault } from './errors.ts';

/** What a server serves with, as PEM: as it stands in `tls.crt` and `tls.key`. */
export interface KeyPair {
  /** The leaf first, then what lies between it and an authority. */
  readonly certificate: string;
  readonly key: string;
}

/** A key pair after it was read and found to belong together. */
export interface CheckedKeyPair extends KeyPair {
  readonly leaf: X509Certificate;
  /** The whole chain, the leaf first. */
  readonly chain: readonly X509Certificate[];
}

/** The most a private key may be, in characters; RSA with 16,384 bits takes 13,000. */
const maxKeyLength = 65_536;

/**
 * Reads a key pair and checks that the key is the one of the first certificate.
 *
 * @param what names the pair in messages: `Secret connaisseur-tls`
 * @throws Fault `certificate-unreadable`, `certificate-key-mismatch`
 *
 * @example
 * const { leaf } = checkKeyPair({ certificate, key }, 'Secret connaisseur-tls');
 */
export function checkKeyPair(pair: KeyPair, what: string): CheckedKeyPair {
  const chain = readCertificates(pair.certificate, `tls.crt of ${what}`);
  const leaf = chain[0];
  if (leaf === undefined) throw missing(`tls.crt of ${what}`, 'there is no certificate in it');
  const key = readPrivateKey(pair.key, `tls.key of ${what}`);
  if (!leaf.checkPrivateKey(key)) {
    throw tlsFault({
      code: 'certificate-key-mismatch',
      message: `The private key of ${what} does not belong to its certificate ${nameOf(leaf)}.`,
      hint: 'Put the pair there that was made together; both keys of the Secret change in one update.',
      values: { what, subject: nameOf(leaf) },
    });
  }
  refuseWhatOpensslRefuses(pair, what);
  return { certificate: pair.certificate, key: pair.key, leaf, chain };
}

// Such as a key that is too short: a server would fail with it only when it is to start serving.
function refuseWhatOpensslRefuses({ certificate, key }: KeyPair, what: string): void {
  try {
    createSecureContext({ cert: certificate, key, minVersion: 'TLSv1.2' });
  } catch (error) {
    // OpenSSL names the rule, never the content.
    const why = error instanceof Error ? excerpt(error.message, 200) : 'no reason given';
    throw missing(what, `it cannot be served with (${why})`);
  }
}

/**
 * Reads a private key in PEM without password.
 *
 * @throws Fault `certificate-unreadable`; its message says nothing of the content
 */
export function readPrivateKey(pem: string, what: string): KeyObject {
  if (pem.length > maxKeyLength) throw missing(what, `it is longer than ${maxKeyLength} characters`);
  try {
    return createPrivateKey({ key: pem, format: 'pem' });
  } catch {
    // The cause is left out: nothing of a private key may reach a log.
    throw missing(what, pem.trim() === '' ? 'it is empty' : 'it is not a private key in PEM without password');
  }
}

function missing(what: string, why: string): Error {
  return tlsFault({
    code: 'certificate-unreadable',
    message: `The ${what} cannot be read: ${why}.`,
    hint: 'Put the whole PEM block there, from BEGIN to END.',
    values: { what, why },
  });
}
