/** Whether this replica serves what stands in the Secret. Pure. */
import { fingerprintOf } from '@pratique/tls';
import type { Bundle, CheckedKeyPair } from '@pratique/tls';
import { ownsCertificate } from './plan.ts';
import type { CertificateState } from './state.ts';
import { authoritiesOfSomebody, isVouchedFor, vouchedSince } from './trust.ts';

/** What to serve. */
export type ServingChoice =
  | { readonly choice: 'keep' }
  | { readonly choice: 'switch'; readonly pair: CheckedKeyPair; readonly authorities: Bundle | undefined }
  /** The new one is refused by callers that accept the present one; looked at again then, or when something changes. */
  | { readonly choice: 'hold'; readonly until: number | undefined; readonly why: string };

/**
 * Decides what this replica serves. A new certificate is taken when the webhook vouches for it and API servers had time to see that; at once where
 * what is served now is not accepted either.
 */
export function chooseServing(state: CertificateState, now: number): ServingChoice {
  const { secret, own } = state;
  if (secret.state !== 'usable') return { choice: 'keep' };
  const { pair, fingerprint } = secret;
  const authorities = ownsCertificate(state) ? secret.authorities : authoritiesOfSomebody(secret, now);
  const take = { choice: 'switch', pair, authorities } as const;
  const sameAuthorities = own.authorities?.pem === authorities?.pem;
  if (own.fingerprint === fingerprint) return sameAuthorities && !own.standIn ? { choice: 'keep' } : take;
  if (own.standIn || isVouchedFor(own.chain, state, now) !== true) return take;
  const why = `the webhook does not vouch for ${fingerprintOf(pair.leaf).slice(0, 16)} yet`;
  if (isVouchedFor(pair.chain, state, now) !== true) return { choice: 'hold', until: undefined, why };
  const since = vouchedSince(pair.chain, authorities, { since: state.vouchedSince, now });
  const until = (since ?? now) + state.patience.settleMs;
  return until > now ? { choice: 'hold', until, why: 'API servers may not know its authority yet' } : take;
}
