/** Signing files: the bare signature, the bundle file of cosign 2, and the sigstore bundle of cosign 3. */
import { createHash } from 'node:crypto';
import { writeLegacyBlobBundle } from '../bundle/blob-bundle.ts';
import { writeBundle } from '../bundle/bundle-write.ts';
import { writeAttestation } from '../bundle/statement.ts';
import type { GoJson } from '../json/go-json.ts';
import { publicKeyPem } from '../keys/public-key.ts';
import { makeEnvelopeBundle } from './make-signature.ts';
import {
  bundleMaterial,
  certificatePem,
  logDigestName,
  makeSignature,
  messageProposal,
  testifyForBundle,
  testifyForLayer,
} from './signing-material.ts';
import type { SigningMaterial } from './signing-material.ts';

/** What `sign-blob` of cosign 2 writes. */
export interface LegacyBlobSignature {
  readonly signature: Uint8Array;
  /** PEM, where there is one. */
  readonly certificate?: string;
  /** DER TimeStampResp. */
  readonly timestamp?: Uint8Array;
  /** The bundle file. */
  readonly bundle: string;
}

/** Signs a file as cosign 2 does. */
export async function signBlobLegacy(material: SigningMaterial, blob: Uint8Array): Promise<LegacyBlobSignature> {
  const made = await makeSignature(material.signer, blob, 'legacy');
  const { signature } = made;
  const { logEntry, timestamp } = await testifyForLayer(material, signature, () =>
    messageProposal(material, blob, made),
  );
  const { certificate } = certificatePem(material.certificate);
  const verifier = certificate ?? (logEntry === undefined ? undefined : publicKeyPem(material.signer.publicKey));
  return {
    signature,
    ...(certificate === undefined ? {} : { certificate }),
    ...(timestamp === undefined ? {} : { timestamp }),
    bundle: writeLegacyBlobBundle({
      signature,
      ...(verifier === undefined ? {} : { verifier }),
      ...(logEntry === undefined ? {} : { logEntry }),
    }),
  };
}

/** Signs a file into a sigstore bundle, as cosign 3 does. */
export async function signBlob(
  material: SigningMaterial,
  blob: Uint8Array,
): Promise<{ readonly signature: Uint8Array; readonly bundle: Uint8Array }> {
  const made = await makeSignature(material.signer, blob, 'bundle');
  const { signature } = made;
  const testimony = await testifyForBundle(material, signature, () => messageProposal(material, blob, made));
  const algorithm = logDigestName(made.scheme);
  // Pure Ed25519 hashes nothing beforehand, so there is no digest to name.
  const digest = algorithm && { algorithm, value: createHash(algorithm).update(blob).digest() };
  const content = { kind: 'message', signature, ...(digest === undefined ? {} : { digest }) } as const;
  return { signature, bundle: writeBundle({ material: bundleMaterial(material), content, ...testimony }) };
}

/** What is attested about a file. */
export interface BlobAttestation {
  readonly name: string;
  /** SHA-256 of the file, hex. */
  readonly sha256: string;
  readonly predicateType: string;
  readonly predicate: GoJson;
}

/** Attests something about a file, as a sigstore bundle around an in-toto statement. */
export function attestBlob(material: SigningMaterial, blob: BlobAttestation): Promise<Uint8Array> {
  const { sha256, ...rest } = blob;
  return makeEnvelopeBundle(material, writeAttestation({ ...rest, digest: `sha256:${sha256}` }));
}
