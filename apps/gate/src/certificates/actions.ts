/** What can be done to the objects of the cluster, as data: decided in `plan.ts`, done in `execute.ts`. */
import type { Bundle } from '@pratique/tls';
import type { RepairedObject } from './certificates.ts';
import type { ClusterRef } from './cluster.ts';
import type { WebhookRule } from './state.ts';

interface Because {
  /** For the log: what was found. */
  readonly why: string;
  /** What is counted as put right; absent where it is the ordinary course of things. */
  readonly repairs?: readonly RepairedObject[];
}

/** One change. */
export type CertificateAction = Because &
  (
    | {
        /** A new authority in its Secret; the others stay published beside it. */
        readonly act: 'create-authority';
        readonly keep: Bundle | undefined;
      }
    /** What else is published beside the authority: old ones for an overlap. */
    | { readonly act: 'keep-authorities'; readonly authorities: Bundle }
    /** A new leaf in the Secret, signed by the authority. */
    | { readonly act: 'issue-leaf'; readonly authorities: Bundle }
    /** `ca.crt` of the Secret. */
    | { readonly act: 'set-secret-authorities'; readonly authorities: Bundle }
    /** `ca.crt` of the ConfigMap. */
    | { readonly act: 'publish'; readonly authorities: Bundle }
    | { readonly act: 'set-webhook'; readonly ref: ClusterRef; readonly entries: readonly EntryChange[] }
    /** Reports of replicas that are gone. */
    | { readonly act: 'forget-reports'; readonly annotations: readonly string[] }
  );

/** What one entry of a webhook configuration gets. */
export interface EntryChange {
  readonly index: number;
  readonly name: string;
  readonly authorities?: Bundle;
  readonly rules?: readonly WebhookRule[];
}

/** What is to be done now, and when to look again though nothing happened. */
export interface CertificatePlan {
  readonly actions: readonly CertificateAction[];
  /** Milliseconds since 1970. */
  readonly wakeAt: number | undefined;
}
