import type { Pair, Role } from '@pratique/hub/contract';
import type { Reach } from '../visibility/reach.ts';
import type { NamespaceStatement, StatedContact } from './statement.ts';

/** What a trustworthy source says about a person, before the person has been looked up or written down. */
export interface Claim {
  readonly userId: string;
  readonly username: string;
  /** The address, and whether somebody really gave it: a made-up one never replaces a real one. */
  readonly email: string;
  readonly emailIsReal: boolean;
  readonly role: Role;
  readonly wildcard: boolean;
  readonly pairs: readonly Pair[];
  readonly reach: Reach;
  readonly keyName: string | null;
  readonly contacts: readonly StatedContact[];
  /** How many stated pairs, contacts and roles were not accepted because the key is not entitled to them. */
  readonly dropped: Dropped;
}

/** What a cluster-bound key asked for in vain. */
export interface Dropped {
  readonly pairs: number;
  readonly contacts: number;
  readonly secTeam: boolean;
}

/** Nothing was asked for in vain. */
export const nothingDropped: Dropped = { pairs: 0, contacts: 0, secTeam: false };

/** Why somebody was not identified. `detail` is for the log only: it may say what a stranger should not learn. */
export interface Refusal {
  readonly kind: 'refused';
  readonly code: 'unauthenticated' | 'user-header-missing' | 'token-invalid' | 'too-many-namespaces' | 'bad-request';
  readonly detail: string;
  readonly values: Readonly<Record<string, unknown>>;
}

/** Makes a refusal. */
export function refuse(code: Refusal['code'], detail: string, values: Refusal['values'] = {}): Refusal {
  return { kind: 'refused', code, detail, values };
}

/** A claim, or why there is none. */
export type ClaimOutcome = { readonly kind: 'claimed'; readonly claim: Claim } | Refusal;

/**
 * How far a statement reaches. The security team reaches everything whatever its pairs; a wildcard reaches everything,
 * or the clusters its key is bound to; everybody else exactly the pairs of this request, which may be none.
 */
export function reachOf(role: Role, statement: NamespaceStatement, clusters: readonly string[] | null): Reach {
  if (role === 'sec_team') return { kind: 'all' };
  if (!statement.wildcard) return { kind: 'pairs', pairs: statement.pairs };
  return clusters === null ? { kind: 'all' } : { kind: 'clusters', clusters };
}

/** Refuses a statement with more pairs than allowed: cutting it would silently hide namespaces. */
export function refuseTooMany(statement: NamespaceStatement, limit: number): Refusal | null {
  const count = statement.pairs.length;
  if (count <= limit) return null;
  return refuse('too-many-namespaces', `${count} namespaces were stated, ${limit} are allowed`, { count, limit });
}

/** What an id or a name must not contain to be stored and logged. */
export function isStorableName(text: string, maxLength = 255): boolean {
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  return text !== '' && text.length <= maxLength && !/[\u0000-\u001f\u007f]/.test(text);
}
