/**
 * Docker Content Trust: signed tags on a Notary server. Legacy: Docker has retired it and nothing new is added here; it stands for
 * itself, so that it can be taken out without touching another validator.
 */
export { createNotaryV1Validator } from './notaryv1-validator.ts';
