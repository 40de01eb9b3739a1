/** Signatures of the images behind an index, where the index itself has none that holds (COS-11). */
import type { RefusalClass } from '../verdict.ts';
import { passingClasses } from '../verdict.ts';
import { platformEntries } from './collect.ts';
import type { PlatformEvidence } from './evidence.ts';
import { acceptance, judgeRoots } from './judge-roots.ts';
import type { Acceptance, CosignQuestion, Judged } from './judge-roots.ts';
import { classOfReading } from './refusal-class.ts';
import { causesOf } from './root-refusal.ts';
import { ruleInWords } from './root-policy.ts';
import { mayStart } from './runtime-reading.ts';

/** What became of one image behind the index. */
interface PlatformResult {
  readonly platform: PlatformEvidence;
  /** Absent where the image is not there or could not be read. */
  readonly judged?: Judged;
}

/**
 * The acceptance by the platforms' signatures, where the rule allows it and every image that counts has one; undefined
 * otherwise. What was not looked at counts as unsigned.
 */
export function platformsHold(question: CosignQuestion, roots: readonly string[]): Acceptance | undefined {
  if (question.rule.options.platformSignatures === undefined) return undefined;
  const wanted = relevantDigests(question);
  const results = judgePlatforms(question, roots);
  const held = results.filter(({ judged }) => judged?.decision.state === 'reached');
  const digests = new Set(held.map(({ platform }) => platform.digest));
  // Nothing to verify is not everything verified.
  if (wanted.length === 0 || !wanted.every((digest) => digests.has(digest))) return undefined;
  const accepted = held.flatMap(({ judged }) => (judged === undefined ? [] : [acceptance(judged)]));
  const names = held.map(({ platform }) => platform.platform).join(', ');
  return {
    found: [
      { text: `the index is not signed, and the images behind it are: ${names}` },
      ...accepted.flatMap(({ found }) => found),
    ],
    warnings: accepted.flatMap(({ warnings }) => warnings),
  };
}

/** What the platforms add to a refusal of the index. */
export interface PlatformWords {
  readonly detail: string;
  readonly nextStep: string;
  /** Some that count could not be read, so that the refusal is not definite. */
  readonly class?: RefusalClass;
}

/** Says whether the images behind a refused index are signed; undefined where it is no index or they were not looked at. */
export function platformWords(question: CosignQuestion, roots: readonly string[]): PlatformWords | undefined {
  const results = judgePlatforms(question, roots);
  if (results.length === 0) return undefined;
  const all = allEntries(question).length;
  const held = results.filter(({ judged }) => judged?.decision.state === 'reached');
  const names = held.map(({ platform }) => `${platform.platform} (${platform.digest})`).slice(0, 4);
  const some = held.length > names.length ? ' and others' : '';
  const looked = results.length < all ? ` that were looked at (${results.length} of ${all})` : '';
  const detail =
    held.length === 0
      ? `it is an index, and none of the platform manifests${looked} is signed either`
      : `it is an index, and ${held.length} of the ${results.length} platform manifests${looked} are signed: ${names.join(', ')}${some}`;
  const refused = question.rule.options.platformSignatures === undefined ? undefined : unreadClass(question, results);
  return { detail, nextStep: stepFor(question, held.length), ...(refused === undefined ? {} : { class: refused }) };
}

function stepFor({ rule }: CosignQuestion, held: number): string {
  if (held === 0 || rule.options.platformSignatures !== undefined) return '';
  return `Sign the index too (cosign sign --recursive signs all of it), or accept platform signatures with with.platformSignatures: all in ${ruleInWords(rule)}.`;
}

function judgePlatforms(question: CosignQuestion, roots: readonly string[]): readonly PlatformResult[] {
  return (question.evidence.platforms ?? []).map((platform) => {
    const { digest, attached, manifest, logFault } = platform;
    if (manifest.state !== 'found') return { platform };
    const content = manifest.manifest.bytes;
    const more = logFault === undefined ? {} : { logFault };
    return { platform, judged: judgeRoots(question, roots, { digest, attached, content, ...more }) };
  });
}

/** The class of the first platform of which nothing is known. */
function unreadClass(question: CosignQuestion, results: readonly PlatformResult[]): RefusalClass | undefined {
  for (const { platform, judged } of results) {
    if (platform.manifest.state === 'failed') return classOfReading(platform.manifest.fault);
    if (judged === undefined || judged.decision.state === 'reached') continue;
    const passing = causesOf(question, judged).find((cause) => passingClasses.has(cause.class));
    if (passing !== undefined) return passing.class;
  }
  return undefined;
}

function allEntries({ evidence }: CosignQuestion) {
  return evidence.image.state === 'found' ? platformEntries(evidence.image.manifest) : [];
}

/** The digests that have to be signed. An entry that names no platform may be started anywhere. */
function relevantDigests(question: CosignQuestion): readonly string[] {
  const { rule, nodePlatforms } = question;
  const isNode = rule.options.platformSignatures === 'node' && nodePlatforms !== undefined;
  const entries = allEntries(question).filter(
    ({ platform }) => !isNode || platform === undefined || nodePlatforms.some((node) => mayStart(node, platform)),
  );
  return entries.map(({ digest }) => digest);
}
