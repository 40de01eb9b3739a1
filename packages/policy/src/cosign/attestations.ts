/** Attestations that a rule demands: valid, of the type, fresh, and saying what is wanted (COS-12). */
import { excerpt, isFault } from '@pratique/runtime/fault';
import { judgeAttestations } from '@pratique/sigstore';
import type { Accepted, Evidence, Verdict } from '@pratique/sigstore';
import type { AttestationDemand, CosignTrustRoot } from '../configuration/policy.ts';
import type { Finding, RefusalClass, ValidatorAnswer } from '../verdict.ts';
import { passingClasses } from '../verdict.ts';
import { statedTimes, staleness, supersedes } from './attestation-age.ts';
import { evaluateCondition } from './conditions.ts';
import type { CosignQuestion } from './judge-roots.ts';
import { classOfKey, classOfVerdict, isUnread, tellingRejection } from './refusal-class.ts';
import { attestationPolicy, ruleInWords, signerOf } from './root-policy.ts';
import {
  attestCommand,
  findingLimit,
  keyOf,
  rejectedFinding,
  rootInWords,
  signCaveat,
  signerInWords,
} from './words.ts';

/** Whether all demands are fulfilled. */
export type DemandsJudged =
  | { readonly state: 'held'; readonly found: readonly Finding[]; readonly warnings: readonly string[] }
  | { readonly state: 'refused'; readonly answer: ValidatorAnswer };

/** Judges every demand of the rule; the first that is not fulfilled refuses. */
export function judgeDemands(question: CosignQuestion, digest: string, attached: Evidence): DemandsJudged {
  const found: Finding[] = [];
  const warnings: string[] = [];
  for (const demand of question.rule.options.attestations) {
    for (const root of rootsOf(question, demand)) {
      const judged = judgeDemand({ question, demand, root, digest, attached });
      if (judged.state === 'refused') return judged;
      found.push(...judged.found);
      warnings.push(...judged.warnings);
    }
  }
  return { state: 'held', found, warnings };
}

/** `*` demands the attestation of every trust root; a name that does not exist is refused in judging. */
function rootsOf(
  { settings }: CosignQuestion,
  { trustRoot }: AttestationDemand,
): readonly (CosignTrustRoot | undefined)[] {
  if (trustRoot === '*') return [...settings.trustRoots.values()];
  return [settings.trustRoots.get(trustRoot)];
}

interface DemandQuestion {
  readonly question: CosignQuestion;
  readonly demand: AttestationDemand;
  readonly root: CosignTrustRoot | undefined;
  readonly digest: string;
  readonly attached: Evidence;
}

function judgeDemand(asked: DemandQuestion): DemandsJudged {
  const { question, demand, root } = asked;
  if (root === undefined) {
    return refused(asked, 'config', `error getting verifiers: unable to find trust root ${demand.trustRoot}`);
  }
  const key = question.keys.get(root.name);
  if (key?.state === 'failed')
    return refused(asked, classOfKey(key.fault), `error getting verifiers: ${key.fault.message}`);
  const verdict = verdictOn(asked, root);
  if (typeof verdict === 'string') return refused(asked, 'config', verdict);
  if (verdict.accepted.length === 0) return refused(asked, classFor(verdict), withoutValid(verdict), verdict);
  const counting = supersedes(demand.predicateType) ? newestFirst(verdict.accepted).slice(0, 1) : verdict.accepted;
  const problems: string[] = [];
  for (const accepted of counting) {
    const problem = problemOf(accepted, demand, question.now);
    if (problem === undefined) return held(accepted, demand, { root, warnings: verdict.warnings });
    problems.push(problem);
  }
  // A source that could not be read might hold the one that is fresh.
  const unread = verdict.sources.find(({ state }) => state === 'failed');
  const detail = [...new Set(problems)].slice(0, 3).join('; ');
  return unread === undefined
    ? refused(asked, 'attestation', detail, verdict)
    : refused(asked, 'registry_unreachable', `${detail}; ${unread.location} could not be read`, verdict);
}

/** The verdict, or why there can be none. */
function verdictOn({ question, demand, digest, attached }: DemandQuestion, root: CosignTrustRoot): Verdict | string {
  const signer = signerOf(root, keyOf(root, question.keys));
  if (signer === undefined) throw new TypeError(`the key of the trust root ${root.name} was not asked for`);
  try {
    return judgeAttestations({
      evidence: { ...attached, sources: attached.sources.filter(({ kind }) => kind !== 'signature-tag') },
      digest,
      policy: attestationPolicy(question.rule.options, signer),
      trust: question.belief.material,
      predicateType: demand.predicateType,
      now: question.now,
    });
  } catch (error) {
    if (isFault(error)) return `error getting verifiers: ${error.message}`;
    throw error;
  }
}

