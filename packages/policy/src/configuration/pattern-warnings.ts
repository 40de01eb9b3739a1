/** Patterns that can be read and say more, or less, than their author may think. */
import type { Section } from './section.ts';

/** Tells what is remarkable about the pattern of a rule in anchored mode. */
export function warnOfPattern(section: Section, pattern: string): void {
  // oxlint-disable-next-line no-control-regex -- everything that is not ASCII is meant
  if (/[^\u0000-\u007f]/.test(pattern)) {
    section.warning(['pattern'], {
      code: 'pattern-wide',
      value: pattern,
      message: 'the pattern has letters that no image name can have, so it matches less than it seems to',
      nextStep: 'Look for letters that only look like a-z, and type them anew.',
    });
    return;
  }
  const host = openHost(pattern);
  if (host === undefined) return;
  section.warning(['pattern'], {
    code: 'pattern-wide',
    value: pattern,
    message: `* also stands for dots and slashes, so this pattern is for images of every registry whose name begins with ${host}, such as ${host}.evil.example`,
    nextStep: `End the name of the registry with / before the first * (docker.io/library/${host.includes('.') ? 'name' : host}* for Docker Hub).`,
  });
}

/** Tells, in legacy mode, of a pattern that approves without looking, wherever it is found in a name (PAT-2). */
export function warnOfLegacyPattern(section: Section, pattern: string): void {
  if (pattern.startsWith('*')) return;
  section.warning(['pattern'], {
    code: 'pattern-wide',
    value: pattern,
    message:
      'the pattern is found anywhere in a name (patternMatching: legacy) and its validator approves everything, so images of strangers pass, such as evil.example/ with this name behind it',
    nextStep: 'Set patternMatching: anchored.',
  });
}

/** What stands before a `*` in the first component, where that would match the beginning of any host. */
function openHost(pattern: string): string | undefined {
  const [, before, after] = /^([^*?[{\\/]+)\*(.*)$/s.exec(pattern) ?? [];
  if (before === undefined || before.includes(':') || before.includes('@')) return undefined;
  // `10.0.0.*:5000/app` and `reg*.example.com/app` say how the host goes on.
  return /^[^/]*[.:][^/]*\//.test(after ?? '') ? undefined : before;
}
