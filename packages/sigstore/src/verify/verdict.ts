/** What judging answers: outcomes, reasons and the verdict that carries them. Nothing here decides anything. */
import type { Fault } from '@pratique/runtime/fault';
import type { CandidateKind, SourceReport } from '../evidence.ts';

/** Stable names of everything a verification can end in; programs turn them into exit codes and HTTP answers. */
export type Outcome =
  /** At least one candidate fulfils everything. */
  | 'verified'
  /** The reference resolves to nothing. */
  | 'image-not-found'
  /** Every source was read and holds no candidate. */
  | 'no-signatures'
  /** What was found are attestations, none is a signature of the image. */
  | 'attestations-only'
  /** Attestations were asked for; every source was read and holds none. */
  | 'no-attestations'
  /** Attestations are valid, none has the type asked for. */
  | 'predicate-mismatch'
  /** Candidates exist and none is valid; each carries its reason. */
  | 'no-match'
  /** An identity was asked for and every candidate was made with a bare key. */
  | 'no-certificate'
  /** A root, log, certificate log or timestamp authority that the policy needs is not known. */
  | 'trust-material'
  | 'registry-auth'
  | 'registry-unavailable'
  | 'registry-storage';

/** Why one candidate is not valid. */
export type Reason =
  | 'wrong-key'
  | 'signature-invalid'
  | 'digest-mismatch'
  | 'annotation-mismatch'
  | 'repository-mismatch'
  | 'identity-mismatch'
  | 'issuer-mismatch'
  | 'workflow-mismatch'
  | 'certificate-untrusted'
  | 'certificate-expired'
  | 'sct-missing'
  | 'sct-invalid'
  | 'log-entry-missing'
  | 'log-unknown'
  | 'log-invalid'
  | 'log-body-mismatch'
  | 'timestamp-missing'
  | 'timestamp-invalid'
  | 'unsupported-format'
  | 'blob-missing'
  | 'blob-corrupt'
  | 'predicate-mismatch'
  | 'material-mismatch';

/** One reason in words. */
export interface Rejection {
  readonly reason: Reason;
  /** One sentence with both sides of what differs. */
  readonly detail: string;
  /** What the reader can do about it. */
  readonly nextStep: string;
}

/** Who made a signature. */
export type Signer =
  | { readonly kind: 'key'; readonly fingerprint: string; readonly name?: string; readonly algorithm: string }
  | {
      readonly kind: 'certificate';
      readonly fingerprint: string;
      /** The first name of the certificate: e-mail, URI, DNS name, IP or other name. */
      readonly subject: string;
      readonly issuer: string;
      /** GitHub claims by suffix of their OID (`.2` to `.6`) and the newer ones, as far as present. */
      readonly claims: Readonly<Record<string, string>>;
      readonly algorithm: string;
    };

/** A moment somebody vouched for. */
export interface VerifiedTime {
  readonly source: 'log' | 'timestamp-authority' | 'clock';
  readonly at: Date;
}

/** A log that was shown to hold the signature. */
export interface VerifiedLogEntry {
  readonly log: string;
  readonly logId: string;
  readonly logIndex: number;
  readonly by: readonly ('promise' | 'proof')[];
  readonly time?: Date;
}

/** What a valid candidate proves. */
export interface Proof {
  readonly signer: Signer;
  readonly times: readonly VerifiedTime[];
  readonly logs: readonly VerifiedLogEntry[];
  /** The signed document: a simple-signing payload, an in-toto statement, or absent for a plain message. */
  readonly document?: SignedDocument;
  /** Worth saying although it is no reason to refuse: another repository in the payload, a hint that differs. */
  readonly notes: readonly string[];
}

/** What was signed, as far as it says something about an image. */
export type SignedDocument =
  | {
      readonly kind: 'simple-signing';
      readonly dockerReference: string;
      readonly imageDigest: string;
      readonly type: string;
      readonly optional: Readonly<Record<string, unknown>> | null;
    }
  | {
      readonly kind: 'statement';
      readonly predicateType: string;
      readonly annotations: Readonly<Record<string, string>>;
      readonly predicate: unknown;
      /** The decoded payload of the envelope. */
      readonly payload: Uint8Array;
    };

/** What became of one candidate. */
export type CandidateVerdict = {
  readonly format: 'legacy' | 'bundle';
  readonly kind: CandidateKind | 'unknown';
  readonly location: string;
  readonly digest: string;
  /** Position in the evidence that was judged. */
  readonly index: number;
} & (
  | { readonly valid: true; readonly proof: Proof }
  | { readonly valid: false; readonly rejection: Rejection; readonly signer?: Signer }
);

/** A valid candidate. */
export type Accepted = Extract<CandidateVerdict, { valid: true }>;

/** A likely cause of a failure with what to do, found after the fact. */
export interface Hint {
  readonly code: string;
  readonly text: string;
  readonly nextStep: string;
}

/** The answer to one verification. */
export interface Verdict {
  readonly outcome: Outcome;
  readonly digest: string;
  /** The valid candidates: one, unless a full report was asked for. */
  readonly accepted: readonly Accepted[];
  /** Everything that was looked at, in the order of the evidence. */
  readonly candidates: readonly CandidateVerdict[];
  readonly sources: readonly SourceReport[];
  readonly warnings: readonly string[];
  /** One sentence: the cause, or who signed. */
  readonly detail: string;
  readonly nextStep: string;
  /** For the classes of registries and trust material: what went wrong. */
  readonly fault?: Fault;
  /** Filled by diagnosis after a failure. */
  readonly hints: readonly Hint[];
}
