/** What is checked of every entry a log hands back, before it goes beside a signature that cannot be taken back. */
import { toBase64 } from '../json/base64.ts';
import { writePem } from '../keys/pem.ts';
import { leafHash, rootOf } from '../verify/merkle.ts';
import { invalidAnswer } from './service-http.ts';
import type { ServiceRequest } from './service-http.ts';
import type { LogEntry, LogProposal, LogVerifier } from './services.ts';

// An entry repeats signature and certificate, the payload never; envelopes in `intoto` entries are cut by the log.
export const logAnswerLimit = 4 * 1024 * 1024;

/**
 * The entry, if it is about our signature and its own proof leads to its own root. Whether the log is one to be trusted
 * is not asked: that needs trust material and is done after signing.
 *
 * @throws Fault `service-answer-invalid`
 */
export function checkedEntry(request: ServiceRequest, entry: LogEntry, proposal: LogProposal): LogEntry {
  if (!concerns(entry, proposal)) throw invalidAnswer(request, 'the entry is about another signature');
  const proof = entry.inclusionProof;
  if (proof === undefined) return entry;
  const path = { index: proof.logIndex, treeSize: proof.treeSize, hashes: proof.hashes };
  const root = rootOf(leafHash(entry.canonicalizedBody), path);
  if (root === undefined || !Buffer.from(root).equals(proof.rootHash)) {
    throw invalidAnswer(request, 'its proof does not lead from the entry to the root it names');
  }
  return entry;
}

/** Whether the entry remembers this signature. */
export function concerns(entry: LogEntry, proposal: LogProposal): boolean {
  const signature = toBase64(proposal.signature);
  const wanted = entry.kind === 'intoto' ? toBase64(Buffer.from(signature)) : signature;
  return Buffer.from(entry.canonicalizedBody).includes(wanted);
}

/** PEM of the certificate or key that verifies. */
export function verifierPem(verifier: LogVerifier): string {
  return writePem(verifier.kind === 'certificate' ? 'CERTIFICATE' : 'PUBLIC KEY', verifier.der);
}
