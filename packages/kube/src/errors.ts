import { Fault } from '@pratique/runtime/fault';

/** Everything this package throws on purpose, one code per cause a person can act on. */
export type KubeFaultCode =
  /** The API server could not be reached. */
  'api-unreachable';

/** A fault of this package. */
export type KubeFault = Fault<KubeFaultCode>;

/** Makes a fault of this package. */
export function kubeFault(details: ConstructorParameters<typeof Fault<KubeFaultCode>>[0]): KubeFault {
  return new Fault<KubeFaultCode>(details);
}
