/** What only shows when validators and rules are seen together (CFG-7): in the reference it fails when an image happens to hit it. */
import type { ValidatorType } from '../verdict.ts';
import type { ReadRule } from './read-rule.ts';
import type { ReadValidator } from './read-validator.ts';
import type { RuleOptionsText } from './schema.ts';
import type { Remark, Section } from './section.ts';
import { nearest } from './spelling.ts';

/** What the checks work with. */
export interface Parts {
  readonly validators: readonly ReadValidator[];
  readonly rules: readonly ReadRule[];
  /** Patterns that are equal and options without effect are errors too. */
  readonly strict: boolean;
}

/** Tells everything that does not fit together. */
export function crossCheck(parts: Parts): void {
  checkValidatorNames(parts.validators);
  for (const rule of parts.rules) checkRule(rule, parts);
  checkEqualPatterns(parts);
  tellSharedKeys(parts.validators);
}

function checkValidatorNames(validators: readonly ReadValidator[]): void {
  const seen = new Set<string>();
  for (const { name, section } of validators) {
    if (name === undefined) continue;
    if (seen.has(name)) {
      const message = `there are two validators called ${name.slice(0, 60)}`;
      section.error(['name'], { code: 'name-duplicate', value: name, message, nextStep: 'Rename one of them.' });
    }
    seen.add(name);
  }
}

function checkRule({ section, text }: ReadRule, { validators, strict }: Parts): void {
  if (text === undefined) return;
  const validator = validators.find(({ name }) => name === (text.validator ?? 'default'));
  if (validator === undefined) {
    tellUnknownValidator(section, text.validator, validators);
    return;
  }
  const { type } = validator;
  if (type === undefined) return;
  const options = section.inner('with');
  tellIgnored(options, text.with ?? {}, { type, strict });
  if (type === 'static') return;
  checkTrustRoots(options, text.with ?? {}, validator);
  if (type === 'cosign') checkThreshold(options, text.with ?? {}, validator);
  if (type === 'notation') tellNoTimestamp(options, text.with ?? {}, { validator, strict });
}

function tellUnknownValidator(section: Section, name: string | undefined, validators: readonly ReadValidator[]): void {
  const known = validators.map((one) => one.name).filter((one) => one !== undefined);
  if (name === undefined) {
    section.error(['validator'], {
      code: 'name-unknown',
      message: 'the rule names no validator, and none is called default',
      allowed: known.join(', '),
      nextStep: 'Add validator to the rule, or call a validator default.',
    });
    return;
  }
  const suggestion = nearest(name, known);
  section.error(['validator'], {
    code: 'name-unknown',
    value: name,
    message: `validator "${name.slice(0, 60)}" not found`,
    allowed: known.join(', '),
    ...(suggestion === undefined ? {} : { suggestion }),
    nextStep:
      suggestion === undefined ? 'Define it under validators, or name one that is there.' : `Write ${suggestion}.`,
  });
}

function checkTrustRoots(options: Section, text: RuleOptionsText, validator: ReadValidator): void {
  if (validator.trustRoots.length === 0) return;
  const wanted = [
    ...(text.trustRoot === '*' ? [] : [{ steps: ['trustRoot'], name: text.trustRoot ?? 'default' }]),
    ...(text.required ?? []).map((name, index) => ({ steps: ['required', index], name })),
    ...(text.attestations ?? []).flatMap(({ trustRoot }, index) =>
      trustRoot === undefined || trustRoot === '*'
        ? []
        : [{ steps: ['attestations', index, 'trustRoot'], name: trustRoot }],
    ),
  ];
  for (const { steps, name } of wanted) {
    if (validator.trustRoots.includes(name)) continue;
    const suggestion = nearest(name, validator.trustRoots);
    const isDefault = text.trustRoot === undefined && steps[0] === 'trustRoot';
    options.error(steps, {
      code: 'name-unknown',
      ...(isDefault ? {} : { value: name }),
      message: isDefault
        ? `the rule names no trustRoot, and validator ${validator.name} has none called default`
        : `unable to find trust root ${name.slice(0, 60)} in validator ${validator.name}`,
      allowed: [...validator.trustRoots, '*'].join(', '),
      ...(suggestion === undefined ? {} : { suggestion }),
      nextStep: suggestion === undefined ? 'Name one that is there.' : `Write ${suggestion}.`,
    });
  }
}

function checkThreshold(options: Section, text: RuleOptionsText, { settings, name, trustRoots }: ReadValidator): void {
  const { threshold = 0, trustRoot, required = [] } = text;
  if (trustRoot !== '*') return;
  const usable = settings === undefined ? trustRoots.length : usableRoots(settings);
  if (threshold > usable) {
    const message = `threshold ${threshold} can never be reached: validator ${name} has ${usable} trust roots with different keys`;
    options.error(['threshold'], {
      code: 'value-wrong',
      value: threshold,
      message,
      allowed: `0 to ${usable}`,
      nextStep: 'Lower it, or add trust roots.',
    });
  }
  const twice = required.find((one, index) => required.indexOf(one) !== index);
  if (twice !== undefined)
    options.error(['required'], {
      code: 'name-duplicate',
      value: twice,
      message: `required names ${twice.slice(0, 60)} twice`,
      nextStep: 'Remove one of them; a trust root counts once.',
    });
}

