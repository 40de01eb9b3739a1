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
