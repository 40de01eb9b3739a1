/** Making the two kinds of image signature, before anything is stored. */
import { writeBundle } from '../bundle/bundle-write.ts';
import { preAuthenticationEncoding, statementPayloadType, writeEnvelope } from '../bundle/dsse.ts';
import { annotationsFor } from '../simple-signing/layer.ts';
import {
  bundleMaterial,
  certificatePem,
  envelopeProposal,
  makeSignature,
  messageProposal,
  testifyForBundle,
  testifyForLayer,
} from './signing-material.ts';
import type { SigningMaterial } from './signing-material.ts';

/** A layer of the tag format, ready to be stored. */
export interface MadeLayer {
  readonly content: Uint8Array;
  readonly annotations: Readonly<Record<string, string>>;
  readonly signature: Uint8Array;
}

/** Signs a simple-signing payload for the tag format; the timestamp covers the raw signature. */
export async function makeLayer(material: SigningMaterial, payload: Uint8Array): Promise<MadeLayer> {
  const made = await makeSignature(material.signer, payload, 'legacy');
  const { signature } = made;
  const testimony = await testifyForLayer(material, signature, () => messageProposal(material, payload, made));
  const annotations = annotationsFor({ signature, ...certificatePem(material.certificate), ...testimony });
  return { content: payload, annotations, signature };
}

/** What an attestation layer says beside its envelope. */
export interface AttestationOptions {
  readonly predicateType: string;
  /** @default 'dsse' */
  readonly entryKind?: 'dsse' | 'intoto';
}

/** Signs a statement into an envelope for the tag format; the timestamp covers the whole envelope. */
export async function makeEnvelopeLayer(
  material: SigningMaterial,
  statement: Uint8Array,
  { predicateType, entryKind = 'dsse' }: AttestationOptions,
): Promise<MadeLayer> {
  const payloadType = statementPayloadType;
  const made = await makeSignature(material.signer, preAuthenticationEncoding(payloadType, statement), 'legacy');
  const content = writeEnvelope(payloadType, statement, made.signature);
  const logged = { payloadType, payload: statement, made, entryKind };
  const testimony = await testifyForLayer(material, content, () => envelopeProposal(material, logged));
  const annotations = annotationsFor({ predicateType, ...certificatePem(material.certificate), ...testimony });
  return { content, annotations, signature: made.signature };
}

/** Signs a statement into a sigstore bundle; timestamps cover the raw signature. */
export async function makeEnvelopeBundle(
  material: SigningMaterial,
  statement: Uint8Array,
  entryKind: 'dsse' | 'intoto' = 'dsse',
): Promise<Uint8Array> {
  const payloadType = statementPayloadType;
  const made = await makeSignature(material.signer, preAuthenticationEncoding(payloadType, statement), 'bundle');
  const { signature } = made;
  const logged = { payloadType, payload: statement, made, entryKind };
  const testimony = await testifyForBundle(material, signature, () => envelopeProposal(material, logged));
  const content = { kind: 'envelope', payloadType, payload: statement, signature } as const;
  return writeBundle({ material: bundleMaterial(material), content, ...testimony });
}
