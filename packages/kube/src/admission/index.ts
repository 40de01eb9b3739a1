/** What the API server asks a webhook, and what it is answered. */
export type { AdmissionRequest, AdmissionReview, PatchOperation } from './review.ts';
