/**
 * What the policy answers about one image. Every caller (webhook, command line, demo) gets these and only words them
 * differently, so that the same image never fares differently by who asks.
 */

/**
 * Why an image is refused, as a stable word: decides what may be cached, which metric counts and what is advised. The first
 * group is definite, the second may be different in a moment and is never kept as a verdict (CAC-6).
 */
export type RefusalClass =
  | 'static_deny'
  | 'no_rule'
  | 'invalid_reference'
  | 'no_signature'
  | 'wrong_key'
  | 'wrong_digest'
  | 'identity_mismatch'
  | 'tlog'
  | 'sct'
  | 'timestamp'
  | 'threshold'
  | 'required_missing'
  | 'attestation'
  | 'image_not_found'
  | 'config'
  | PassingClass;

/** Classes that say nothing about the image: the next try may answer otherwise. */
export type PassingClass = 'registry_auth' | 'registry_unreachable' | 'registry_tls' | 'kms' | 'timeout' | 'internal';

/** The passing classes, for whoever decides about caching. */
export const passingClasses: ReadonlySet<RefusalClass> = new Set<PassingClass>([
  'registry_auth',
  'registry_unreachable',
  'registry_tls',
  'kms',
  'timeout',
  'internal',
]);

/** One fact that was seen while judging, in words that are safe to print anywhere; never a secret. */
export interface Finding {
  /** `cosign signature (bundle) by trust root team-a, key SHA256:…`, `log entry 1234 of rekor.example.com at …`. */
  readonly text: string;
  /** Where it was found, as a person can look it up. */
  readonly location?: string;
}

/** What a validator says of an image (VAL-1 to VAL-5). */
export type ValidatorAnswer =
  | {
      readonly outcome: 'accepted';
      /** `sha256:…` the image was found to be; absent only from validators that look at nothing (`static`). */
      readonly digest?: string;
      readonly found: readonly Finding[];
      /** Worth telling the person who deploys although the image is accepted. */
      readonly warnings: readonly string[];
    }
  | {
      readonly outcome: 'refused';
      readonly class: RefusalClass;
      /** The part after `error during <type> validation of image <image>: `; keeps Connaisseur's fragments. */
      readonly detail: string;
      readonly found: readonly Finding[];
      /** What would have been accepted, in words. */
      readonly wanted: string;
      readonly nextStep: string;
      readonly warnings: readonly string[];
    };

/** The rule and validator that decided. */
export interface DecidedBy {
  readonly pattern: string;
  /** Position in the file, from 0. */
  readonly index: number;
  readonly validator: string;
  readonly type: ValidatorType;
}

export type ValidatorType = 'static' | 'cosign' | 'notaryv1' | 'notation';

/** The verdict on one image of a workload. */
export type ImageVerdict =
  | {
      readonly verdict: 'accepted';
      readonly image: string;
      /** What the image field is to become; absent where it stays (validate-only, static, already pinned). */
      readonly replacement?: string;
      readonly digest?: string;
      readonly by: DecidedBy;
      readonly found: readonly Finding[];
      readonly warnings: readonly string[];
    }
  | {
      readonly verdict: 'refused';
      readonly image: string;
      readonly class: RefusalClass;
      /** The whole sentence a user sees, without the hint of class and next command. */
      readonly message: string;
      readonly by?: DecidedBy;
      readonly found: readonly Finding[];
      readonly wanted: string;
      readonly nextStep: string;
      readonly warnings: readonly string[];
      /** The rule says `action: warn`: to be told, not to be enforced. */
      readonly onlyWarn: boolean;
    };
