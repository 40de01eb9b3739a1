import type { NotationSettings } from '../../configuration/policy.ts';
import type { ValidatorAnswer } from '../../verdict.ts';
import type { Validation, Validator, ValidatorSurroundings } from '../validator.ts';

/** A validator for one entry of `validators` with `type: notation`. */
export function createNotationValidator(settings: NotationSettings, surroundings: ValidatorSurroundings): Validator {
  return { settings, validate: (validation) => validate(settings, surroundings, validation) };
}

function validate(
  settings: NotationSettings,
  _surroundings: ValidatorSurroundings,
  validation: Validation,
): Promise<ValidatorAnswer> {
  return Promise.resolve({
    outcome: 'refused',
    class: 'internal',
    detail: `failed to verify image: validator ${settings.name} cannot look at ${validation.image.name}`,
    found: [],
    wanted: 'a signature of the Notary Project',
    nextStep: 'Update the gate.',
    warnings: [],
  });
}
