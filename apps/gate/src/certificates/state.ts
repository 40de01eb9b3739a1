/** What is known when it is decided what to do: the objects as they were read, what is served, and when. */
import type { X509Certificate } from 'node:crypto';
import type { Bundle, CheckedKeyPair } from '@pratique/tls';
import type { ServingReport } from './annotations.ts';
import type { CertificateMode } from './certificates.ts';
import type { ClusterObject, ClusterRef } from './cluster.ts';

/** Whose it is: what the gate put there itself, or somebody else's, which is never overwritten. */
export type Owner = 'gate' | 'somebody';

/** A Secret with a key pair. `unread` is not `missing`: nothing is decided before it was looked at. */
export type SecretReading =
  | { readonly state: 'unread' | 'missing' }
  | {
      readonly state: 'unusable';
      readonly owner: Owner;
      readonly why: string;
      readonly fix: string;
      readonly object: ClusterObject;
    }
  | {
      readonly state: 'usable';
      readonly owner: Owner;
      readonly pair: CheckedKeyPair;
      /** SHA-256 of its first certificate. */
      readonly fingerprint: string;
      /** `ca.crt`; undefined where it is absent or cannot be used. */
      readonly authorities: Bundle | undefined;
      /** What is wrong with `ca.crt`, where it is there. */
      readonly authoritiesFlaw: string | undefined;
      readonly object: ClusterObject;
    };

/** The ConfigMap with the public authorities. */
export type PublishedReading =
  | { readonly state: 'unread' | 'missing' }
  | { readonly state: 'there'; readonly text: string; readonly object: ClusterObject };

/** One own entry of a webhook configuration. */
export interface WebhookEntry {
  /** Where it stands now; only for the patch, which tests the name there. */
  readonly index: number;
  readonly name: string;
  /** The authorities in its `caBundle`; undefined where it is empty or cannot be used. */
  readonly authorities: Bundle | undefined;
  /** What is wrong with its `caBundle`. */
  readonly flaw: string | undefined;
  readonly rules: readonly WebhookRule[];
  /** Where the API server calls: the port of the Service. */
  readonly port: number;
}

/** RuleWithOperations of admissionregistration.k8s.io/v1. */
export interface WebhookRule {
  readonly operations: readonly string[];
  readonly apiGroups: readonly string[];
  readonly apiVersions: readonly string[];
  readonly resources: readonly string[];
  readonly scope: string;
}

/** The rules the chart wants. */
export type WantedRules =
  | { readonly state: 'known'; readonly rules: readonly WebhookRule[] }
  | { readonly state: 'unknown'; readonly why: string };

/** A webhook configuration. */
export type WebhookReading =
  | { readonly state: 'unread' | 'missing'; readonly ref: ClusterRef }
  | {
      readonly state: 'there';
      readonly ref: ClusterRef;
      readonly object: ClusterObject;
      readonly entries: readonly WebhookEntry[];
      readonly wanted: WantedRules;
    };

/** What this replica serves. */
export interface OwnServing {
  readonly fingerprint: string;
  readonly chain: readonly X509Certificate[];
  readonly authorities: Bundle | undefined;
  /** A stand-in is trusted by nobody and needs nobody to vouch for it. */
  readonly standIn: boolean;
}

/** How long is waited for what. Milliseconds. */
export interface Patience {
  /** From a bundle standing in the webhook until every API server has seen it. */
  readonly settleMs: number;
  /** From a new leaf until the authority of the old one may go, at least. */
  readonly overlapMs: number;
  /** How long a replica that says nothing more is believed to be there. */
  readonly reportLifeMs: number;
  /** How long the Service may not answer before the webhook is switched on all the same. */
  readonly probeMs: number;
}

/** As decided: API servers see a change within a second; a day for a replica that cannot speak. */
export const usualPatience: Patience = {
  settleMs: 3_000,
  overlapMs: 120_000,
  reportLifeMs: 24 * 3_600_000,
  probeMs: 60_000,
};

/** Everything a decision is made from. */
export interface CertificateState {
  readonly mode: CertificateMode;
  /** Whether the time of the decision is the API server's, not only this replica's. */
  readonly timeIsConfirmed: boolean;
  /** The names a certificate has to have. */
  readonly names: readonly string[];
  /** The one the API server calls: `<service>.<namespace>.svc`. */
  readonly callersName: string;
  readonly secret: SecretReading;
  readonly authority: SecretReading;
  readonly published: PublishedReading;
  readonly webhooks: readonly WebhookReading[];
  readonly reports: readonly ServingReport[];
  readonly own: OwnServing;
  /** Who vouched for what was served before, while other replicas may still serve it. */
  readonly previous: Bundle | undefined;
  /** Since when an authority stands in every own webhook entry, by fingerprint. */
  readonly vouchedSince: ReadonlyMap<string, number>;
  /** Since when this replica could answer. */
  readonly readySince: number | undefined;
  /** Whether the Service answered when it was asked last. */
  readonly serviceAnswers: boolean;
  readonly patience: Patience;
}
