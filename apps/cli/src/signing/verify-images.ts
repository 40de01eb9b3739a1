/** What `verify` and `verify-attestation` have in common: images in order, one verdict each, one exit code. */
import { openLayout, repositoryName, type Reference } from '@pratique/oci';
import {
  cosignAnswer,
  openSavedImage,
  type ImageQuestion,
  type ImageVerdict,
  type TrustMaterial,
  type VerificationPolicy,
} from '@pratique/sigstore';
import { outcomeExitCodes, type OutcomeClass } from '../exit.ts';
import { printFailure } from '../print.ts';
import { withRegistries, type Registries } from './image.ts';
import { explainedFailure, signingExitCode } from './outcomes.ts';
import type { Surroundings } from './surroundings.ts';
import type { Asked } from './verb.ts';
import type { ImageVerifyFlags } from './verify-flags.ts';
import { reportDocument } from './verify-json.ts';
import { failureJson, failureLines, successLines, type Judged } from './verify-text.ts';

/** How one kind of evidence is verified and shown. */
export interface Manner {
  readonly what: 'signatures' | 'attestations';
  readonly verify: (question: ImageQuestion) => Promise<ImageVerdict>;
  /** Writes the valid candidates to standard output, for every output but `report`. */
  readonly show: (judged: ImageVerdict) => void;
}

/** What is verified. */
export interface VerifyWish {
  readonly asked: Asked<ImageVerifyFlags>;
  readonly surroundings: Surroundings;
  readonly policy: VerificationPolicy;
  readonly trust: TrustMaterial;
  readonly manner: Manner;
}

/** Checks each image in order; the first failure ends the run unless `--continue` is given. Returns the exit code. */
export async function verifyImages(wish: VerifyWish): Promise<number> {
  const { words, flags } = wish.asked;
  const asked = flags.localImage === true ? [] : words;
  return await withRegistries({ flags, asked, surroundings: wish.surroundings }, async (registries) => {
    const codes: number[] = [];
    for (const word of words) {
      codes.push(await verifyOne(word, wish, registries));
      if (codes.at(-1) !== 0 && flags.continue !== true) break;
    }
    return lowestFailure(codes);
  });
}

async function verifyOne(word: string, wish: VerifyWish, registries: Registries): Promise<number> {
  const { surroundings, asked } = wish;
  try {
    return await judged(word, wish, registries);
  } catch (error) {
    const explained = explainedFailure(error, surroundings.signal);
    // With --continue one image that could not be looked at must not hide what the others hold.
    if (asked.flags.continue !== true || signingExitCode(explained) === 70) throw error;
    printFailure(explained);
    return signingExitCode(explained);
  }
}

async function judged(word: string, wish: VerifyWish, registries: Registries): Promise<number> {
  const { policy, trust, surroundings, manner } = wish;
  const { flags } = wish.asked;
  const { reference, store, attachmentStore } =
    flags.localImage === true ? await savedPlaces(word) : registries.places(word);
  const question: ImageQuestion = {
    store,
    attachments: attachmentStore,
    reference,
    policy,
    trust,
    now: surroundings.now(),
    diagnosis: flags.compat === undefined,
    signal: surroundings.signal,
    ...(flags.attachmentTagPrefix === undefined ? {} : { tagPrefix: flags.attachmentTagPrefix }),
  };
  const seen = flags.localImage === true ? unnamed(await manner.verify(question), word) : await manner.verify(question);
  if (flags.compat !== undefined && manner.what === 'signatures')
    return answerAs(flags.compat, { seen, question, wish });
  const about: Judged = { reference: seen.reference, policy, verdict: seen.verdict };
  if (flags.output === 'report') surroundings.out(reportDocument(about));
  if (seen.verdict.outcome !== 'verified') {
    const asJson = flags.output === 'json' && wish.asked.isGiven('output');
    const lines = asJson ? [failureJson(about, manner.what)] : failureLines(about, manner.what);
    for (const line of lines) surroundings.say(line);
    return outcomeExitCodes[exitClass(seen.verdict.outcome)];
  }
  for (const line of successLines(about, manner.what)) surroundings.say(line);
  if (flags.output !== 'report') manner.show(seen);
  return 0;
}

/** A saved image has no name of its own that signatures could be compared with. */
function unnamed(seen: ImageVerdict, folder: string): ImageVerdict {
  const { verdict } = seen;
  const isAboutName = (note: string) => note.includes('local/image');
  const accepted = verdict.accepted.map((one) => ({
    ...one,
    proof: { ...one.proof, notes: one.proof.notes.filter((note) => !isAboutName(note)) },
  }));
  const warnings = verdict.warnings.filter((note) => !isAboutName(note));
  return { ...seen, reference: folder, verdict: { ...verdict, accepted, warnings } };
}

/** A folder that `save` has written, in place of a registry. Signatures there may name any repository. */
async function savedPlaces(folder: string) {
  const { store, image } = await openSavedImage(await openLayout(folder));
  const reference: Reference = { registry: 'local', repository: 'image', digest: image.digest };
  return { reference, store, attachmentStore: store };
}

/** What a release of cosign would have answered, with its exit code and its words, each printed twice as it does. */
function answerAs(
  compat: NonNullable<ImageVerifyFlags['compat']>,
  {
    seen,
    question,
    wish,
  }: { readonly seen: ImageVerdict; readonly question: ImageQuestion; readonly wish: VerifyWish },
): number {
  const { evidence, reference } = seen;
  const { surroundings, asked, manner } = wish;
  // Where nothing was looked at, every release says the same: the image is not there, or the registry did not answer.
  if (evidence.sources.length === 0) {
    for (const line of failureLines({ reference, policy: wish.policy, verdict: seen.verdict }, 'signatures'))
      surroundings.say(line);
    return seen.verdict.outcome === 'image-not-found' ? outcomeExitCodes['image-not-found'] : 1;
  }
  const { policy, trust, now } = question;
  const repository = repositoryName(question.reference);
  const { exitCode, message, verdict } = cosignAnswer(compat, {
    evidence,
    digest: evidence.digest,
    policy,
    trust,
    now,
    repository,
  });
  const about: Judged = { reference, policy, verdict };
  if (asked.flags.output === 'report') surroundings.out(reportDocument(about));
  if (exitCode !== 0) {
    for (const before of ['Error', 'error during command execution']) surroundings.say(`${before}: ${message}`);
    return exitCode;
  }
  for (const line of successLines(about)) surroundings.say(line);
  if (asked.flags.output !== 'report') manner.show({ ...seen, verdict });
  return 0;
}

/** The outcome of which the exit code is taken. */
function exitClass(outcome: ImageVerdict['verdict']['outcome']): OutcomeClass {
  return outcome === 'predicate-mismatch' ? 'no-match' : outcome;
}

/** The numerically first failure, 0 where there is none. */
export function lowestFailure(codes: readonly number[]): number {
  const failures = codes.filter((code) => code !== 0);
  return failures.length === 0 ? 0 : Math.min(...failures);
}
