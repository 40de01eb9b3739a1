/** From what became of each candidate and source to one outcome with its sentence. */
import type { SourceReport } from '../evidence.ts';
import type { Fault } from '@pratique/runtime/fault';
import { registryClass } from './registry-class.ts';
import type { CandidateVerdict, Outcome, Rejection, Verdict } from './verdict.ts';
import type { SignerPolicy } from './policy.ts';

/** An outcome in words. */
export type Explained = Pick<Verdict, 'outcome' | 'detail' | 'nextStep' | 'fault'>;

/** What an outcome is derived from. */
export interface Judged {
  readonly digest: string;
  readonly sources: readonly SourceReport[];
  readonly candidates: readonly CandidateVerdict[];
  readonly signer: SignerPolicy;
  /** What was asked for; `any` takes attestations for signatures. */
  readonly wanted: 'signature' | 'attestation' | 'any';
}

/** The outcome of judging signatures. A source that could not be read is never the same as one that holds nothing. */
export function explainOutcome(judged: Judged): Explained {
  const accepted = judged.candidates.find((candidate) => candidate.valid);
  if (accepted?.valid === true) {
    return {
      outcome: 'verified',
      detail: `${judged.digest} is signed: ${accepted.location}.`,
      nextStep: 'Nothing to do.',
    };
  }
  const failed = judged.sources.find(({ state }) => state === 'failed');
  if (failed !== undefined) return couldNotLook(failed);
  if (judged.candidates.length === 0) return nothingFound(judged);
  if (judged.wanted === 'signature' && judged.candidates.every(({ kind }) => kind === 'attestation')) {
    return onlyAttestations(judged);
  }
  return noneValid(judged);
}

/** The outcome where trust is lacking; `fault` says which. */
export function withoutTrust(fault: Fault): Explained {
  return { outcome: 'trust-material', detail: fault.message, nextStep: fault.hint, fault };
}

function couldNotLook({ location, fault }: SourceReport): Explained {
  const why = fault === undefined ? 'it could not be read' : fault.message;
  return {
    outcome: fault === undefined ? 'registry-unavailable' : registryClass(fault),
    detail: `Whether there is a valid signature is not known: ${location}: ${why}`,
    nextStep: fault?.hint ?? 'Try again when the registry answers.',
    ...(fault === undefined ? {} : { fault }),
  };
}

function nothingFound({ digest, sources, wanted }: Judged): Explained {
  const places = sources.map(({ location }) => location).join(', ') || 'nowhere';
  return {
    outcome: wanted === 'attestation' ? 'no-attestations' : 'no-signatures',
    detail: `${digest} has no ${nounOf(wanted)}. Looked at: ${places}.`,
    nextStep:
      wanted === 'attestation'
        ? 'Attest the image with `attest`, or check that its attestations were copied along with it.'
        : 'Sign the image with `sign`, or check that its signatures were copied along with it.',
  };
}

function onlyAttestations({ digest, candidates }: Judged): Explained {
  return {
    outcome: 'attestations-only',
    detail: `${digest} has ${counted(candidates.length, 'attestation')} and no signature.`,
    nextStep: 'Sign the image with `sign`; an attestation says something about an image, it does not approve it.',
  };
}

function noneValid({ digest, candidates, signer, wanted }: Judged): Explained {
  const relevant = candidates.filter(({ kind }) => kind !== 'attestation' || wanted !== 'signature');
  const rejections = relevant.flatMap((candidate) => (candidate.valid ? [] : [candidate.rejection]));
  // A valid attestation of another type says more than a candidate that is broken.
  const first = rejections.find(({ reason }) => reason === 'predicate-mismatch') ?? rejections[0];
  return {
    outcome: outcomeOf(rejections, signer),
    detail:
      `None of ${counted(rejections.length, nounOf(wanted))} of ${digest} is valid. ${first?.detail ?? ''}`.trimEnd(),
    nextStep: first?.nextStep ?? 'Sign the image.',
  };
}

function outcomeOf(rejections: readonly Rejection[], signer: SignerPolicy): Outcome {
  if (rejections.some(({ reason }) => reason === 'predicate-mismatch')) return 'predicate-mismatch';
  const isBare = signer.kind === 'identity' && rejections.every(({ reason }) => reason === 'material-mismatch');
  return isBare ? 'no-certificate' : 'no-match';
}

function nounOf(wanted: Judged['wanted']): string {
  return wanted === 'attestation' ? 'attestation' : 'signature';
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
