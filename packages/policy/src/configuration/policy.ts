/**
 * The configuration of the gate after it was read and found right: nothing here can be wrong any more, every name resolves and
 * every key is parsed.
 */
import type { RegistryHost } from '@pratique/oci';
import type { PublicKey, TextRule, TrustMaterial } from '@pratique/sigstore';
import type { X509Certificate } from 'node:crypto';

/** Everything a verdict depends on. */
export interface Policy {
  /** `sha256:` over the canonical form; equal on all replicas that loaded the same text. */
  readonly hash: string;
  readonly rules: readonly Rule[];
  readonly validators: ReadonlyMap<string, ValidatorSettings>;
  /** Top-level `registries` (REG-6), usable by all validators. */
  readonly registries: readonly RegistrySetting[];
  readonly patternMatching: 'anchored' | 'legacy';
  /** How Docker Hub is written into workloads (IMG-6). */
  readonly canonicalDockerHost: 'index.docker.io' | 'docker.io';
}

/** A registry of `registries[]`: how it is reached, and how fast. */
export interface RegistrySetting extends RegistryHost {
  /** Requests per second, where limited. */
  readonly rateLimit?: number;
  readonly timeoutMs?: number;
}

/** One entry of `policy` (1.6). Defaults are filled in. */
export interface Rule {
  readonly pattern: string;
  /** Position in the file, from 0. */
  readonly index: number;
  /** Hash of everything in this rule and its validator: a verdict reached under another hash is another verdict. */
  readonly hash: string;
  readonly validator: string;
  readonly action: 'enforce' | 'warn';
  readonly mode: 'mutate' | 'insecureValidateOnly';
  readonly requireDigest: boolean;
  readonly match?: NamespaceMatch;
  readonly options: RuleOptions;
}

/** Which namespaces a rule is for; both must hold where both are given. */
export interface NamespaceMatch {
  readonly namespaces?: readonly string[];
  /** Labels that must be there with these values, and expressions as in Kubernetes. */
  readonly selector?: LabelSelector;
}

/** As `metav1.LabelSelector`. */
export interface LabelSelector {
  readonly matchLabels: Readonly<Record<string, string>>;
  readonly matchExpressions: readonly {
    readonly key: string;
    readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
    readonly values: readonly string[];
  }[];
}

/** `with` of a rule, as far as validators read it. Absent values have the defaults of 1.6. */
export interface RuleOptions {
  /** A name, or `*`. */
  readonly trustRoot: string;
  readonly threshold: number;
  readonly required: readonly string[];
  readonly delegations: readonly string[];
  readonly verifyInTransparencyLog: boolean;
  readonly verifySct: boolean;
  readonly verificationLevel: 'strict' | 'permissive' | 'audit';
  readonly verifyTimestamp: 'always' | 'afterCertExpiry';
  readonly signatureFormat: 'auto' | 'legacy' | 'bundle';
  readonly annotations: Readonly<Record<string, string>>;
  readonly attestations: readonly AttestationDemand[];
  readonly signatureRepository?: string;
  readonly useSignedTimestamps: boolean;
  readonly requireRepositoryMatch: boolean;
  readonly requireTagMatch: boolean;
  readonly offline: boolean;
  readonly platformSignatures?: 'all' | 'node';
  readonly strictTuf: boolean;
}

/** An in-toto statement that must be there (COS-12). */
export interface AttestationDemand {
  /** As a URI, exact. */
  readonly predicateType: string;
  readonly trustRoot: string;
  readonly maxAgeMs?: number;
  /** CEL over `predicate`, each must be true. */
  readonly conditions: readonly string[];
}

/** One entry of `validators` (1.4). */
export type ValidatorSettings =
  | { readonly type: 'static'; readonly name: string; readonly approve: boolean }
  | CosignSettings
  | NotaryV1Settings
  | NotationSettings;

interface RemoteSettings {
  readonly name: string;
  readonly auth?: ValidatorAuth;
  /** CAs in PEM, beside those of the system. */
  readonly ca?: string;
}

/** Where the credentials of a validator come from (1.5, 5.1, 5.2). */
export type ValidatorAuth = { readonly kind: 'secret'; readonly secretName: string } | { readonly kind: 'keychain' };

export interface CosignSettings extends RemoteSettings {
  readonly type: 'cosign';
  readonly trustRoots: ReadonlyMap<string, CosignTrustRoot>;
  /** Base address of the log for online look-ups. */
  readonly rekor: string;
  /** Material given in `host`; parts that are absent come from the public services (COS-9). */
  readonly trust: CosignTrust;
}

/** Trust material as configured: all of it, or single parts that replace the public ones. */
export interface CosignTrust {
  readonly trustedRoot?: TrustMaterial;
  readonly rekorKeys?: string;
  readonly fulcioRoots?: string;
  readonly ctLogKey?: string;
  readonly tsaChain?: string;
}

/** Exactly one of key and identity. */
export type CosignTrustRoot =
  | { readonly kind: 'key'; readonly name: string; readonly source: KeySource }
  | {
      readonly kind: 'keyless';
      readonly name: string;
      readonly issuer: TextRule;
      readonly subject: TextRule;
    };

/** A key that stands in the configuration, or a place it is read from and refreshed (COS-2). */
export type KeySource =
  | { readonly kind: 'inline'; readonly key: PublicKey }
  | { readonly kind: 'kubernetes'; readonly namespace: string; readonly secret: string }
  | { readonly kind: 'environment'; readonly variable: string }
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'url'; readonly url: string };

export interface NotaryV1Settings extends RemoteSettings {
  readonly type: 'notaryv1';
  /** `https://notary.docker.io`. */
  readonly host: string;
  readonly trustRoots: ReadonlyMap<string, { readonly name: string; readonly pem: string }>;
}

export interface NotationSettings extends RemoteSettings {
  readonly type: 'notation';
  readonly trustRoots: ReadonlyMap<
    string,
    {
      readonly name: string;
      readonly certificates: readonly X509Certificate[];
      readonly timestampCertificates?: readonly X509Certificate[];
    }
  >;
}
