/** Decides by name alone: `approve: true` lets everything run, `approve: false` nothing. Looks at nothing. */
import type { ValidatorSettings } from '../configuration/policy.ts';
import type { ValidatorAnswer } from '../verdict.ts';
import type { Validator } from './validator.ts';

/** Settings of a `static` validator. */
export type StaticSettings = Extract<ValidatorSettings, { type: 'static' }>;

/** A validator that answers the same of every image (STA-1). */
export function createStaticValidator(settings: StaticSettings): Validator {
  const answer = staticAnswer(settings);
  return { settings, validate: () => Promise.resolve(answer) };
}

/** What a static validator says, without asking: it is decided before anything can be skipped (STA-1). */
export function staticAnswer({ name, approve }: StaticSettings): ValidatorAnswer {
  if (approve) return { outcome: 'accepted', found: [], warnings: [] };
  return {
    outcome: 'refused',
    class: 'static_deny',
    detail: `the validator ${name} denies everything`,
    found: [],
    wanted: 'an image for which another rule applies',
    nextStep: `Add a rule for this image with a validator that can verify it, or take the image from a place that has one. The validator ${name} is static and never approves.`,
    warnings: [],
  };
}
