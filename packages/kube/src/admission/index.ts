/** What the API server asks a webhook, and what it is answered. */
export { limitWarnings, writeAdmissionAnswer } from './answer.ts';
export type { AdmissionAnswer, DenialCause } from './answer.ts';
export { imagePatch } from './patch.ts';
export type { PatchOperation, Replacement } from './patch.ts';
export { readAdmissionReview } from './review.ts';
export type { AdmissionRequest, AdmissionReview, ReviewAddress, ReviewReading } from './review.ts';
export { jsonPointer, valueAt } from '../json-pointer.ts';
