/** From `config.yaml` to a policy with validators that can be asked. */
import { createValidators, describeProblems, parsePolicy } from '@pratique/policy';
import type { CanonicalImage, ParsedPolicy, Policy, ValidatorSettings, ValidatorSurroundings } from '@pratique/policy';
import type { Cluster } from '@pratique/kube';
import { gateFault } from '../errors.ts';
import type { Measured } from '../measure.ts';
import type { GateOptions, GateSurroundings } from '../options.ts';
import type { ActivePolicy } from '../review/needs.ts';
import { readConfined } from './confined-file.ts';
import { confinedText } from './confined-text.ts';
import { surroundValidators } from './surround-validators.ts';

/** A policy in force. */
export interface LoadedPolicy extends ActivePolicy {
  /** What is allowed and probably not meant, in words. */
  readonly warnings: readonly string[];
  /** Age of the public trust material, where it is used and known. */
  publicTrustAgeSeconds(): number | undefined;
  /** Lets go of connections and of what is kept fresh in the background. */
  close(): Promise<void>;
}

/** What loading works with. */
export interface PolicyNeeds {
  readonly options: GateOptions;
  readonly surroundings: GateSurroundings;
  readonly measured: Measured;
  readonly cluster: Cluster | undefined;
}

const file = 'config.yaml';

/**
 * Loads the policy.
 *
 * @throws Fault `gate-configuration-invalid`, whose message has every mistake; `file-unreadable` and others of reading files
 */
export async function loadPolicy(needs: PolicyNeeds): Promise<LoadedPolicy> {
  const { configFolder: base } = needs.options;
  const text = await readConfined({ base, names: [file], what: 'the configuration' });
  if (text === undefined) throw missing(base);
  const parsed = parsePolicy(text, optionsOf(needs.options));
  if (parsed.state === 'invalid') throw invalid(parsed);
  const { policy } = parsed;
  const surrounded = await surroundValidators(policy, needs);
  return {
    policy,
    validators: createValidators(policy, surrounded.surroundings),
    digestOf: (image, settings, signal) => digestOf(surrounded.surroundings, { image, settings, signal }),
    warnings: describeProblems(parsed.warnings, { file })
      .split('\n')
      .filter((line) => line.trim() !== ''),
    publicTrustAgeSeconds: surrounded.publicTrustAgeSeconds,
    close: surrounded.close,
  };
}

function optionsOf({ patternMatching, strictConfig, canonicalDockerHost, configFolder, secretsFolder }: GateOptions) {
  return {
    ...(patternMatching === undefined ? {} : { patternMatching }),
    ...(strictConfig === undefined ? {} : { strictConfig }),
    ...(canonicalDockerHost === undefined ? {} : { canonicalDockerHost }),
    readText: (path: string) => confinedText(path, [configFolder, secretsFolder]),
  };
}

/** Not knowing where a tag leads is no answer about the image: then it is verified, which says why. */
async function digestOf(
  surroundings: ValidatorSurroundings,
  asked: { readonly image: CanonicalImage; readonly settings: ValidatorSettings; readonly signal: AbortSignal },
): Promise<string | undefined> {
  const { image, settings, signal } = asked;
  // A Notary decides what a tag means, not the registry.
  if (settings.type === 'notaryv1' || image.tag === undefined) return undefined;
  try {
    const store = await surroundings.repository(image, settings);
    return (await store.resolve(image.tag, { signal }))?.digest;
  } catch {
    return undefined;
  }
}

function missing(folder: string): Error {
  return gateFault({
    code: 'gate-configuration-invalid',
    message: `There is no ${file} in ${folder}.`,
    hint: 'Mount the ConfigMap of the gate there, or name another folder with CONFIG_DIR.',
    values: { folder, problems: [] },
  });
}

function invalid({ problems }: Extract<ParsedPolicy, { state: 'invalid' }>): Error {
  const count = problems.length === 1 ? 'one mistake' : `${problems.length} mistakes`;
  return gateFault({
    code: 'gate-configuration-invalid',
    message: `The configuration has ${count}:\n${describeProblems(problems, { file }).trimEnd()}`,
    hint: 'Correct them; each says what is allowed. pratique review checks a configuration before it is deployed.',
    values: { problems },
  });
}

export type { Policy };
