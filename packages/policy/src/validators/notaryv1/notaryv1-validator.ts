import type { NotaryV1Settings } from '../../configuration/policy.ts';
import type { ValidatorAnswer } from '../../verdict.ts';
import type { Validation, Validator, ValidatorSurroundings } from '../validator.ts';

/** A validator for one entry of `validators` with `type: notaryv1`. */
export function createNotaryV1Validator(settings: NotaryV1Settings, surroundings: ValidatorSurroundings): Validator {
  return { settings, validate: (validation) => validate(settings, surroundings, validation) };
}

function validate(
  settings: NotaryV1Settings,
  _surroundings: ValidatorSurroundings,
  validation: Validation,
): Promise<ValidatorAnswer> {
  return Promise.resolve({
    outcome: 'refused',
    class: 'internal',
    detail: `error creating notary client: validator ${settings.name} cannot look at ${validation.image.name}`,
    found: [],
    wanted: 'a signed tag on the Notary server',
    nextStep: 'Update the gate.',
    warnings: [],
  });
}
