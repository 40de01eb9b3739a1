/**
 * The verdict of a cosign validator over what was read: which trust roots hold, whether they are enough, and the words for it.
 * No network, no clock: with the same evidence it says the same again.
 */
import type { ValidatorAnswer } from '../verdict.ts';
import { refusal } from '../validators/failed-answer.ts';
import { judgeDemands } from './attestations.ts';
import { evaluatedRoots } from './decide.ts';
import type { FoundImage } from './evidence.ts';
import { acceptance, judgeRoots } from './judge-roots.ts';
import type { CosignQuestion, Judged } from './judge-roots.ts';
import { platformsHold, platformWords } from './platforms.ts';
import { classOfReading } from './refusal-class.ts';
import { rootRefusal, unknownRoot } from './root-refusal.ts';
import { findingLimit } from './words.ts';

/** Judges an image (COS-1 to COS-12). */
export function judgeCosign(question: CosignQuestion): ValidatorAnswer {
  const { evidence, rule, settings } = question;
  const evaluated = evaluatedRoots(rule.options, [...settings.trustRoots.keys()]);
  if ('unknown' in evaluated) return unknownRoot(settings, rule, evaluated.unknown);
  if (evidence.image.state !== 'found' || evidence.attached === undefined) {
    return withoutImage(question, evidence.image);
  }
  const otherTag = tagRefusal(question, evidence.image.manifest.descriptor.digest);
  if (otherTag !== undefined) return otherTag;
  const { bytes, descriptor } = evidence.image.manifest;
  const judged = judgeRoots(question, evaluated.roots, {
    ...{ digest: descriptor.digest, content: bytes, attached: evidence.attached },
    ...(evidence.logFault === undefined ? {} : { logFault: evidence.logFault }),
  });
  const signed = judged.decision.state === 'reached' ? acceptance(judged) : platformsHold(question, evaluated.roots);
  if (signed === undefined) return refusedWith(question, judged, evaluated.roots);
  const attested = judgeDemands(question, descriptor.digest, evidence.attached);
  if (attested.state === 'refused') return attested.answer;
  return {
    outcome: 'accepted',
    digest: descriptor.digest,
    found: [...signed.found, ...attested.found].slice(0, findingLimit),
    warnings: [...new Set([...signed.warnings, ...attested.warnings])],
  };
}

function refusedWith(question: CosignQuestion, judged: Judged, roots: readonly string[]): ValidatorAnswer {
  const answer = rootRefusal(question, judged);
  const words = platformWords(question, roots);
  if (words === undefined) return answer;
  const nextStep = `${words.nextStep} ${answer.nextStep}`.trim();
  return { ...answer, class: words.class ?? answer.class, detail: `${answer.detail}; ${words.detail}`, nextStep };
}

function withoutImage({ image }: CosignQuestion, found: FoundImage): ValidatorAnswer {
  if (found.state === 'failed') {
    return refusal(classOfReading(found.fault), {
      detail: `the image ${image.name} could not be looked up: ${found.fault.message}`,
      wanted: 'a registry that answers',
      nextStep: found.fault.hint,
    });
  }
  return refusal('image_not_found', {
    detail: `image ${image.name} does not exist: the registry ${image.registry} has no manifest of that name`,
    wanted: `an image ${image.name}`,
    nextStep:
      'Check name, tag and digest. Push the image first; if the repository is private, give the validator credentials for it (auth).',
  });
}

/** An image string whose tag has moved on from its digest, where the rule cares (COS-3). */
function tagRefusal({ image, evidence, rule }: CosignQuestion, digest: string): ValidatorAnswer | undefined {
  const { tag } = evidence;
  if (!rule.options.requireTagMatch || image.tag === undefined || image.digest === undefined || tag === undefined) {
    return undefined;
  }
  if (tag.state === 'failed') {
    return refusal(classOfReading(tag.fault), {
      detail: `where the tag ${image.tag} points could not be looked up: ${tag.fault.message}`,
      wanted: 'a registry that answers',
      nextStep: tag.fault.hint,
    });
  }
  if (tag.value === digest) return undefined;
  return refusal('wrong_digest', {
    detail: `the tag ${image.tag} points at ${tag.value ?? 'nothing'}, and the image string names ${digest}`,
    wanted: `the tag ${image.tag} to point at ${digest} (requireTagMatch)`,
    nextStep: `Write the digest that the tag has now (${tag.value ?? 'push the tag first'}), or leave out the tag.`,
  });
}
