import type { Pair, Role } from '@pratique/hub/contract';
import type { Reach } from '../visibility/reach.ts';

/** Who asks, as established for this request. Namespace scope is never taken from storage. */
export interface Caller {
  readonly id: string;
  readonly username: string;
  readonly email: string;
  readonly role: Role;
  readonly isSecTeam: boolean;
  /** The namespace statement was the wildcard (`*`). */
  readonly hasAllNamespaces: boolean;
  /** The pairs of this request's statement; empty for wildcard callers. */
  readonly namespaces: readonly Pair[];
  /** What visibility works with: the security team and unbound wildcard callers reach everything. */
  readonly reach: Reach;
  readonly onboardingCompleted: boolean;
  /** Name of the spoke key, where one was used and named. For logs only. */
  readonly keyName: string | null;
}

/** Wildcard, or at least one pair. A security-team caller with an empty header has none. */
export function hasNamespaces(caller: Caller): boolean {
  return caller.hasAllNamespaces || caller.namespaces.length > 0;
}

/** Security team or wildcard. */
export function seesAll(caller: Caller): boolean {
  return caller.isSecTeam || caller.hasAllNamespaces;
}
