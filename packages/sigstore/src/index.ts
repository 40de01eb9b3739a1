/**
 * Signatures and attestations of images, in the tag format that cosign 1 and 2 wrote and in the bundle format of
 * cosign 3: keys, making, storing, reading, and a pure judgement over injected trust.
 */
export {};
