/** The log of certificates: it promises (RFC 6962 section 3.2) and keeps nothing, as nobody asks it here. */
import * as x509 from '@peculiar/x509';
import { childrenOf, octets, readDer } from './der.ts';
import { sha256, signWith } from './keys.ts';
import type { ServiceKey } from './keys.ts';

const sctListOid = '1.3.6.1.4.1.11129.2.4.2';

/** What is needed for a promise about a certificate that is still to be made. */
export interface Precertificate {
  readonly key: ServiceKey;
  /** DER of a certificate that is equal but for the promise. */
  readonly certificate: Uint8Array;
  /** SubjectPublicKeyInfo of its issuer. */
  readonly issuerSpki: Uint8Array;
  readonly at: Date;
}

/** The extension that carries one promise about the certificate. */
export function sctExtension(request: Precertificate): x509.Extension {
  const [tbs] = childrenOf(readDer(request.certificate));
  if (tbs === undefined) throw new RangeError('the certificate has no content');
  const time = bigEndian(request.at.getTime(), 8);
  const none = bigEndian(0, 2);
  const signed = Buffer.concat([
    ...[Buffer.from([0, 0]), time, bigEndian(1, 2), sha256(request.issuerSpki)],
    ...[bigEndian(tbs.raw.length, 3), tbs.raw, none],
  ]);
  const signature = signWith(request.key, signed);
  const sha256WithEcdsa = Buffer.from([4, 3]);
  const sct = Buffer.concat([
    ...[Buffer.from([0]), request.key.id, time, none],
    ...[sha256WithEcdsa, bigEndian(signature.length, 2), signature],
  ]);
  const list = Buffer.concat([bigEndian(sct.length + 2, 2), bigEndian(sct.length, 2), sct]);
  return new x509.Extension(sctListOid, false, octets(list));
}

function bigEndian(value: number, bytes: number): Buffer {
  return Buffer.from(value.toString(16).padStart(bytes * 2, '0'), 'hex');
}
