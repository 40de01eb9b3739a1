/**
 * From the text of `config.yaml` to a policy in which nothing can be wrong any more, or to every mistake in it at once
 * (1.3 to 1.6). Pure: what lies elsewhere (secrets, keys in clusters and files) is only named here and read by programs.
 */
import { crossCheck } from './cross-checks.ts';
import { warnOfLegacyPattern, warnOfPattern } from './pattern-warnings.ts';
import { hashPolicy, hashRules } from './policy-hash.ts';
import type { Policy } from './policy.ts';
import { Findings } from './problem.ts';
import type { Problem } from './problem.ts';
import { checkSameHosts, readRegistry } from './read-registries.ts';
import { readRule } from './read-rule.ts';
import type { ReadRule } from './read-rule.ts';
import { readValidator } from './read-validator.ts';
import type { ReadValidator } from './read-validator.ts';
import { Section } from './section.ts';
import type { ReadText } from './sigstore-host.ts';
import { nearest } from './spelling.ts';
import { readYaml } from './yaml-document.ts';

/** How a configuration is read; what the chart has under `application.features`. */
export interface PolicyOptions {
  /** Default `anchored`. */
  readonly patternMatching?: Policy['patternMatching'];
  /** Equal patterns and options without effect are errors. Default false. */
  readonly strictConfig?: boolean;
  /** Default `index.docker.io`. */
  readonly canonicalDockerHost?: Policy['canonicalDockerHost'];
  /** Reads the file that `host.trustedRoot` names; without it such a file is a mistake. */
  readonly readText?: ReadText;
}

/** A configuration, read. */
export type ParsedPolicy =
  | { readonly state: 'valid'; readonly policy: Policy; readonly warnings: readonly Problem[] }
  | { readonly state: 'invalid'; readonly problems: readonly Problem[]; readonly warnings: readonly Problem[] };

const topKeys = ['validators', 'policy', 'registries'];
const most = { validators: 500, rules: 5_000, registries: 200 } as const;

/**
 * Reads a configuration. Never throws for what stands in it.
 *
 * @param text YAML, as `/app/config/config.yaml` has it.
 *
 * @example
 * const read = parsePolicy(await readFile('config.yaml', 'utf8'));
 * if (read.state === 'invalid') throw new Error(describeProblems(read.problems, { file: 'config.yaml' }));
 */
export function parsePolicy(text: string, options: PolicyOptions = {}): ParsedPolicy {
  const findings = new Findings();
  const node = readYaml(text, findings);
  if (node === undefined) return { state: 'invalid', problems: findings.errors, warnings: findings.warnings };
  const parts = readParts(new Section(findings, node), options);
  const policy = findings.errors.length > 0 || parts === undefined ? undefined : policyOf(parts, options);
  if (policy !== undefined) return { state: 'valid', policy, warnings: findings.warnings };
  if (findings.errors.length === 0) findings.error(unexplained);
  return { state: 'invalid', problems: findings.errors, warnings: findings.warnings };
}

/** A refusal always has a reason, also where that is a mistake of ours. */
const unexplained = {
  code: 'value-wrong',
  path: '',
  message: 'a part of the configuration was refused without a reason, which is a mistake of this program',
  nextStep: 'Report it, with the configuration.',
} as const;

interface Parts {
  readonly validators: readonly ReadValidator[];
  readonly rules: readonly ReadRule[];
  readonly registries: readonly ReturnType<typeof readRegistry>[];
}

function readParts(
  document: Section,
  { strictConfig = false, readText, patternMatching }: PolicyOptions,
): Parts | undefined {
  if (document.node.kind !== 'map') {
    document.error([], {
      code: 'value-wrong',
      message: 'the configuration must be a mapping with the keys validators and policy',
      nextStep: 'Add validators and policy.',
    });
    return undefined;
  }
  tellUnknownKeys(document);
  const registries = listAt(document, 'registries', { least: 0, most: most.registries });
  checkSameHosts(registries);
  const parts = {
    validators: listAt(document, 'validators', { least: 1, most: most.validators }).map((one) =>
      readValidator(one, readText),
    ),
    rules: listAt(document, 'policy', { least: 1, most: most.rules }).map((one, index) => readRule(one, index)),
    registries: registries.map(readRegistry),
  };
  warnOfPatterns(parts, patternMatching === 'legacy');
  crossCheck({ ...parts, strict: strictConfig });
  return parts;
}

function warnOfPatterns({ rules, validators }: Parts, isLegacy: boolean): void {
  for (const { rule, section } of rules) {
    if (rule === undefined) continue;
    const settings = validators.find(({ name }) => name === rule.validator)?.settings;
    if (!isLegacy) warnOfPattern(section, rule.pattern);
    else if (settings?.type === 'static' && settings.approve) warnOfLegacyPattern(section, rule.pattern);
  }
}

function tellUnknownKeys(document: Section): void {
  if (document.node.kind !== 'map') return;
  for (const name of document.node.entries.keys()) {
    if (topKeys.includes(name)) continue;
    const suggestion = nearest(name, topKeys);
    document.error([name], {
      code: 'unknown-key',
      message: `${name.slice(0, 60)} is not a key of the configuration`,
      allowed: topKeys.join(', '),
      ...(suggestion === undefined ? {} : { suggestion }),
      nextStep: suggestion === undefined ? 'Remove it.' : `Write ${suggestion}.`,
    });
  }
}

/** CFG-6: an empty list of rules or validators is a mistake, never "everything" or "nothing". */
function listAt(document: Section, key: string, { least, most }: { least: number; most: number }): readonly Section[] {
  const list = document.inner(key);
  const isThere = document.has(key);
  const count = isThere && list.node.kind === 'list' ? list.node.items.length : -1;
  if (count >= least && count <= most) return list.items();
  if (!isThere && least === 0) return [];
  const message =
    isThere && count === -1
      ? `${key} must be a list`
      : count > most
        ? `${key} has more than ${most} entries`
        : `${key} needs at least one entry`;
  document.error([key], {
    code: isThere ? 'value-wrong' : 'value-missing',
    message,
    nextStep: `Write ${key} as a list of ${least || 0} to ${most} entries.`,
  });
  return [];
}

function policyOf({ validators, rules, registries }: Parts, options: PolicyOptions): Policy | undefined {
  const settings = validators.map((one) => one.settings).filter((one) => one !== undefined);
  const read = rules.map(({ rule }) => rule).filter((one) => one !== undefined);
  const hosts = registries.filter((one) => one !== undefined);
  // Something is missing although no mistake was told: a mistake of ours, and no policy to run with.
  if (settings.length !== validators.length || read.length !== rules.length || hosts.length !== registries.length)
    return undefined;
  const around = {
    validators: new Map(settings.map((one) => [one.name, one])),
    registries: hosts,
    patternMatching: options.patternMatching ?? ('anchored' as const),
    canonicalDockerHost: options.canonicalDockerHost ?? ('index.docker.io' as const),
  };
  const hashed = hashRules(read, around);
  return { ...around, rules: hashed, hash: hashPolicy(hashed, around) };
}
