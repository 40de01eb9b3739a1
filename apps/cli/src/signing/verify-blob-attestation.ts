/** `pratique verify-blob-attestation`; what it shares with `verify-blob` is there. */
export { attestationCommand as command, runVerifyBlobAttestation } from './verify-blob.ts';