function classFor(verdict: Verdict): RefusalClass {
  const found = classOfVerdict(verdict);
  return passingClasses.has(found) || found === 'config' ? found : 'attestation';
}

function withoutValid(verdict: Verdict): string {
  if (isUnread(verdict.outcome) || verdict.outcome === 'trust-material') return excerpt(verdict.detail, 400);
  const telling = tellingRejection(verdict);
  if (telling === undefined) return 'no attestations found';
  return `no matching attestations: ${excerpt(telling.rejection.detail, 400)}`;
}

/** Why a valid attestation is not enough; undefined where it is. */
function problemOf({ proof }: Accepted, demand: AttestationDemand, now: Date): string | undefined {
  const { document } = proof;
  if (document?.kind !== 'statement') return 'it states nothing';
  if (demand.maxAgeMs !== undefined) {
    const stale = staleness({ times: statedTimes(proof, demand.predicateType), maxAgeMs: demand.maxAgeMs, now });
    if (stale !== undefined) return stale;
  }
  for (const condition of demand.conditions) {
    const result = evaluateCondition(condition, document.predicate);
    if (result.state === 'fails') return `the condition ${excerpt(condition, 200)} does not hold`;
    if (result.state === 'error')
      return `the condition ${excerpt(condition, 200)} cannot be evaluated: ${result.problem}`;
  }
  return undefined;
}

function newestFirst(accepted: readonly Accepted[]): readonly Accepted[] {
  const newest = ({ proof }: Accepted): number => {
    const type = proof.document?.kind === 'statement' ? proof.document.predicateType : '';
    return Math.max(0, ...statedTimes(proof, type).map((at) => at.getTime()));
  };
  return [...accepted].sort((one, other) => newest(other) - newest(one));
}

function held(
  { proof, location }: Accepted,
  { predicateType }: AttestationDemand,
  { root, warnings }: { readonly root: CosignTrustRoot; readonly warnings: readonly string[] },
): DemandsJudged {
  const text = `attestation ${excerpt(predicateType, 200)} by trust root ${root.name}, ${signerInWords(proof.signer)}`;
  return { state: 'held', found: [{ text, location }], warnings };
}

function refused(asked: DemandQuestion, found: RefusalClass, problem: string, verdict?: Verdict): DemandsJudged {
  const { demand, root, question, digest } = asked;
  const { image, rule, settings, keys } = question;
  const type = excerpt(demand.predicateType, 200);
  const who = root === undefined ? `trust root ${demand.trustRoot}` : rootInWords(root, keyOf(root, keys));
  const rejected = verdict?.candidates.flatMap((one) => (one.valid ? [] : [rejectedFinding(one)])) ?? [];
  const command = attestCommand(root, { image, digest, type, options: rule.options });
  const caveat = root === undefined ? '' : signCaveat(root, rule.options);
  const next = passingClasses.has(found)
    ? 'Nothing is known about the attestations. Try again when the registry answers.'
    : found === 'config'
      ? `Correct the trust roots of validator ${settings.name} or the attestations of ${ruleInWords(rule)}.`
      : `Attest the image again, with a statement that fulfils ${ruleInWords(rule)}: ${command} ${caveat}`.trim();
  const answer: ValidatorAnswer = {
    outcome: 'refused',
    class: found,
    detail: `attestation ${type} by ${root?.name ?? demand.trustRoot} is not fulfilled: ${problem}`,
    found: rejected.slice(0, findingLimit),
    wanted: `an attestation of type ${type} by ${who}${ageInWords(demand)}${conditionsInWords(demand)}`,
    nextStep: next,
    warnings: [],
  };
  return { state: 'refused', answer };
}

function ageInWords({ maxAgeMs }: AttestationDemand): string {
  return maxAgeMs === undefined ? '' : `, not older than ${Math.round(maxAgeMs / 60_000)} minutes`;
}

function conditionsInWords({ conditions }: AttestationDemand): string {
  return conditions.length === 0 ? '' : `, for which ${conditions.map((one) => excerpt(one, 120)).join(' and ')}`;
}
