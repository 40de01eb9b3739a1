/** What every way of verifying an image has in common. One folder per way beside this file. */
import type { ContentStore } from '@pratique/oci';
import type { TrustMaterial } from '@pratique/sigstore';
import type { Fault } from '@pratique/runtime/fault';
import type { Rule, ValidatorSettings, KeySource } from '../configuration/policy.ts';
import type { CanonicalImage } from '../image/canonical-image.ts';
import type { ValidatorAnswer } from '../verdict.ts';

/** One image to be verified under one rule. */
export interface Validation {
  readonly image: CanonicalImage;
  readonly rule: Rule;
  readonly now: Date;
  /** Aborted at the deadline of the request. */
  readonly signal: AbortSignal;
}

/** A validator, ready to be asked. It never throws for what an image, a registry or a server sent (VAL-3). */
export interface Validator {
  readonly settings: ValidatorSettings;
  validate(validation: Validation): Promise<ValidatorAnswer>;
}

/** Something that was looked for: got, or why not. */
export type Obtained<T> =
  | { readonly state: 'there'; readonly value: T }
  | { readonly state: 'failed'; readonly fault: Fault };

/**
 * What validators need from the program. All of it may be slow or fail; none of it may be reached in another way, so that
 * two validators never share credentials or CAs (NTN-2).
 */
export interface ValidatorSurroundings {
  /** The repository of an image, reached with the credentials and CAs of this validator. */
  repository(
    image: Pick<CanonicalImage, 'registry' | 'repository'>,
    validator: ValidatorSettings,
  ): Promise<ContentStore>;
  /** The public services' trust material, kept fresh in the background; never fetched on the way of a request. */
  publicTrust(): Obtained<TrustMaterial>;
  /** A key that lives elsewhere, as it was last read (COS-2). */
  key(source: Exclude<KeySource, { kind: 'inline' }>): Obtained<string>;
  /** Plain requests (Notary server, OCSP, CRL, online log look-ups) with proxies and the validator's CAs. */
  fetch(validator: ValidatorSettings): typeof fetch;
  /** Platforms the nodes of the cluster run (`linux/amd64`), where the program knows them (COS-11). */
  nodePlatforms?(): readonly string[] | undefined;
  /** Username and password for a host that is no registry (Notary), or undefined. */
  login(validator: ValidatorSettings): Promise<{ readonly username: string; readonly password: string } | undefined>;
}
