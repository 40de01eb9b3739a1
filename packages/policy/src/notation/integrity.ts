/** The first check, never waived: the envelope is one, its signature is by its first certificate, and its chain is in order. */
import { algorithmOfKey, isSignedWith } from './algorithms.ts';
import { flawInChain } from './certificate-chain.ts';
import { parseEnvelope } from './envelope.ts';
import type { Envelope } from './envelope.ts';
import { flawIn } from './flaw.ts';
import { readTarget } from './target.ts';
import type { TargetArtifact } from './target.ts';

/** A signature whose envelope holds together. Whether anybody trusts its certificates is another question. */
export interface IntactSignature {
  readonly envelope: Envelope;
  readonly target: TargetArtifact;
}

/** The intact signature, or what is wrong with it as a sentence without its end. Never throws. */
export function checkIntegrity(
  mediaType: string,
  bytes: Uint8Array,
): { readonly ok: true; readonly value: IntactSignature } | { readonly ok: false; readonly flaw: string } {
  const parsed = parseEnvelope(mediaType, bytes);
  if (!parsed.ok) return { ok: false, flaw: `the envelope ${parsed.flaw}` };
  const envelope = parsed.value;
  const { algorithm, message, signature, chain } = envelope;
  const { key } = chain[0]!;
  const fitting = algorithmOfKey(key);
  if (fitting !== algorithm)
    return {
      ok: false,
      flaw: `the envelope was signed with ${algorithm}, its certificate is for ${fitting ?? 'no known algorithm'}`,
    };
  if (!isSignedWith({ algorithm, key, message, signature }))
    return { ok: false, flaw: 'the envelope was altered: its signature is not by its first certificate' };
  const flaw = flawInChain(chain, 'code signing');
  if (flaw !== undefined) return { ok: false, flaw: `the certificate chain ${flaw}` };
  const target = flawIn(() => readTarget(envelope.headers.contentType, envelope.payload));
  return target.ok
    ? { ok: true, value: { envelope, target: target.value } }
    : { ok: false, flaw: `the envelope ${target.flaw}` };
}
