/**
 * Signatures and attestations that cosign makes, in both of its formats (admission 2.3). What is attached to an image is read once
 * (`collect.ts`), completed from the log where it was stored without an entry (`online-log.ts`), and judged for every trust root
 * without a network (`judge.ts`). Verifying a single signature is the business of `@pratique/sigstore`.
 */
export { createCosignValidator } from './cosign-validator.ts';
export { collectCosign, collectPlatforms } from './collect.ts';
export type { CosignPlaces, ReadOptions } from './collect.ts';
export { conditionProblem } from './conditions.ts';
export { cosignLimits } from './evidence.ts';
export type { CosignBelief, CosignEvidence, CosignLimits, FoundImage, PlatformEvidence, RootKeys } from './evidence.ts';
export { judgeCosign } from './judge.ts';
export type { CosignQuestion } from './judge-roots.ts';
