import { Fault } from '@pratique/runtime/fault';
import type { FaultDetails } from '@pratique/runtime/fault';

/** Everything the test bed can fail at, as stable codes. */
export type TestbedFaultCode =
  | 'postgres-binaries-missing'
  | 'postgres-binaries-unusable'
  | 'postgres-init-failed'
  | 'postgres-start-failed'
  | 'postgres-data-in-use'
  | 'postgres-data-foreign'
  | 'postgres-data-other-version'
  | 'database-name-invalid'
  | 'test-database-unavailable'
  | 'outside-program-missing'
  | 'browser-missing'
  | 'fleet-request-invalid'
  | 'fleet-data-invalid'
  | 'issuer-token-invalid'
  /** No port near the wanted one is free. */
  | 'no-free-port';

/** A fault of the test bed; the code is checked against the closed union. */
export function testbedFault(details: FaultDetails<TestbedFaultCode>): Fault<TestbedFaultCode> {
  return new Fault(details);
}
