import type { SpokeConfig } from '../config.ts';
import type { Refusal } from './claim.ts';
import { refuse } from './claim.ts';
import { readIdentityHeaders } from './headers.ts';
import { keyRing } from './spoke-keys.ts';

/** A program of a cluster that reports on its own behalf, not on a person's: a gate. */
export interface Reporter {
  readonly keyName: string | null;
  /** The clusters it may report for; null: any. */
  readonly clusters: readonly string[] | null;
}

/** Who reports, or why nobody is believed. */
export type ReporterOutcome = { readonly kind: 'identified'; readonly reporter: Reporter } | Refusal;

/** Identifies a report by its raw header list. */
export type AuthenticateReporter = (rawHeaders: readonly string[]) => ReporterOutcome;

/**
 * Reports are believed by the key of their cluster and by nothing else: no token, no person, and dev mode opens nothing, because what is
 * reported is shown to teams as what happened.
 */
export function createAuthenticateReporter({ keys }: Pick<SpokeConfig, 'keys'>): AuthenticateReporter {
  const findKey = keyRing(keys);
  return (rawHeaders) => {
    const { key: presented, repeated } = readIdentityHeaders(rawHeaders);
    if (repeated.length > 0) {
      return refuse('unauthenticated', `identity headers were sent more than once: ${repeated.join(', ')}`, {
        headers: repeated,
      });
    }
    if (presented === undefined || presented === '') return refuse('unauthenticated', 'the report came without a key');
    const key = findKey(presented);
    if (key === null) return refuse('unauthenticated', 'X-Api-Key is none of SPOKE_API_KEYS');
    return { kind: 'identified', reporter: { keyName: key.name, clusters: key.clusters } };
  };
}
