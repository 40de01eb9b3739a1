import { Fault } from '@pratique/runtime/fault';

/** Everything this package throws on purpose, one code per cause a person can act on. */
export type TlsFaultCode =
  /** A certificate or key in PEM cannot be read. */
  | 'certificate-unreadable'
  /** The private key is not the one the certificate was made for. */
  | 'certificate-key-mismatch'
  /** What is to vouch for others holds no certificate at all. */
  | 'bundle-empty'
  /** What is to vouch for others holds a certificate that may not. */
  | 'bundle-not-authority'
  /** A certificate was asked for that could not work. */
  | 'certificate-request-invalid';

/** A fault of this package. */
export type TlsFault = Fault<TlsFaultCode>;

/** Makes a fault of this package. */
export function tlsFault(details: ConstructorParameters<typeof Fault<TlsFaultCode>>[0]): TlsFault {
  return new Fault<TlsFaultCode>(details);
}
