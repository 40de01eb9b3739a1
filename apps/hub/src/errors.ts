import { Fault } from '@pratique/runtime/fault';
import type { FaultDetails } from '@pratique/runtime/fault';

/** Every code a fault of the hub can carry. Codes of the packages it uses pass through it unchanged. */
export type HubFaultCode =
  /** The application database cannot be reached, is starting, stopping, or out of connections. */
  | 'app-db-unavailable'
  /** The application database refuses the user or its password. */
  | 'app-db-auth-failed'
  /** The server answers, but has no database of that name. */
  | 'app-db-missing'
  /** A statement took longer than allowed, or waited too long for a lock. */
  | 'app-db-timeout'
  /** The tables could not be brought to the version this program needs; nothing was changed. */
  | 'app-db-migration-failed'
  /** The small workflow tables hold more rows than a hub may keep in memory. */
  | 'workflow-too-large'
  /** A feed (KEV, EPSS) is not in its published format, or contradicts itself. */
  | 'feed-invalid'
  /** A feed lost more than half of its entries since the last import; the old entries were kept. */
  | 'feed-shrunk'
  /** StackRox has not been read completely since this installation exists. */
  | 'source-never-read'
  /** StackRox answered, but lists nothing that runs; the last known data stays. */
  | 'source-empty'
  /** StackRox holds far less than before; the last known data stays until a person agrees. */
  | 'source-shrunk'
  /** The reader failed for a reason it does not know. */
  | 'reader-failed'
  /** A route asked for the caller although it is public: a defect of the program. */
  | 'caller-missing'
  /** What was asked for does not exist, or not within the caller's reach. */
  | 'not-found'
  /** The caller is known and may not do this. */
  | 'no-access'
  /** A key bound to clusters reported for another. */
  | 'cluster-not-allowed'
  /** The API server a demo tries deployments on did not answer. */
  | 'api-server-unavailable'
  /** Only the security team may do this. */
  | 'sec-team-required'
  /** The request comes from another web site. */
  | 'cross-site'
  /** Too many requests of one identity, or too many failed logins from one address. */
  | 'rate-limited'
  /** More requests than this process can work on. */
  | 'overloaded'
  /** Nobody could be identified: no accepted key and no bearer token. */
  | 'unauthenticated'
  /** An accepted spoke key came without the user it speaks for. */
  | 'user-header-missing'
  /** A bearer token that could not be verified. */
  | 'token-invalid'
  /** More namespaces than MAX_NAMESPACE_COUNT. */
  | 'too-many-namespaces'
  /** A value of the request that its schema cannot express is wrong. */
  | 'bad-request'
  /** Another change came first, a name is taken, or there is no room for more. */
  | 'conflict';

/** A fault of the hub. */
export type HubFault = Fault<HubFaultCode>;

/** Makes a fault of the hub; throw what it returns. */
export function hubFault(details: FaultDetails<HubFaultCode>): HubFault {
  return new Fault<HubFaultCode>(details);
}

/**
 * The fault for something that does not exist or lies outside the caller's reach; the two are told apart nowhere,
 * so that nobody can probe for names of other teams.
 *
 * @param what what was looked for, as in a sentence: `CVE-2026-1`
 */
export function notFound(what: string): HubFault {
  return hubFault({
    code: 'not-found',
    message: `${what} was not found.`,
    hint: 'Check the spelling, and whether it is deployed in one of your namespaces.',
    values: { what },
  });
}
