/** What is known about whether a certificate was taken back by its authority. */

/** `not-applicable`: the certificate names nowhere to ask, which is no objection (as notation has it). */
export type RevocationStatus =
  | { readonly state: 'good' }
  | { readonly state: 'not-applicable' }
  | { readonly state: 'revoked'; readonly at: Date; readonly by: string }
  /** It could not be found out; another try may. */
  | { readonly state: 'unknown'; readonly because: string };

/** A status with the moment until which its source says it counts. */
export interface DatedStatus {
  readonly status: RevocationStatus;
  readonly until: Date;
}

/** Statuses by the SHA-256 of the certificate, hex. */
export type RevocationFacts = ReadonlyMap<string, RevocationStatus>;
