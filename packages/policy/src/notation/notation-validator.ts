/**
 * Signatures of the Notary Project (`notation sign`), judged as notation it does: collect, examine, ask about revocation, judge. Only
 * this file waits; examining and judging need no network and no clock.
 */
import { isFault } from '@pratique/runtime/fault';
import type { NotationSettings } from '../configuration/policy.ts';
import type { ValidatorAnswer } from '../verdict.ts';
import { internalAnswer, timeoutAnswer } from '../validators/failed-answer.ts';
import type { Validation, Validator, ValidatorSurroundings } from '../validators/validator.ts';
import { noImage, unreadable } from './answers.ts';
import { collectNotation } from './collect.ts';
import { chainsToAsk, concludeNotation, examineNotation } from './judge-notation.ts';
import { createRevocationAsker } from '../revocation/ask.ts';
import type { RevocationAsker } from '../revocation/ask.ts';

/**
 * A validator for one entry of `validators` with `type: notation`. Registry, credentials, CAs and what it learns about revocation
 * belong to it alone (NTN-2).
 */
export function createNotationValidator(settings: NotationSettings, surroundings: ValidatorSurroundings): Validator {
  const around = { settings, surroundings, asker: createRevocationAsker() };
  return { settings, validate: (validation) => validate(around, validation) };
}

interface Around {
  readonly settings: NotationSettings;
  readonly surroundings: ValidatorSurroundings;
  readonly asker: RevocationAsker;
}

async function validate(around: Around, validation: Validation): Promise<ValidatorAnswer> {
  const { image, signal } = validation;
  try {
    return await judge(around, validation);
  } catch (error) {
    if (signal.aborted) return timeoutAnswer(image.name);
    if (isFault(error)) return unreadable(image, 'image', error);
    return internalAnswer(error instanceof Error ? error.message : 'an unknown error');
  }
}

async function judge({ settings, surroundings, asker }: Around, validation: Validation): Promise<ValidatorAnswer> {
  const { image, rule, now, signal } = validation;
  const store = await surroundings.repository(image, settings);
  const collected = await collectNotation(store, image, signal);
  signal.throwIfAborted();
  if (collected.state === 'no-image') return noImage(image);
  if (collected.state === 'failed') return unreadable(image, collected.at, collected.fault);
  const examined = examineNotation({ evidence: collected.evidence, settings, rule, now });
  if ('answer' in examined) return examined.answer;
  const revocation = await asker.ask(chainsToAsk(examined), { fetch: surroundings.fetch(settings), now, signal });
  signal.throwIfAborted();
  return concludeNotation(examined, revocation);
}
