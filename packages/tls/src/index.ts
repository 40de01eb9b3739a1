/**
 * Certificates of our own: an authority, what it signs, whether callers would accept it, and serving with
 * certificates that change. Nothing here reads files, clusters or the clock.
 */
export { createAuthority, issuedAt, readAuthority } from './authority.ts';
export { bundleOf, mergeBundles, parseBundle, sameBundle, stillValid } from './bundle.ts';
export type { Bundle } from './bundle.ts';
export { certificatePem, fingerprintOf, isIssuedBy, isSelfSigned, nameOf, readCertificates } from './certificate.ts';
export { checkServing } from './check-serving.ts';
export type { ServingCheck, ServingQuestion } from './check-serving.ts';
export type { Making, Randomness } from './issue.ts';
export { checkKeyPair, readPrivateKey } from './key-pair.ts';
export type { CheckedKeyPair, KeyPair } from './key-pair.ts';
export { issueLeaf, namesAll, serviceNames } from './leaf.ts';
export type { LeafRequest } from './leaf.ts';
export { createReloadingServer, secureContext } from './reload.ts';
export type { ReloadingServer, ReloadingServerOptions } from './reload.ts';
export { renewAt } from './renewal.ts';
