/** Why trust roots do not hold: class, Connaisseur's fragments, what is there, and the command that helps (Appendix B). */
import { excerpt } from '@pratique/runtime/fault';
import type { Verdict } from '@pratique/sigstore';
import type { CosignSettings, CosignTrustRoot, Rule } from '../configuration/policy.ts';
import type { Finding, RefusalClass } from '../verdict.ts';
import { passingClasses } from '../verdict.ts';
import { refusal } from '../validators/failed-answer.ts';
import type { RefusedAnswer } from '../validators/failed-answer.ts';
import type { Decision } from './decide.ts';
import type { CosignQuestion, Judged, RootResult } from './judge-roots.ts';
import { classOfKey, classOfReading, classOfVerdict, isUnread, tellingRejection } from './refusal-class.ts';
import { ruleInWords } from './root-policy.ts';
import {
  acceptedFindings,
  findingLimit,
  keyOf,
  rejectedFinding,
  rootInWords,
  signCaveat,
  signCommand,
  wantedSignature,
} from './words.ts';

/** Why one trust root does not hold. */
export interface Cause {
  readonly root: CosignTrustRoot;
  readonly class: RefusalClass;
  /** With the fragments that people search for. */
  readonly text: string;
}

/** The refusal where the trust roots are not enough. */
export function rootRefusal(question: CosignQuestion, judged: Judged): RefusedAnswer {
  const { rule, settings, keys } = question;
  const causes = causesOf(question, judged);
  const refused = classOf(judged.decision, causes);
  const roots = judged.results.map(({ root }) => root);
  return {
    outcome: 'refused',
    class: refused,
    detail: detailOf(judged.decision, causes, settings.trustRoots.size),
    found: foundOf(judged),
    wanted: wantedSignature(roots, keys, rule.options),
    nextStep: nextStepOf(question, judged, { refused, causes }),
    warnings: [],
  };
}

/** The trust roots that do not hold, each with its cause. */
export function causesOf(question: CosignQuestion, { results, logFault }: Judged): readonly Cause[] {
  return results.flatMap((result): readonly Cause[] => {
    const { root } = result;
    if (result.state === 'unusable') {
      const text = `error getting verifiers: ${excerpt(result.fault.message, 400)}`;
      return [{ root, class: classOfKey(result.fault), text }];
    }
    if (result.verdict.accepted.length > 0) return [];
    const refused = classOfVerdict(result.verdict);
    // Without an answer of the log nobody knows whether the entry that is missing is there.
    if (refused === 'tlog' && logFault !== undefined) {
      return [
        { root, class: classOfReading(logFault), text: `no answer of the transparency log: ${logFault.message}` },
      ];
    }
    return [{ root, class: refused, text: causeText(question, result.verdict) }];
  });
}

function causeText({ belief }: CosignQuestion, verdict: Verdict): string {
  const { outcome, detail } = verdict;
  if (isUnread(outcome)) return excerpt(detail, 500);
  if (outcome === 'no-signatures') return 'no signatures found';
  if (outcome === 'attestations-only')
    return 'no signatures found: there are only attestations, and they approve nothing';
  if (outcome === 'trust-material') {
    const because = belief.lacking.map(({ message }) => ` ${message}`).join('');
    return `error getting verifiers: ${detail}${excerpt(because, 400)}`;
  }
  const telling = tellingRejection(verdict);
  const words = excerpt(telling?.rejection.detail ?? detail, 400);
  const isIdentity = ['identity-mismatch', 'issuer-mismatch', 'workflow-mismatch'].includes(
    telling?.rejection.reason ?? '',
  );
  return isIdentity
    ? `no matching signatures: none of the expected identities matched what was in the certificate: ${words}`
    : `no matching signatures: ${words}`;
}

function classOf(decision: Decision, causes: readonly Cause[]): RefusalClass {
  // What could not be looked at might have been enough.
  const passing = causes.find((cause) => passingClasses.has(cause.class));
  if (passing !== undefined) return passing.class;
  const config = causes.find((cause) => cause.class === 'config');
  if (config !== undefined) return 'config';
  const count = 'count' in decision ? decision.count : 0;
  if (count > 0) return decision.state === 'missing' ? 'required_missing' : 'threshold';
  // The trust root that came furthest is the one that was meant.
  return causes.find((cause) => cause.class !== 'no_signature')?.class ?? 'no_signature';
}

function detailOf(decision: Decision, causes: readonly Cause[], configured: number): string {
  const words = causes.map(({ root, text }) => (configured === 1 ? text : `${root.name}: ${text}`));
  const each = words.length === 0 ? '' : `error validating image: [${words.join('; ')}]`;
  if (decision.state === 'below-threshold') {
    return joined(`validation threshold not reached (${decision.count}/${decision.threshold})`, each);
  }
  if (decision.state === 'missing')
    return joined(`missing required signatures from [${decision.missing.join(' ')}]`, each);
  return each;
}

