/** Which of `key`, `cert` and `keyless` a trust root has: exactly one, and the one its validator can use (CFG-8). */
import type { TrustRootText } from './schema.ts';
import type { Section } from './section.ts';

type Way = 'key' | 'cert' | 'keyless';

const ways: readonly Way[] = ['key', 'cert', 'keyless'];

/**
 * Whether the trust root says in exactly one way whom it believes.
 *
 * @param usable What this type of validator can use.
 * @returns false where something is wrong, which has been told then
 */
export function identityProblems(section: Section, text: TrustRootText, usable: readonly Way[]): boolean {
  const given = ways.filter((way) => text[way] !== undefined);
  const [first, second] = given;
  if (first === undefined) return tellMissing(section, usable);
  if (second !== undefined) {
    section.error([first], {
      code: 'exclusive',
      message: `${first} must not be set if ${second} is`,
      nextStep: `Keep one of them; give the other a trust root of its own.`,
    });
    return false;
  }
  if (text.tsCert !== undefined && !usable.includes('cert')) return tellUseless(section, 'tsCert', usable);
  return usable.includes(first) || tellUseless(section, first, usable);
}

function tellMissing(section: Section, usable: readonly Way[]): false {
  const [first = 'key'] = usable;
  // A notation validator has told in its own words already.
  if (first === 'cert') return false;
  const others = ways.filter((way) => way !== first);
  section.error([first], {
    code: 'exclusive',
    message: `${first} must be set if [${others.join(' ')}] isn't`,
    allowed: usable.join(' or '),
    nextStep: `Add ${usable.join(' or ')}.`,
  });
  return false;
}

function tellUseless(section: Section, way: string, usable: readonly Way[]): false {
  section.error([way], {
    code: 'exclusive',
    message: `${way} is of no use here; a trust root of this type of validator has ${usable.join(' or ')}`,
    allowed: usable.join(' or '),
    nextStep: `Replace ${way}, or check the type of the validator.`,
  });
  return false;
}
