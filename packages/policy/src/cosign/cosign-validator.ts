/** The cosign validator: reads what a judgement needs, and asks for the judgement. */
import { parseRepository } from '@pratique/oci';
import type { StoredManifest } from '@pratique/oci';
import { isFault } from '@pratique/runtime/fault';
import type { Fault } from '@pratique/runtime/fault';
import { parsePublicKey } from '@pratique/sigstore';
import type { PublicKey } from '@pratique/sigstore';
import type { CosignSettings, CosignTrustRoot, Rule } from '../configuration/policy.ts';
import type { ValidatorAnswer } from '../verdict.ts';
import { passingClasses } from '../verdict.ts';
import { refusal, timeoutAnswer } from '../validators/failed-answer.ts';
import type { Obtained, Validation, Validator, ValidatorSurroundings } from '../validators/validator.ts';
import { believed, configuredBelief } from './belief.ts';
import type { ConfiguredBelief } from './belief.ts';
import { collectCosign, collectPlatforms, indexOf } from './collect.ts';
import type { CosignPlaces } from './collect.ts';
import { cosignLimits } from './evidence.ts';
import type { CosignEvidence, CosignLimits, PlatformEvidence, RootKeys } from './evidence.ts';
import { judgeCosign } from './judge.ts';
import type { CosignQuestion } from './judge-roots.ts';
import { completeFromLog } from './online-log.ts';
import { classOfReading } from './refusal-class.ts';
import { ruleInWords } from './root-policy.ts';

/** A validator for one entry of `validators` with `type: cosign`. */
export function createCosignValidator(
  settings: CosignSettings,
  surroundings: ValidatorSurroundings,
  limits: CosignLimits = cosignLimits,
): Validator {
  const asking: Asking = { settings, surroundings, limits, configured: configuredBelief(settings), parsed: new Map() };
  return { settings, validate: (validation) => validate(asking, validation) };
}

interface Asking {
  readonly settings: CosignSettings;
  readonly surroundings: ValidatorSurroundings;
  readonly limits: CosignLimits;
  readonly configured: ConfiguredBelief;
  /** Keys by their PEM: the same text is read once. */
  readonly parsed: Map<string, Obtained<PublicKey>>;
}

async function validate(asking: Asking, validation: Validation): Promise<ValidatorAnswer> {
  const { image, signal } = validation;
  try {
    const answer = await ask(asking, validation);
    // What failed because the time was over says nothing about the registry.
    const isLate = signal.aborted && answer.outcome === 'refused' && passingClasses.has(answer.class);
    return isLate ? timeoutAnswer(image.text) : answer;
  } catch (error) {
    if (signal.aborted) return timeoutAnswer(image.text);
    if (isFault(error)) return unreadable(error, validation.rule);
    throw error;
  }
}

async function ask(asking: Asking, validation: Validation): Promise<ValidatorAnswer> {
  const { image, rule, now, signal } = validation;
  const { surroundings, settings } = asking;
  const places = await placesOf(asking, validation);
  const keys = keysOf(asking);
  const nodePlatforms = surroundings.nodePlatforms?.();
  let question: CosignQuestion = {
    evidence: await collectCosign(places, image, rule.options),
    ...{ image, rule, settings, keys, now },
    belief: believed(asking.configured, () => surroundings.publicTrust()),
    ...(nodePlatforms === undefined ? {} : { nodePlatforms }),
  };
  let answer = judgeCosign(question);
  // The log is asked only where it could change the answer: whoever may push could make every review wait for it.
  if (answer.outcome === 'refused' && isLogAsked(rule)) {
    question = { ...question, evidence: await withLog(asking, { keys, signal }, question.evidence) };
    answer = judgeCosign(question);
  }
  const index = indexWorthOpening(question.evidence, answer);
  if (index === undefined) return answer;
  const most = rule.options.platformSignatures === undefined ? glance : asking.limits.platforms;
  const read = await collectPlatforms(places, index, { most, options: rule.options });
  const platforms = isLogAsked(rule)
    ? await Promise.all(read.map((one) => platformWithLog(asking, { keys, signal }, one)))
    : read;
  return judgeCosign({ ...question, evidence: { ...question.evidence, platforms } });
}

