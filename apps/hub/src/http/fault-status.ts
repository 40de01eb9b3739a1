import type { StackroxFaultCode } from '@pratique/stackrox/errors';
import type { ErrorCode } from '@pratique/hub/contract';
import type { HubFaultCode } from '../errors.ts';

/**
 * Fault → code of the contract, whose table gives the HTTP status. The only place where faults become statuses; the
 * compiler keeps it complete. What is nobody's fault but ours is `internal`.
 */
export const faultStatus: Readonly<Record<HubFaultCode | StackroxFaultCode, ErrorCode>> = {
  'app-db-unavailable': 'app_db_unavailable',
  'app-db-auth-failed': 'app_db_unavailable',
  'app-db-missing': 'app_db_unavailable',
  'app-db-timeout': 'app_db_unavailable',
  'app-db-migration-failed': 'app_db_unavailable',
  'workflow-too-large': 'internal',
  'feed-invalid': 'internal',
  'feed-shrunk': 'internal',
  'source-never-read': 'stackrox_unavailable',
  'source-empty': 'stackrox_unavailable',
  'source-shrunk': 'stackrox_unavailable',
  'reader-failed': 'stackrox_unavailable',
  'caller-missing': 'internal',
  'not-found': 'not_found',
  'no-access': 'no_access',
  'cluster-not-allowed': 'cluster_not_allowed',
  'api-server-unavailable': 'api_server_unavailable',
  'sec-team-required': 'sec_team_required',
  'cross-site': 'cross_site',
  'rate-limited': 'rate_limited',
  overloaded: 'overloaded',
  unauthenticated: 'unauthenticated',
  'user-header-missing': 'user_header_missing',
  'token-invalid': 'token_invalid',
  'too-many-namespaces': 'too_many_namespaces',
  'bad-request': 'bad_request',
  conflict: 'conflict',
  'database-address-invalid': 'internal',
  'stackrox-address-invalid': 'stackrox_unavailable',
  'stackrox-unavailable': 'stackrox_unavailable',
  'stackrox-busy': 'stackrox_unavailable',
  'stackrox-auth-failed': 'stackrox_unavailable',
  'stackrox-database-missing': 'stackrox_unavailable',
  'stackrox-timeout': 'stackrox_unavailable',
  'stackrox-tls': 'stackrox_unavailable',
  'stackrox-permission-denied': 'stackrox_unavailable',
  'stackrox-read-only': 'internal',
  'stackrox-schema-unsupported': 'schema_unsupported',
  'stackrox-empty': 'stackrox_unavailable',
  'stackrox-migrating': 'stackrox_unavailable',
  'stackrox-stopped': 'stackrox_unavailable',
  'stackrox-query-failed': 'stackrox_unavailable',
};

/** The code an API client gets for a fault of any package. */
export function contractCode(faultCode: string): ErrorCode {
  const known: Readonly<Record<string, ErrorCode>> = faultStatus;
  return Object.hasOwn(known, faultCode) ? (known[faultCode] ?? 'internal') : 'internal';
}
