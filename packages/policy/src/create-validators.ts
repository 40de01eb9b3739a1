/** The table of validator types: which code answers for which entry of `validators`. */
import type { Policy, ValidatorSettings } from './configuration/policy.ts';
import { createCosignValidator } from './cosign/cosign-validator.ts';
import { createNotationValidator } from './notation/notation-validator.ts';
import { createNotaryV1Validator } from './notaryv1/notaryv1-validator.ts';
import { createStaticValidator } from './validators/static-validator.ts';
import type { Validator, ValidatorSurroundings } from './validators/validator.ts';

/**
 * The validators of a policy by name, ready to be asked. Nothing is fetched here.
 *
 * @example
 * const validators = createValidators(policy, surroundings);
 * const verdict = await evaluateImage({ policy, validators, text, place, now, signal });
 */
export function createValidators(policy: Policy, surroundings: ValidatorSurroundings): ReadonlyMap<string, Validator> {
  return new Map([...policy.validators].map(([name, settings]) => [name, createValidator(settings, surroundings)]));
}

function createValidator(settings: ValidatorSettings, surroundings: ValidatorSurroundings): Validator {
  switch (settings.type) {
    case 'static':
      return createStaticValidator(settings);
    case 'cosign':
      return createCosignValidator(settings, surroundings);
    case 'notation':
      return createNotationValidator(settings, surroundings);
    case 'notaryv1':
      return createNotaryV1Validator(settings, surroundings);
  }
}