// Platforms that are looked at only to say what is signed.
const glance = 6;

/** The index whose images may be signed instead: one that was read, and refused for its signatures. */
function indexWorthOpening({ image }: CosignEvidence, answer: ValidatorAnswer): StoredManifest | undefined {
  if (answer.outcome === 'accepted' || image.state !== 'found' || indexOf(image.manifest) === undefined)
    return undefined;
  const isAboutSignatures = !passingClasses.has(answer.class) && !['config', 'attestation'].includes(answer.class);
  return isAboutSignatures ? image.manifest : undefined;
}

async function placesOf({ settings, surroundings, limits }: Asking, validation: Validation): Promise<CosignPlaces> {
  const { image, rule, signal } = validation;
  const { signatureRepository } = rule.options;
  const store = await surroundings.repository(image, settings);
  const attachments =
    signatureRepository === undefined
      ? store
      : await surroundings.repository(parseRepository(signatureRepository), settings);
  return { store, attachments, limits, signal };
}

/** The keys of all trust roots that are keys: asking for one costs nothing. */
function keysOf({ settings, surroundings, parsed }: Asking): RootKeys {
  const keys = new Map<string, Obtained<PublicKey>>();
  for (const root of settings.trustRoots.values()) {
    const key = root.kind === 'key' ? keyOf(root, surroundings, parsed) : undefined;
    if (key !== undefined) keys.set(root.name, key);
  }
  return keys;
}

function keyOf(
  { source }: Extract<CosignTrustRoot, { kind: 'key' }>,
  surroundings: ValidatorSurroundings,
  parsed: Asking['parsed'],
): Obtained<PublicKey> {
  if (source.kind === 'inline') return { state: 'there', value: source.key };
  const text = surroundings.key(source);
  if (text.state === 'failed') return text;
  const known = parsed.get(text.value);
  if (known !== undefined) return known;
  // Rotated keys do not pile up.
  if (parsed.size >= 64) parsed.clear();
  const key = readKey(text.value);
  parsed.set(text.value, key);
  return key;
}

function readKey(pem: string): Obtained<PublicKey> {
  try {
    return { state: 'there', value: parsePublicKey(pem) };
  } catch (error) {
    if (isFault(error)) return { state: 'failed', fault: error };
    throw error;
  }
}

interface LogAsking {
  readonly keys: RootKeys;
  readonly signal: AbortSignal;
}

async function withLog(asking: Asking, log: LogAsking, evidence: CosignEvidence): Promise<CosignEvidence> {
  if (evidence.attached === undefined) return evidence;
  const completed = await completeFromLog(evidence.attached, logSearch(asking, log));
  const fault = completed.fault === undefined ? {} : { logFault: completed.fault };
  return { ...evidence, attached: completed.evidence, ...fault };
}

async function platformWithLog(asking: Asking, log: LogAsking, platform: PlatformEvidence): Promise<PlatformEvidence> {
  const completed = await completeFromLog(platform.attached, logSearch(asking, log));
  const fault = completed.fault === undefined ? {} : { logFault: completed.fault };
  return { ...platform, attached: completed.evidence, ...fault };
}

function isLogAsked({ options }: Rule): boolean {
  return options.verifyInTransparencyLog && !options.offline;
}

function logSearch({ settings, surroundings, limits }: Asking, { keys, signal }: LogAsking) {
  return {
    ...{ url: settings.rekor, fetch: surroundings.fetch(settings), signal, limits },
    keys: [...keys.values()].flatMap((key) => (key.state === 'there' ? [key.value] : [])),
    keyless: [...settings.trustRoots.values()].some(({ kind }) => kind === 'keyless'),
  };
}

/** The repository could not even be opened: credentials, a setting, a name. */
function unreadable(fault: Fault, rule: Rule): ValidatorAnswer {
  return refusal(classOfReading(fault), {
    detail: fault.message,
    wanted: `a repository that ${ruleInWords(rule)} can read`,
    nextStep: fault.hint,
  });
}