/** One key under two names signs once (COS-10). */
function usableRoots(settings: NonNullable<ReadValidator['settings']>): number {
  if (settings.type !== 'cosign') return 0;
  const identities = [...settings.trustRoots.values()].map((root) => {
    if (root.kind === 'keyless') return JSON.stringify([root.issuer, root.subject]);
    return root.source.kind === 'inline' ? root.source.key.fingerprint : JSON.stringify(root.source);
  });
  return new Set(identities).size;
}

/** Which options a type of validator reads (1.6); the others have no effect there. */
const readBy: Readonly<Record<keyof RuleOptionsText, readonly ValidatorType[]>> = {
  trustRoot: ['cosign', 'notaryv1', 'notation'],
  threshold: ['cosign'],
  required: ['cosign'],
  verifyInTransparencyLog: ['cosign'],
  verifySCT: ['cosign'],
  delegations: ['notaryv1'],
  mode: ['static', 'cosign', 'notaryv1', 'notation'],
  verificationLevel: ['notation'],
  verifyTimestamp: ['notation'],
  signatureFormat: ['cosign'],
  annotations: ['cosign'],
  attestations: ['cosign'],
  requireDigest: ['static', 'cosign', 'notaryv1', 'notation'],
  signatureRepository: ['cosign'],
  useSignedTimestamps: ['cosign'],
  requireRepositoryMatch: ['cosign'],
  requireTagMatch: ['cosign'],
  offline: ['cosign'],
  platformSignatures: ['cosign'],
  strictTuf: ['notaryv1'],
};

function tellIgnored(
  options: Section,
  text: RuleOptionsText,
  { type, strict }: { readonly type: ValidatorType; readonly strict: boolean },
): void {
  for (const key of Object.keys(text) as (keyof RuleOptionsText)[]) {
    if (text[key] === undefined || readBy[key].includes(type)) continue;
    tell(options, [key], strict, {
      code: 'option-ignored',
      message: `${key} has no effect on a ${type} validator`,
      allowed: `${key} is for ${readBy[key].join(', ')}`,
      nextStep: `Remove ${key}, or choose another validator.`,
    });
  }
}

function tellNoTimestamp(
  options: Section,
  text: RuleOptionsText,
  { validator, strict }: { readonly validator: ReadValidator; readonly strict: boolean },
): void {
  const { settings } = validator;
  if (text.verifyTimestamp === undefined || settings?.type !== 'notation') return;
  const used = [...settings.trustRoots.values()].filter(
    ({ name }) => text.trustRoot === '*' || name === (text.trustRoot ?? 'default'),
  );
  if (used.some(({ timestampCertificates }) => timestampCertificates !== undefined)) return;
  tell(options, ['verifyTimestamp'], strict, {
    code: 'option-ignored',
    message: 'verifyTimestamp has no effect, because the trust root has no tsCert',
    nextStep: 'Add tsCert to the trust root, or remove verifyTimestamp.',
  });
}

/** The later of two equal patterns hides the other, unless it is only for some namespaces. */
function checkEqualPatterns({ rules, strict }: Parts): void {
  const seen = new Map<string, ReadRule>();
  for (const rule of rules) {
    const { section, text, index } = rule;
    if (text === undefined || text.pattern === '') continue;
    const earlier = seen.get(text.pattern);
    seen.set(text.pattern, rule);
    const isNarrower = text.match !== undefined && JSON.stringify(text.match) !== JSON.stringify(earlier?.text?.match);
    if (earlier === undefined || isNarrower) continue;
    tell(section, ['pattern'], strict, {
      code: 'rules-identical',
      value: text.pattern,
      message: `policy[${earlier.index}] has the same pattern as policy[${index}], which stands later and hides it`,
      nextStep: 'Remove the one that is not wanted.',
    });
  }
}

/** POL-06: keys per environment are the good practice, so one that is trusted in several validators is worth knowing. */
function tellSharedKeys(validators: readonly ReadValidator[]): void {
  const seen = new Map<string, string>();
  for (const { section, settings } of validators) {
    if (settings?.type !== 'cosign') continue;
    for (const [index, root] of [...settings.trustRoots.values()].entries()) {
      if (root.kind !== 'key' || root.source.kind !== 'inline') continue;
      const { fingerprint } = root.source.key;
      const name = `${settings.name}/${root.name}`;
      const other = seen.get(fingerprint);
      seen.set(fingerprint, other ?? name);
      if (other !== undefined)
        section.info(['trustRoots', index, 'key'], {
          code: 'key-duplicate',
          message: `${name} is the same key as ${other} (SHA256:${fingerprint.slice(0, 16)}…)`,
          nextStep: 'Use a key of its own per environment, unless this is meant.',
        });
    }
  }
}

function tell(section: Section, steps: readonly (string | number)[], strict: boolean, remark: Remark): void {
  if (strict) section.error(steps, remark);
  else section.warning(steps, remark);
}
