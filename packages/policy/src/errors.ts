import { Fault } from '@pratique/runtime/fault';

/** Everything this package throws on purpose. What an image is refused for is an answer, not a fault: see `verdict.ts`. */
export type PolicyFaultCode =
  /** A key, certificate, credential or trust root that a validator names could not be read at load. */
  | 'validator-material-unreadable'
  /** A public key that a trust root refers to could not be read where it lives. */
  | 'key-source-unreadable'
  /** The trust material of the public services is not there, has expired, or could not be refreshed. */
  | 'public-trust-missing'
  /** A cloud gave the pod no credentials for a registry (useKeychain). */
  | 'keychain-failed'
  /** Credentials would travel over plain http. */
  | 'credentials-over-http';

/** A fault of this package. */
export type PolicyFault = Fault<PolicyFaultCode>;

/** Makes a fault of this package. */
export function policyFault(details: ConstructorParameters<typeof Fault<PolicyFaultCode>>[0]): PolicyFault {
  return new Fault<PolicyFaultCode>(details);
}
