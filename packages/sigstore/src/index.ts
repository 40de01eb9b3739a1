/**
 * Signatures and attestations of images, in the tag format that cosign 1 and 2 wrote and in the bundle format of cosign 3.
 *
 * To sign: open a key ({@link openKeyFile}), make it a {@link signerFor signer}, and {@link signImage} writes what verifiers of
 * both generations find, so that parallel signers lose nothing. To verify: {@link collectEvidence} reads every place where
 * something can be attached and never mistakes "could not look" for "nothing there"; judging what it found is pure and
 * needs no network. {@link attestImage} states something about an image; the tree, download, clean, save and load
 * functions handle what is attached without trusting it. Everything is passed in: stores, services, time, chance.
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
export { blobBundleLimit, parseBlobBundle, writeLegacyBlobBundle } from './bundle/blob-bundle.ts';
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

// verify: judging and trust
export { judge } from './verify/verify.ts';
export type { Question } from './verify/verify.ts';
export type { SignerPolicy, TextRule, TrustedKey, VerificationPolicy, WorkflowRule } from './verify/policy.ts';
export { describeRule } from './verify/policy.ts';
export type {
  Accepted,
  CandidateVerdict,
  Hint,
  Outcome,
  Proof,
  Reason,
  Rejection,
  SignedDocument,
  Signer as VerifiedSigner,
  Verdict,
  VerifiedLogEntry,
  VerifiedTime,
} from './verify/verdict.ts';
export { certificatesFromPem, parseCertificate } from './verify/x509.ts';
export type { Certificate } from './verify/x509.ts';
export { registryClass } from './verify/registry-class.ts';
export { sameRepository } from './verify/repository.ts';
export { mergeTrust, noTrust } from './trust/trust-material.ts';
export type { TrustedAuthority, TrustedLog, TrustMaterial, ValidityWindow } from './trust/trust-material.ts';
export { parseTrustedRoot } from './trust/trusted-root.ts';
export { trustFromPem } from './trust/pem-roots.ts';
export type { PemRoots } from './trust/pem-roots.ts';
export { missingTrust, trustWarnings } from './trust/trust-problems.ts';

// keyless: signing without a key of one's own
export { ambientToken, tokenFile } from './sign/ambient-token.ts';
export type { AmbientProvider, AmbientRequest, AmbientSettings, AmbientToken } from './sign/ambient-token.ts';
export { fulcioIssuer } from './sign/fulcio.ts';
export type { FulcioOptions } from './sign/fulcio.ts';
export { readIdentityToken } from './sign/identity-token.ts';
export type { IdentityToken } from './sign/identity-token.ts';
export { connectServices, keylessSigner } from './sign/keyless.ts';
export type { KeylessRequest, KeylessSigner, ServiceConnection, SigningServices } from './sign/keyless.ts';
export { findLogEntries, rekorLog } from './sign/rekor.ts';
export type { RekorOptions } from './sign/rekor.ts';
export { rekorV2Log } from './sign/rekor-v2.ts';
export { mutualTlsFetch } from './sign/service-http.ts';
export type { Fetch, MutualTls, ServiceAccess } from './sign/service-http.ts';
export type {
  CertificateIssuer,
  CertificateRequest,
  EnvelopeProposal,
  IssuedCertificate,
  LogEntry,
  LogInclusionProof,
  LogProposal,
  LogVerifier,
  MessageProposal,
  TimestampAuthority,
  TransparencyLog,
} from './sign/services.ts';
export {
  parseSigningConfig,
  selectServices,
  signingConfigLimit,
  signingConfigMediaType,
} from './sign/signing-config.ts';
export type { ConfiguredService, SelectedServices, ServiceSelector, SigningConfig } from './sign/signing-config.ts';
export { timestampAuthority } from './sign/timestamp.ts';
export type { TimestampOptions } from './sign/timestamp.ts';

// printing as cosign prints
export { goJson, sortedMembers } from './json/go-json.ts';
export type { GoJson } from './json/go-json.ts';
export { judgeAttestations } from './verify/attestation.ts';
export type { AttestationQuestion } from './verify/attestation.ts';
export { verifyImage, verifyImageAttestations } from './verify/verify-image.ts';
export type { ImageAttestationQuestion, ImageVerdict } from './verify/verify-image.ts';
export type { ImageQuestion } from './verify/image-question.ts';

// keyless: trust updates
export { initializeTrust, trustFile, trustState, trustTargets } from './trust/tuf.ts';
export type { TrustFile, TrustInitialization, TrustQuestion, TrustRepository, TrustState } from './trust/tuf.ts';
export { publicMirror } from './trust/tuf-seed.ts';
export type { RoleState } from './trust/tuf-metadata.ts';

// formats: attachments and signing
export { allSources, collectEvidence } from './attachment/collect.ts';
export type { CollectRequest, EvidenceSource } from './attachment/collect.ts';
export { appendSignature } from './attachment/append-signature.ts';
export type { Appended, AppendRequest } from './attachment/append-signature.ts';
export { attachBundle, listBundle } from './attachment/attach-bundle.ts';
export type { Attached, AttachRequest, ListRequest } from './attachment/attach-bundle.ts';
export type { Contention } from './attachment/contention.ts';
export { bothFormats, signImage } from './sign/sign-image.ts';
export type { AttachmentPlace, FormatResult, SignImageRequest, SignResult } from './sign/sign-image.ts';
export { listSignTargets } from './sign/sign-targets.ts';
export type { SignTargets } from './sign/sign-targets.ts';
export type { SigningMaterial } from './sign/signing-material.ts';
export { makeEnvelopeBundle, makeEnvelopeLayer, makeLayer } from './sign/make-signature.ts';
export type { AttestationOptions, MadeLayer } from './sign/make-signature.ts';

// keyless: documents for private deployments
export { createSigningConfig } from './trust/create-signing-config.ts';
export type { SigningConfigRequest } from './trust/create-signing-config.ts';
export { createTrustedRoot } from './trust/create-trusted-root.ts';
export type { TrustedRootRequest } from './trust/create-trusted-root.ts';
export { judgeBlob, judgeBlobAttestation } from './verify/blob.ts';
export type { Artifact, BlobAttestationQuestion, BlobQuestion, BlobSignature } from './verify/blob.ts';
export { cosignAnswer } from './verify/compat.ts';
export type { CompatAnswer, Generation } from './verify/compat.ts';

// formats: attestations and files
export { makePredicate } from './attestation/predicate.ts';
export type { Predicate, PredicateSource } from './attestation/predicate.ts';
export { predicateType, predicateTypeNames } from './attestation/predicate-types.ts';
export type { PredicateForm, PredicateType } from './attestation/predicate-types.ts';
export { attestImage, statementFor } from './sign/attest.ts';
export type { Attested, AttestRequest, StatementToSign } from './sign/attest.ts';
export { attestBlob, signBlob, signBlobLegacy } from './sign/sign-blob.ts';
export type { BlobAttestation, LegacyBlobSignature } from './sign/sign-blob.ts';

// formats: operations on what is attached
export { attachmentTree } from './attachment/tree.ts';
export type { TreeLayer, TreeNode, TreeRequest } from './attachment/tree.ts';
export { downloadAttestations, downloadLimit, downloadSbom, downloadSignatures } from './attachment/download.ts';
export type { AttachedSbom, Download, SbomRequest } from './attachment/download.ts';
export { listRemovals, removeAttachments } from './attachment/clean.ts';
export type { Cleaned, CleanRequest, CleanType, Removal, RemoveRequest } from './attachment/clean.ts';
export { loadImage, openSavedImage, saveImage } from './attachment/saved-image.ts';
export type { LoadRequest, SavedImage, SaveRequest } from './attachment/saved-image.ts';
export { claimOf } from './attachment/claimed-predicate.ts';
export type { Claim } from './attachment/claimed-predicate.ts';

// keyless: logging in
export { loginWithBrowser } from './sign/login.ts';
export type { BrowserLogin, LoginOptions } from './sign/login.ts';
export { loginWithDevice } from './sign/device-login.ts';
export type { DeviceLogin } from './sign/device-login.ts';

// certificates and timestamps, for verifiers of other signature formats
export { basicConstraints, extendedKeyUsage, extensionOf, isIssuedBy, keyUsage, livesAt } from './verify/x509.ts';
export { verifyTimestamps } from './verify/timestamp.ts';
export { parseTimestamp } from './verify/timestamp-token.ts';
export type { TimestampToken } from './verify/timestamp-token.ts';
