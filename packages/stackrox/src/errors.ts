import { Fault } from '@pratique/runtime/fault';

/**
 * Everything this package throws on purpose. One code per cause a person can act on; what the driver or the
 * server said is translated in `driver-faults.ts`.
 */
export type StackroxFaultCode =
  /** The settings of the application database cannot be turned into an address. */
  | 'database-address-invalid'
  /** The settings of the StackRox database cannot be turned into an address. */
  | 'stackrox-address-invalid'
  /** Nobody answers, the connection broke, the server starts or stops, or the circuit breaker is open. */
  | 'stackrox-unavailable'
  /** The server, the role or this client's pool has no connection left. */
  | 'stackrox-busy'
  /** User or password were refused. */
  | 'stackrox-auth-failed'
  /** The server has no database of that name (as in the middle of a restore). */
  | 'stackrox-database-missing'
  /** A statement, a lock or the acquisition of a connection took longer than allowed. */
  | 'stackrox-timeout'
  /** TLS could not be agreed on or the certificate was refused. */
  | 'stackrox-tls'
  /** The role may not read something that is needed. */
  | 'stackrox-permission-denied'
  /** The session refused to write, as it must. */
  | 'stackrox-read-only'
  /** Tables or columns are not those of a release this package knows. */
  | 'stackrox-schema-unsupported'
  /** The database is there and holds no table of Central. */
  | 'stackrox-empty'
  /** Central is being installed, migrated or restored at this moment. */
  | 'stackrox-migrating'
  /** The connection was stopped by this program. */
  | 'stackrox-stopped'
  /** The server refused a statement for a reason not listed above. */
  | 'stackrox-query-failed';

/** A fault of this package. */
export type StackroxFault = Fault<StackroxFaultCode>;

/** What a fault of this package says; see {@link Fault}. */
export interface StackroxFaultDetails {
  readonly code: StackroxFaultCode;
  readonly message: string;
  readonly hint: string;
  readonly values?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

/** Builds a fault with the code checked against the closed list. */
export function stackroxFault(details: StackroxFaultDetails): StackroxFault {
  return new Fault<StackroxFaultCode>(details);
}
