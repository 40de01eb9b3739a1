/**
 * The judgement over an image by its Notary Project signatures. Pure: what was read, the settings, the rule, the time and what is known
 * about revocation decide; the same again gives the same answer.
 */
import type { Certificate } from '@pratique/sigstore';
import type { NotationSettings, Rule } from '../configuration/policy.ts';
import type { Finding, ValidatorAnswer } from '../verdict.ts';
import { accept, configurationAnswer, noSignature, refuseAll } from './answers.ts';
import { nameOf } from './certificate-chain.ts';
import type { NotationEvidence } from './evidence.ts';
import { examineSignature } from './examine.ts';
import type { ExaminedSignature, Problem } from './examine.ts';
import { isEnforced } from './levels.ts';
import type { RevocationFacts } from '../revocation/status.ts';
import { trustOf } from './trust.ts';
import type { NotationTrust } from './trust.ts';

/** What a judgement is about. */
export interface NotationQuestion {
  readonly evidence: NotationEvidence;
  readonly settings: NotationSettings;
  readonly rule: Rule;
  readonly now: Date;
}

/** Signatures examined as far as nobody has to be asked. */
export interface Examined {
  readonly question: NotationQuestion;
  readonly trust: NotationTrust;
  readonly signatures: readonly ExaminedSignature[];
}

/** Examines all signatures, or says that the configuration does not allow it. */
export function examineNotation(question: NotationQuestion): Examined | { readonly answer: ValidatorAnswer } {
  const { evidence, settings, rule, now } = question;
  const trusting = trustOf(settings, rule);
  if (!trusting.ok) return { answer: configurationAnswer(settings, trusting.because) };
  const { trust } = trusting;
  const examination = { image: evidence.image, trust, options: rule.options, now };
  return { question, trust, signatures: evidence.signatures.map((stored) => examineSignature(stored, examination)) };
}

/** The chains whose revocation has to be asked before {@link concludeNotation}; the strict minimum, for their addresses are foreign. */
export function chainsToAsk({ signatures }: Examined): readonly (readonly Certificate[])[] {
  return signatures.flatMap(({ toAsk }) => toAsk.map(({ chain }) => chain));
}

/** The answer, once revocation is known. The first signature that holds decides. */
export function concludeNotation(examined: Examined, revocation: RevocationFacts): ValidatorAnswer {
  const { question, signatures, trust } = examined;
  if (signatures.length === 0) return noSignature(question, trust);
  const level = question.rule.options.verificationLevel;
  const concluded = signatures.map((signature) => concludeSignature(signature, { revocation, level }));
  const found = concluded.map((signature) => describe(signature, question));
  // Where several would do, the one with the least to be told about.
  const [accepted] = concluded
    .filter(({ refusedBy }) => refusedBy === undefined)
    .toSorted((one, other) => one.tolerated.length - other.tolerated.length);
  return accepted === undefined
    ? refuseAll(question, trust, { signatures: concluded, found })
    : accept(question, accepted, found);
}

/** Both halves at once, for whoever has all facts at hand. */
export function judgeNotation(question: NotationQuestion & { readonly revocation: RevocationFacts }): ValidatorAnswer {
  const examined = examineNotation(question);
  return 'answer' in examined ? examined.answer : concludeNotation(examined, question.revocation);
}

interface Conclusion {
  readonly revocation: RevocationFacts;
  readonly level: Rule['options']['verificationLevel'];
}

function concludeSignature(signature: ExaminedSignature, { revocation, level }: Conclusion): ExaminedSignature {
  const tolerated: Problem[] = [...signature.tolerated];
  for (const { check, chain } of signature.toAsk) {
    const objection = objectionIn(chain, revocation);
    if (objection === undefined) continue;
    const problem = { check, ...objection };
    if (isEnforced(check, level)) return { ...signature, tolerated, refusedBy: problem };
    tolerated.push(problem);
  }
  return { ...signature, tolerated };
}

/** The last certificate is a root, which nobody can revoke. Revoked weighs more than not known. */
function objectionIn(chain: readonly Certificate[], revocation: RevocationFacts): Omit<Problem, 'check'> | undefined {
  const revocable = chain.slice(0, -1);
  for (const certificate of revocable) {
    const status = revocation.get(certificate.fingerprint);
    if (status?.state !== 'revoked') continue;
    const detail = `${nameOf(certificate)} was revoked at ${status.at.toISOString()}, says ${status.by}`;
    return { class: 'wrong_key', detail };
  }
  for (const certificate of revocable) {
    const status = revocation.get(certificate.fingerprint) ?? { state: 'unknown', because: 'nobody was asked' };
    if (status.state !== 'unknown') continue;
    const detail = `whether ${nameOf(certificate)} was revoked is unknown: ${status.because}`;
    return { class: 'registry_unreachable', detail };
  }
  return undefined;
}

function describe({ digest, envelope, refusedBy }: ExaminedSignature, { evidence }: NotationQuestion): Finding {
  const location = `${evidence.repository}@${digest}`;
  const state = refusedBy === undefined ? 'holds' : `does not hold: ${refusedBy.detail}`;
  if (envelope === undefined) return { text: `notation signature: ${state}`, location };
  const { encoding, algorithm, chain, headers } = envelope;
  const by = `${encoding}, ${algorithm}, by ${nameOf(chain[0]!)}, dated ${headers.signingTime.toISOString()}`;
  return { text: `notation signature (${by}): ${state}`, location };
}
