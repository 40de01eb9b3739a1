/**
 * Signatures of the Notary Project (`notation sign`), judged as notation itself does. What lies beside the image is collected first;
 * judging it needs no network and no clock.
 */
export { createNotationValidator } from './notation-validator.ts';
