/** A verdict in the words and the shape that every caller shows: log of the gate, answer to the user, review, doctor. */
import { excerpt } from '@pratique/runtime/fault';
import type { RuleChoice } from './rules/rule-choice.ts';
import type { Finding, ImageVerdict, RefusalClass, ValidatorType } from './verdict.ts';

/** A verdict as JSON; members are added, never renamed, within a version. */
export interface Explanation {
  readonly schemaVersion: 1;
  /** As it stands in the workload. */
  readonly image: string;
  readonly verdict: 'accepted' | 'refused';
  /** The rule says `action: warn`, so that a refusal is told and not enforced. */
  readonly onlyWarn: boolean;
  readonly class: RefusalClass | null;
  /** The sentence a user sees; null for an acceptance. */
  readonly message: string | null;
  readonly rule: { readonly pattern: string; readonly index: number } | null;
  readonly validator: { readonly name: string; readonly type: ValidatorType } | null;
  /** Rules that match the image too, and why they do not apply. */
  readonly otherRules: readonly { readonly pattern: string; readonly index: number; readonly because: string }[];
  readonly digest: string | null;
  /** What the image field becomes; null where it stays. */
  readonly replacement: string | null;
  readonly found: readonly Finding[];
  readonly wanted: string | null;
  readonly nextStep: string | null;
  readonly warnings: readonly string[];
}

/** The verdict as JSON. */
export function explainVerdict(verdict: ImageVerdict, rules?: RuleChoice): Explanation {
  const { image, by, found, warnings } = verdict;
  const refused = verdict.verdict === 'refused' ? verdict : undefined;
  const accepted = verdict.verdict === 'accepted' ? verdict : undefined;
  return {
    schemaVersion: 1,
    image,
    verdict: verdict.verdict,
    onlyWarn: refused?.onlyWarn ?? false,
    class: refused?.class ?? null,
    message: refused?.message ?? null,
    rule: by === undefined ? null : { pattern: by.pattern, index: by.index },
    validator: by === undefined ? null : { name: by.validator, type: by.type },
    otherRules: (rules?.lost ?? []).map(({ rule: { pattern, index }, because }) => ({ pattern, index, because })),
    digest: accepted?.digest ?? null,
    replacement: accepted?.replacement ?? null,
    found,
    wanted: refused?.wanted ?? null,
    nextStep: refused?.nextStep ?? null,
    warnings,
  };
}

/** The verdict for a terminal: several lines without a line feed at the end, nothing in it that moves a cursor. */
export function explanationText(explanation: Explanation): string {
  const { image, digest, replacement, message, wanted, nextStep } = explanation;
  return [
    `${headline(explanation)}  ${image}`,
    ...row('because', message === null ? undefined : `${message} [${explanation.class ?? 'internal'}]`),
    ...row('rule', ruleLine(explanation)),
    ...explanation.otherRules.map(
      ({ pattern, index, because }) =>
        `  ${'not'.padEnd(9)} rule ${index + 1} (${visible(pattern)}): ${visible(because)}`,
    ),
    ...row('digest', digest ?? undefined),
    ...row('becomes', replacement ?? undefined),
    ...explanation.found.map(({ text, location }) => findingLine(text, location)),
    ...row('wanted', wanted ?? undefined),
    ...row('next step', nextStep ?? undefined),
    ...explanation.warnings.map((warning) => `  ${'warning'.padEnd(9)} ${visible(warning)}`),
  ].join('\n');
}

function headline({ verdict, onlyWarn }: Explanation): string {
  if (verdict === 'accepted') return 'ALLOWED';
  return onlyWarn ? 'WARNED ' : 'REFUSED';
}

function ruleLine({ rule, validator }: Explanation): string | undefined {
  if (rule === null) return undefined;
  const by = validator === null ? '' : `, validator ${validator.name} (${validator.type})`;
  return `rule ${rule.index + 1} (${rule.pattern})${by}`;
}

function findingLine(text: string, location: string | undefined): string {
  return `  ${'found'.padEnd(9)} ${visible(text)}${location === undefined ? '' : ` at ${visible(location)}`}`;
}

function row(name: string, text: string | undefined): readonly string[] {
  return text === undefined ? [] : [`  ${name.padEnd(9)} ${visible(text)}`];
}

/** What comes from registries and workloads may hold anything. */
function visible(text: string): string {
  return excerpt(text, 2000);
}

/** The sentence of a refusal as users see it, with class and next command (admission 3.6). */
export function refusalMessage({
  message,
  class: refused,
  image,
}: Extract<ImageVerdict, { verdict: 'refused' }>): string {
  return `${excerpt(message, 1500)} [${refused}] run: doctor image ${excerpt(image, 300)}`;
}
