/** What judging needs from the rest of the gate, as narrow as it uses it. */
import type { WorkloadKind } from '@pratique/kube/workload';
import type { CanonicalImage, Policy, Validator, ValidatorSettings } from '@pratique/policy';

/** A configuration in force: everything a verdict depends on, exchanged as a whole. */
export interface ActivePolicy {
  readonly policy: Policy;
  readonly validators: ReadonlyMap<string, Validator>;
  /** What an image text leads to now, or undefined where that cannot be said; cheaper than verifying. */
  digestOf?(image: CanonicalImage, settings: ValidatorSettings, signal: AbortSignal): Promise<string | undefined>;
}

/** The controller of an object, as its `ownerReferences` name it. */
export interface Owner extends WorkloadKind {
  readonly apiVersion: string;
  readonly name: string;
  readonly uid: string;
  readonly namespace: string;
}

/** Looking at parents of workloads (ADM-11). */
export interface Parents {
  /**
   * Whether the object an owner reference names exists under that uid and names the image. No answer, another uid or an unknown
   * kind are no. Never throws.
   */
  names(owner: Owner, image: string): Promise<boolean>;
}

/** Labels of namespaces, for rules that ask for them. */
export interface Namespaces {
  /** Undefined where they cannot be known now. Never throws. */
  labels(namespace: string): Promise<Readonly<Record<string, string>> | undefined>;
}

/** The switches of 1.8 that judging and answering heed. */
export interface Features {
  readonly automaticChildApproval: boolean;
  /** Whether a child needs a recorded accept of its image and rule as well. */
  readonly childApprovalRequiresDecision: boolean;
  readonly automaticUnchangedApproval: boolean;
  /** How old an accept may be for an unchanged image to be passed; undefined: none is needed. */
  readonly unchangedMaxAgeMs: number | undefined;
  readonly detectionMode: boolean;
  readonly podsOnly: boolean;
}

/** What alerts are told of (4.2). */
export interface AlertEvent {
  readonly outcome: 'admitted' | 'rejected' | 'timeout' | 'invalid';
  readonly uid: string;
  readonly namespace: string;
  readonly images: readonly string[];
  /** The text of the denial; absent where there is none. */
  readonly error?: string;
}

/** Telling others of decisions (ADM-16). */
export interface Alerts {
  /**
   * Sends what is configured for the event; waits only for receivers whose failure denies, never longer than the signal.
   *
   * @returns why the request is to be denied although it was judged otherwise, and whether that holds in detection mode too
   */
  tell(
    event: AlertEvent,
    signal: AbortSignal,
  ): Promise<{ readonly denial: string; readonly evenInDetectionMode: boolean } | undefined>;
}
