/** What attached content says that it is, unverified: for listing, downloading and cleaning, never for trusting. */
import { parseBundle } from '../bundle/bundle-parse.ts';
import { parseEnvelope } from '../bundle/dsse.ts';
import { parseStatement, signPredicateType } from '../bundle/statement.ts';
import { isFault } from '@pratique/runtime/fault';
import type { Candidate, CandidateKind } from '../evidence.ts';

/** What a candidate claims; `unknown` where its content cannot be read. */
export type Claim =
  | { readonly kind: CandidateKind; readonly predicateType?: string }
  | { readonly kind: 'unknown'; readonly detail: string };

/** Reads the claim of a candidate from its content. */
export function claimOf(candidate: Candidate): Claim {
  const stored = candidate.format === 'legacy' ? candidate.payload : candidate.bundle;
  if (stored.state !== 'read') {
    return { kind: 'unknown', detail: stored.state === 'missing' ? 'it is gone' : stored.detail };
  }
  if (candidate.format === 'legacy' && candidate.kind === 'signature') return { kind: 'signature' };
  try {
    return candidate.format === 'legacy' ? envelopeClaim(stored.bytes) : bundleClaim(stored.bytes);
  } catch (error) {
    if (!isFault(error)) throw error;
    return { kind: 'unknown', detail: error.message };
  }
}

function envelopeClaim(bytes: Uint8Array): Claim {
  return { kind: 'attestation', predicateType: parseStatement(parseEnvelope(bytes).payload).predicateType };
}

function bundleClaim(bytes: Uint8Array): Claim {
  const { content } = parseBundle(bytes);
  if (content.kind === 'message') return { kind: 'signature' };
  const { predicateType } = parseStatement(content.envelope.payload);
  return { kind: predicateType === signPredicateType ? 'signature' : 'attestation', predicateType };
}
