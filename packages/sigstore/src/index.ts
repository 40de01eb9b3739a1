/**
 * Signatures and attestations of images, in the tag format that cosign 1 and 2 wrote and in the bundle format of
 * cosign 3: keys, making, storing, reading, and a pure judgement over injected trust.
 */

// formats: keys
export {
  algorithmName,
  keyTextLimit,
  parsePublicKey,
  publicKeyFromCertificate,
  publicKeyFromSpki,
  publicKeyOf,
  publicKeyPem,
} from './keys/public-key.ts';
export type { KeyAlgorithm, PublicKey } from './keys/public-key.ts';
export { checkSignature, schemeName, signingScheme, verificationSchemes } from './keys/algorithms.ts';
export type { DigestName, SignatureScheme, SignatureUse, SigningChoices } from './keys/algorithms.ts';
export { keyFileLabels, openKeyFile, sealKeyFile } from './keys/key-file.ts';
export type { KeyFileForm, KeyFileWrite } from './keys/key-file.ts';
export { generateSigningKey } from './keys/generate.ts';
export type { KeyPairFiles, KeyProtection } from './keys/generate.ts';
export { importSigningKey } from './keys/import-key.ts';
export { remoteSigner, signerFor } from './keys/private-key.ts';
export type { Signer } from './keys/private-key.ts';
export { parseKeyReference } from './keys/key-reference.ts';
export type { KeyReference } from './keys/key-reference.ts';
export type { SigstoreFault, SigstoreFaultCode } from './errors.ts';
export type { Candidate, Evidence, LayerCandidate, BundleCandidate, SourceReport, StoredBytes } from './evidence.ts';

// formats: simple signing and bundles
export { attachmentEndings, attachmentTag } from './simple-signing/tags.ts';
export type { AttachmentKind } from './simple-signing/tags.ts';
export { parsePayload, payloadLimit, payloadType, writePayload } from './simple-signing/payload.ts';
export type { PayloadContent, SimpleSigningPayload } from './simple-signing/payload.ts';
export { annotationsFor, envelopeMediaType, layerAnnotations, payloadMediaType } from './simple-signing/layer.ts';
export { attachmentLimit, layerLimit } from './simple-signing/manifest.ts';
export { bundleMediaType, bundleMediaTypePrefix, imageBundleVersions, parseBundle } from './bundle/bundle-parse.ts';
export type { BundleContent, BundleMaterial, BundleVersion, ParsedBundle } from './bundle/bundle-parse.ts';
export { writeBundle } from './bundle/bundle-write.ts';
export type { BundleParts } from './bundle/bundle-write.ts';
export { parseBlobBundle, writeLegacyBlobBundle } from './bundle/blob-bundle.ts';
export type { BlobBundle, LegacyBlobBundle } from './bundle/blob-bundle.ts';
export { parseEnvelope, preAuthenticationEncoding, statementPayloadType, writeEnvelope } from './bundle/dsse.ts';
export type { Envelope, EnvelopeSignature } from './bundle/dsse.ts';
export {
  parseStatement,
  signPredicateType,
  subjectOf,
  writeAttestation,
  writeSignStatement,
} from './bundle/statement.ts';
export type { Attestation, Statement, Subject } from './bundle/statement.ts';
