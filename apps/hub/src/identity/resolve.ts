import type { DevConfig, OidcConfig, SpokeConfig } from '../config.ts';
import type { Caller } from './caller.ts';
import type { Claim, ClaimOutcome, Dropped, Refusal } from './claim.ts';
import { refuse } from './claim.ts';
import type { DemoPerson } from './dev.ts';
import { devClaim } from './dev.ts';
import { readIdentityHeaders } from './headers.ts';
import { oidcClaim } from './oidc.ts';
import type { SigningKeys } from './signing-keys.ts';
import { keyRing } from './spoke-keys.ts';
import { spokeClaim } from './spoke.ts';
import type { Users } from './users.ts';

/** Who asks, or why nobody could be identified. */
export type Identification =
  | { readonly kind: 'identified'; readonly caller: Caller; readonly dropped: Dropped }
  | Refusal;

/** Identifies one request by its raw header list (names and values in turn, as Node's `rawHeaders`). */
export type Authenticate = (rawHeaders: readonly string[]) => Promise<Identification>;

/** What identification works with. */
export interface IdentityParts {
  /** Not null: dev mode, in which everybody is let in. */
  readonly dev: DevConfig | null;
  /** Ready-made people of a demo; they count in dev mode only. */
  readonly people?: readonly DemoPerson[];
  readonly spoke: SpokeConfig;
  /** Null: bearer tokens are not accepted. */
  readonly oidc: { readonly config: OidcConfig; readonly keys: SigningKeys } | null;
  readonly users: Users;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/**
 * The one place where requests get an identity: dev mode, else an accepted spoke key, else a bearer token. A key that
 * is not accepted is no error by itself; the request may still carry a token. Namespaces come from this request alone.
 *
 * The returned function throws Fault `app-db-*` when the person cannot be written down: nobody works unrecorded.
 */
export function createAuthenticate(parts: IdentityParts): Authenticate {
  const findKey = keyRing(parts.spoke.keys);

  async function claim(rawHeaders: readonly string[]): Promise<ClaimOutcome> {
    const headers = readIdentityHeaders(rawHeaders);
    if (parts.dev !== null) return devClaim(parts.dev, parts.people ?? [], headers.devPerson);
    if (headers.repeated.length > 0) {
      return refuse('unauthenticated', `identity headers were sent more than once: ${headers.repeated.join(', ')}`, {
        headers: headers.repeated,
      });
    }
    const key = headers.key === undefined || headers.key === '' ? null : findKey(headers.key);
    if (key !== null) return spokeClaim(key, headers, parts.spoke);
    if (headers.authorization !== undefined && parts.oidc !== null) {
      return await oidcClaim(headers.authorization, { ...parts.oidc, shared: parts.spoke, now: parts.now });
    }
    return refuse(
      'unauthenticated',
      headers.key === undefined ? 'neither a key nor a token came' : 'X-Api-Key is none of SPOKE_API_KEYS',
    );
  }

  return async (rawHeaders) => {
    const outcome = await claim(rawHeaders);
    if (outcome.kind === 'refused') return outcome;
    const known = await parts.users.provision(outcome.claim);
    return { kind: 'identified', caller: callerOf(outcome.claim, known), dropped: outcome.claim.dropped };
  };
}

function callerOf(claim: Claim, known: { readonly email: string; readonly onboardingCompleted: boolean }): Caller {
  return {
    id: claim.userId,
    username: claim.username,
    email: known.email,
    role: claim.role,
    isSecTeam: claim.role === 'sec_team',
    hasAllNamespaces: claim.wildcard,
    namespaces: claim.pairs,
    reach: claim.reach,
    onboardingCompleted: known.onboardingCompleted,
    keyName: claim.keyName,
  };
}
