/**
 * What signing needs from others: who vouches for a key, who remembers a signature, who knows the time. Small, so that
 * a test, a fake and the real service answer the same calls, and making a signature never knows an address.
 */
import type { KeyObject } from 'node:crypto';

/** Asks for a short-lived certificate for a key whose holder an identity token names. */
export interface CertificateIssuer {
  /** @throws Fault when the token or the proof is refused, or the answer is not a certificate of exactly this key. */
  issue(request: CertificateRequest): Promise<IssuedCertificate>;
}

/** A public key, the token that says who holds it, and the means to prove that the private half is held too. */
export interface CertificateRequest {
  readonly publicKey: KeyObject;
  /** Compact JWT. Secret: never logged, never part of a message. */
  readonly identityToken: string;
  /** Signs bytes with the private half (ECDSA with SHA-256, DER). */
  sign(bytes: Uint8Array): Promise<Uint8Array>;
}

/** What the authority answered; all DER. */
export interface IssuedCertificate {
  readonly leaf: Uint8Array;
  /** Intermediates and root, the leaf's issuer first. */
  readonly chain: readonly Uint8Array[];
}

/** Remembers that a signature was made. */
export interface TransparencyLog {
  /** Base address, as a person can look it up. */
  readonly url: string;
  /** 1: answers with a promise and a time. 2: answers with a proof only, so that a timestamp is needed for the time. */
  readonly apiVersion: 1 | 2;
  /** Adds an entry, or finds the equal one that is there already. */
  add(proposal: LogProposal): Promise<LogEntry>;
}

/** Who made the signature that is to be logged. */
export type LogVerifier =
  | { readonly kind: 'certificate'; readonly der: Uint8Array }
  /** `der` is the SubjectPublicKeyInfo. */
  | { readonly kind: 'public-key'; readonly der: Uint8Array };

/** A signature to be remembered. */
export type LogProposal = MessageProposal | EnvelopeProposal;

/** A signature over plain bytes: kind `hashedrekord` of the log. */
export interface MessageProposal {
  readonly kind: 'hashedrekord';
  readonly digestAlgorithm: 'sha256' | 'sha384' | 'sha512';
  /** Of the signed bytes. */
  readonly digest: Uint8Array;
  readonly signature: Uint8Array;
  readonly verifier: LogVerifier;
}

/**
 * A signed envelope: kind `dsse` (or `intoto`) of a log with API 1. A log with API 2 gets a `hashedrekord` over the
 * pre-authentication encoding instead, hashed as the signature was.
 */
export interface EnvelopeProposal {
  readonly kind: 'dsse' | 'intoto';
  readonly digestAlgorithm: 'sha256' | 'sha384' | 'sha512';
  readonly payloadType: string;
  readonly payload: Uint8Array;
  readonly signature: Uint8Array;
  readonly verifier: LogVerifier;
}

/** An entry of a log, in the terms of bundles: bytes decoded, numbers whole. */
export interface LogEntry {
  /** Across all trees of the log; not the index of the proof. */
  readonly logIndex: number;
  /** SHA-256 that names the log's key, 32 bytes. */
  readonly logId: Uint8Array;
  readonly kind: string;
  readonly version: string;
  /** Seconds since 1970; absent for API 2. */
  readonly integratedTime?: number;
  /** The log's promise, DER; absent for API 2. */
  readonly signedEntryTimestamp?: Uint8Array;
  readonly inclusionProof?: LogInclusionProof;
  /** The canonical entry whose hash is the leaf. */
  readonly canonicalizedBody: Uint8Array;
}

/** That the entry is in the tree whose head the checkpoint signs. */
export interface LogInclusionProof {
  /** Position in the tree. */
  readonly logIndex: number;
  readonly treeSize: number;
  readonly rootHash: Uint8Array;
  readonly hashes: readonly Uint8Array[];
  /** Signed note. */
  readonly checkpoint: string;
}

/** Says when a signature existed. */
export interface TimestampAuthority {
  readonly url: string;
  /** The DER TimeStampResp over the raw bytes of a signature. */
  stamp(signature: Uint8Array): Promise<Uint8Array>;
}
