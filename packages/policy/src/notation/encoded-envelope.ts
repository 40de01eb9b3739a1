import type { AlgorithmName } from './algorithms.ts';
import type { SignedHeaders } from './headers.ts';

/** What both encodings hold, nothing of it verified. */
export interface EncodedEnvelope {
  readonly encoding: 'JWS' | 'COSE';
  readonly algorithm: AlgorithmName;
  readonly headers: SignedHeaders;
  readonly payload: Uint8Array;
  /** The bytes the signature is over. */
  readonly message: Uint8Array;
  readonly signature: Uint8Array;
  /** Certificates in DER, from the signing one to the root. */
  readonly certificates: readonly Uint8Array[];
  /** RFC 3161 TimeStampToken over the signature. */
  readonly timestamp?: Uint8Array;
}
