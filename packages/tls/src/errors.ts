import { Fault } from '@pratique/runtime/fault';

/** Everything this package throws on purpose, one code per cause a person can act on. */
export type TlsFaultCode =
  /** A certificate or key in PEM cannot be read. */
  'certificate-unreadable';

/** A fault of this package. */
export type TlsFault = Fault<TlsFaultCode>;

/** Makes a fault of this package. */
export function tlsFault(details: ConstructorParameters<typeof Fault<TlsFaultCode>>[0]): TlsFault {
  return new Fault<TlsFaultCode>(details);
}