function joined(first: string, rest: string): string {
  return rest === '' ? first : `${first}: ${rest}`;
}

/** What is there: who does hold, then everything that does not, each candidate once. */
function foundOf({ results }: Judged): readonly Finding[] {
  const judged = results.flatMap((result) => (result.state === 'judged' ? [result] : []));
  const holding = judged.flatMap(({ root, verdict }) =>
    verdict.accepted.flatMap((one) => acceptedFindings(root.name, one)),
  );
  const held = new Set(judged.flatMap(({ verdict }) => verdict.accepted.map(({ index }) => index)));
  const rejected = new Map<number, Finding>();
  for (const { verdict } of judged) {
    for (const candidate of verdict.candidates) {
      if (candidate.valid || held.has(candidate.index) || rejected.has(candidate.index)) continue;
      rejected.set(candidate.index, rejectedFinding(candidate));
    }
  }
  const [first] = judged;
  const looked = first?.verdict.sources.map(({ state, candidates, location }): Finding => ({
    text: state === 'failed' ? 'could not be read' : state === 'absent' ? 'nothing there' : `${candidates} found`,
    location,
  }));
  return [...holding, ...rejected.values(), ...(looked ?? [])].slice(0, findingLimit);
}

function nextStepOf(
  question: CosignQuestion,
  judged: Judged,
  { refused, causes }: { readonly refused: RefusalClass; readonly causes: readonly Cause[] },
): string {
  const { rule, settings, image } = question;
  const fault = faultOf(judged.results) ?? judged.logFault;
  if (passingClasses.has(refused)) {
    const log = judged.logFault === undefined || fault !== judged.logFault ? '' : ` ${withoutLog(rule)}`;
    return `Nothing is known about the image. ${fault?.hint ?? 'Try again.'}${log}`;
  }
  if (refused === 'config') return configStep(settings, rule, causes);
  const missing = causes[0]?.root ?? judged.results[0]?.root;
  if (missing === undefined) return `Give the validator ${settings.name} a trust root.`;
  const { options } = rule;
  const command = signCommand(missing, { image, digest: judged.digest, options });
  const sign = `Have it signed: ${command} ${signCaveat(missing, options)}.`;
  const wanted = rootInWords(missing, keyOf(missing, question.keys));
  const before: Partial<Record<RefusalClass, string>> = {
    wrong_key: `If the image was signed by the right person, ${wanted} has the wrong key: compare the fingerprints, and put the signer's public key into trustRoots of validator ${settings.name}.`,
    identity_mismatch: `If it was signed by the right person, correct issuer and subject of ${missing.name} in validator ${settings.name}.`,
    tlog: `If no transparency log is used, set with.verifyInTransparencyLog: false in ${ruleInWords(rule)}; if a private one is, give its key as host.rekorPubkey.`,
    sct: `If the certificate authority keeps no certificate log, set with.verifySCT: false in ${ruleInWords(rule)}.`,
    timestamp: `If no timestamp authority is used, leave out with.useSignedTimestamps in ${ruleInWords(rule)}; if a private one is, give host.tsaCert.`,
    wrong_digest:
      'The signature is for another build. Deploy the digest that was signed, or sign the one that is deployed.',
  };
  return [before[refused], sign].filter((words) => words !== undefined).join(' ');
}

function withoutLog(rule: Rule): string {
  return `If no transparency log is used, set with.verifyInTransparencyLog: false in ${ruleInWords(rule)}; with.offline: true there never asks it.`;
}

function faultOf(results: readonly RootResult[]) {
  for (const result of results) {
    const fault = result.state === 'unusable' ? result.fault : result.verdict.fault;
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function configStep({ name }: CosignSettings, rule: Rule, causes: readonly Cause[]): string {
  const root = causes.find((cause) => cause.class === 'config')?.root;
  if (root?.kind === 'key' && root.source.kind !== 'inline')
    return `Put a public key in PEM where trust root ${root.name} of validator ${name} is read from.`;
  return `Give the validator ${name} what is missing as host.trustedRoot (or host.rekorPubkey, host.fulcioCert, host.ctLogPubkey, host.tsaCert), let the gate reach the public repository of trust, or demand less in ${ruleInWords(rule)}.`;
}

/** The rule names a trust root that the validator does not have; found at load, and refused here all the same. */
export function unknownRoot({ name, trustRoots }: CosignSettings, rule: Rule, unknown: string): RefusedAnswer {
  return refusal('config', {
    detail: `error getting verifiers: unable to find trust root ${unknown} in validator ${name}`,
    wanted: `one of the trust roots ${[...trustRoots.keys()].join(', ')}`,
    nextStep: `Name one of them as with.trustRoot in ${ruleInWords(rule)}.`,
  });
}
