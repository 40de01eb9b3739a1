import { Fault } from '@pratique/runtime/fault';

/** Everything the gate throws on purpose, one code per cause a person can act on. */
export type GateFaultCode =
  /** The configuration of the gate is not right; every mistake is in the values. */
  | 'gate-configuration-invalid'
  /** The port of the webhook could not be opened. */
  | 'gate-port-unavailable'
  /** A values file to be converted is no YAML map, or too long. */
  | 'values-unreadable'
  /** A values file to be converted has nothing of any Connaisseur at its top. */
  | 'values-layout-unknown'
  /** A name in the configuration leads out of the folder it belongs into. */
  | 'file-outside-folder'
  /** A key of a trust root is not where the configuration says. */
  | 'key-not-there'
  /** The alerting document names templates, headers or addresses that cannot be used. */
  | 'alerting-invalid';

/** A fault of the gate. */
export type GateFault = Fault<GateFaultCode>;

/** Makes a fault of the gate. */
export function gateFault(details: ConstructorParameters<typeof Fault<GateFaultCode>>[0]): GateFault {
  return new Fault<GateFaultCode>(details);
}
