/** `keyless` of a trust root: whom a certificate must name (1.5, CFG-8, CFG-9). */
import { RE2JS } from 're2js';
import { excerpt } from '@pratique/runtime/fault';
import type { TextRule } from '@pratique/sigstore';
import type { CosignTrustRoot } from './policy.ts';
import type { Keyless } from './schema.ts';
import type { Section } from './section.ts';

type KeylessRoot = Extract<CosignTrustRoot, { kind: 'keyless' }>;

/**
 * Builds the rules of a keyless trust root.
 *
 * @param section At `keyless`.
 * @returns undefined where something is wrong, which has been told then
 */
export function readIdentity(section: Section, keyless: Keyless, name: string): KeylessRoot | undefined {
  const issuer = ruleOf(section, keyless, 'issuer');
  const subject = ruleOf(section, keyless, 'subject');
  warnOfAnybody(section, keyless, [issuer, subject]);
  const hasPattern = keyless.issuerRegex !== undefined || keyless.subjectRegex !== undefined;
  if (keyless.regexMode !== undefined && !hasPattern)
    section.warning(['regexMode'], {
      code: 'option-ignored',
      message: 'regexMode has no effect without issuerRegex or subjectRegex',
      nextStep: 'Remove regexMode.',
    });
  return issuer === undefined || subject === undefined ? undefined : { kind: 'keyless', name, issuer, subject };
}

function ruleOf(section: Section, keyless: Keyless, what: 'issuer' | 'subject'): TextRule | undefined {
  const [literal, pattern] = [keyless[what], keyless[`${what}Regex`]];
  if (literal === undefined && pattern === undefined) {
    section.error([], {
      code: 'exclusive',
      message: `${what} must be set if [${what}Regex] isn't`,
      nextStep: `Say which ${what} certificates must have; without it anybody could sign.`,
    });
    return undefined;
  }
  if (literal !== undefined && pattern !== undefined) {
    section.error([what], {
      code: 'exclusive',
      message: `${what} must not be set if ${what}Regex is`,
      nextStep: `Keep one of ${what} and ${what}Regex.`,
    });
    return undefined;
  }
  if (pattern === undefined) return { match: 'exact', value: literal ?? '' };
  return patternRule(section, { key: `${what}Regex`, pattern, isSearch: keyless.regexMode === 'search' });
}

/** Texts of strangers that no rule should fit. */
const strangers = ['x', 'someone@evil.example', 'https://evil.example/x'];

/** The issuer is the identity provider, so that one alone says nothing about who signed. */
function warnOfAnybody(section: Section, keyless: Keyless, rules: readonly (TextRule | undefined)[]): void {
  for (const [index, key] of (['issuerRegex', 'subjectRegex'] as const).entries()) {
    const rule = rules[index];
    if (rule?.match !== 'pattern') continue;
    const pattern = RE2JS.compile(rule.pattern);
    if (!strangers.every((text) => pattern.matcher(text).find())) continue;
    section.warning([key], {
      code: 'identity-wide',
      value: keyless[key],
      message: `${key} fits every text, so ${key === 'issuerRegex' ? 'any identity provider' : 'everybody the issuer knows'} is believed`,
      nextStep: 'Say whom you mean, such as https://github\\.com/acme/.*',
    });
  }
}

interface Wanted {
  readonly key: string;
  readonly pattern: string;
  readonly isSearch: boolean;
}

/** A pattern of sigstore is found anywhere in a text; here it has to be the whole of it unless that was asked for. */
function patternRule(section: Section, { key, pattern, isSearch }: Wanted): TextRule | undefined {
  const whole = `^(?:${pattern})$`;
  // Both alone and wrapped: `a)|(b` is no pattern, though it would be one between the parentheses.
  const problem = compileProblem(pattern) ?? compileProblem(whole);
  if (problem !== undefined) {
    section.error([key], {
      code: 'regex-invalid',
      value: pattern,
      message: `${key} is no regular expression of RE2: ${problem}`,
      allowed: 'RE2 syntax, without look-around and back-references',
      nextStep: 'Correct the expression.',
    });
    return undefined;
  }
  if (!isSearch) return { match: 'pattern', pattern: whole };
  section.warning([key], {
    code: 'regex-unanchored',
    value: pattern,
    message: `${key} is found anywhere in the text (regexMode: search), so ${excerpt(pattern, 60)} also fits longer texts of strangers; anchored it is ${excerpt(whole, 80)}`,
    nextStep: 'Remove regexMode: search and write the whole text, with .* where anything may stand.',
  });
  return { match: 'pattern', pattern };
}

function compileProblem(pattern: string): string | undefined {
  try {
    RE2JS.compile(pattern);
    return undefined;
  } catch (error) {
    return excerpt(error instanceof Error ? error.message : 'it cannot be read', 100);
  }
}
