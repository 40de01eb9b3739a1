/**
 * Signatures that were stored without their log entry: the log is asked for it, and what it answers becomes part of the evidence
 * as if it had been stored, so that judging needs no network (COS-5.4).
 */
import { createHash } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { Fault, isFault } from '@pratique/runtime/fault';
import {
  annotationsFor,
  certificatesFromPem,
  checkSignature,
  findLogEntries,
  layerAnnotations,
} from '@pratique/sigstore';
import type {
  Candidate,
  Evidence,
  LayerCandidate,
  LogEntry,
  LogVerifier,
  PublicKey,
  SigstoreFaultCode,
} from '@pratique/sigstore';
import type { CosignLimits } from './evidence.ts';

/** Whom to ask, and for which signatures it is worth it. */
export interface LogSearch {
  readonly url: string;
  readonly fetch: typeof fetch;
  /** Ends every question with its reason. */
  readonly signal: AbortSignal;
  /** Keys of the trust roots: a signature of another key is not asked about. */
  readonly keys: readonly PublicKey[];
  /** Whether signatures with a certificate are asked about. */
  readonly keyless: boolean;
  readonly limits: CosignLimits;
}

/** Evidence with the entries that the log knows, and why it could not be asked, where that is so. */
export interface Completed {
  readonly evidence: Evidence;
  readonly fault?: Fault;
}

/** Asks the log about every signature that has no entry and that a trust root could hold for. */
export async function completeFromLog(evidence: Evidence, search: LogSearch): Promise<Completed> {
  let left = search.limits.logQuestions;
  let fault: Fault | undefined;
  const completed = await Promise.all(
    evidence.candidates.map(async (candidate): Promise<readonly Candidate[]> => {
      const asked = questionFor(candidate, search);
      if (asked === undefined || left <= 0) return [candidate];
      left -= 1;
      const entries = await entriesFor(asked, search);
      if (isFault(entries)) {
        fault ??= entries;
        return [candidate];
      }
      const found = entries.map((entry) => withEntry(asked.candidate, entry));
      return found.length === 0 ? [candidate] : found;
    }),
  );
  return { evidence: { ...evidence, candidates: completed.flat() }, ...(fault === undefined ? {} : { fault }) };
}

interface LogQuestion {
  readonly candidate: LayerCandidate;
  readonly payload: Uint8Array;
  readonly signature: Uint8Array;
  readonly verifier: LogVerifier;
}

/** What to ask about a candidate; undefined where it has an entry, or where no trust root could hold for it. */
function questionFor(candidate: Candidate, { keys, keyless }: LogSearch): LogQuestion | undefined {
  if (candidate.format !== 'legacy' || candidate.kind !== 'signature' || candidate.payload.state !== 'read') {
    return undefined;
  }
  const { annotations, payload } = candidate;
  const encoded = annotations[layerAnnotations.signature];
  if (encoded === undefined || annotations[layerAnnotations.bundle] !== undefined) return undefined;
  const signature = Buffer.from(encoded, 'base64');
  const message = payload.bytes;
  const key = keys.find((publicKey) => checkSignature({ publicKey, message, signature }) !== undefined);
  const [certificate] = certificatesFromPem(annotations[layerAnnotations.certificate] ?? '') ?? [];
  const verifier: LogVerifier | undefined =
    certificate !== undefined && keyless
      ? { kind: 'certificate', der: certificate.der }
      : key && { kind: 'public-key', der: key.spki };
  return verifier && { candidate, payload: message, signature, verifier };
}

// Together with its repetitions: the review as a whole has less than half a minute.
const questionMs = 5000;
const longestPauseMs = 150;

/** Services may ask for seconds between attempts; a review has none to spare. */
async function shortPause(ms: number, signal?: AbortSignal): Promise<void> {
  await setTimeout(Math.min(ms, longestPauseMs), undefined, signal === undefined ? {} : { signal });
}

/** The entries, the earliest first; or why the log could not be asked. */
async function entriesFor(question: LogQuestion, search: LogSearch): Promise<readonly LogEntry[] | Fault> {
  const digest = createHash('sha256').update(question.payload).digest();
  const { signature, verifier } = question;
  const patience = AbortSignal.timeout(questionMs);
  const signal = AbortSignal.any([search.signal, patience]);
  const access = { fetch: search.fetch, random: () => 0.5, pause: shortPause, signal };
  try {
    const proposal = { kind: 'hashedrekord', digestAlgorithm: 'sha256', digest, signature, verifier } as const;
    const entries = await findLogEntries({ url: search.url, access }, proposal);
    return entries
      .filter(({ signedEntryTimestamp, integratedTime }) => signedEntryTimestamp && integratedTime !== undefined)
      .sort((one, other) => (one.integratedTime ?? 0) - (other.integratedTime ?? 0));
  } catch (error) {
    search.signal.throwIfAborted();
    if (isFault(error)) return error;
    if (patience.aborted) return tooSlow(search.url);
    throw error;
  }
}

function tooSlow(url: string): Fault {
  return new Fault<SigstoreFaultCode>({
    code: 'service-unreachable',
    message: `The transparency log at ${url} did not answer within ${questionMs / 1000} seconds.`,
    hint: 'Check the address (host.rekor), the network and the proxy; or sign so that the entry is stored with the signature, and set with.offline: true.',
    values: { url },
  });
}

/** The candidate as cosign would have stored it with this entry. */
function withEntry(candidate: LayerCandidate, entry: LogEntry): LayerCandidate {
  const { [layerAnnotations.bundle]: bundle = '' } = annotationsFor({ logEntry: entry });
  return {
    ...candidate,
    location: `${candidate.location} (log entry ${entry.logIndex} found online)`,
    annotations: { ...candidate.annotations, [layerAnnotations.bundle]: bundle },
  };
}
