/** The policy of a gate, from any of the files people keep it in: config.yaml, values of the chart, the ConfigMap of a cluster. */
import { dirname, resolve } from 'node:path';
import { readFileSync } from 'node:fs';
import { describeProblems, parsePolicy } from '@pratique/policy';
import type { ParsedPolicy, Policy, PolicyOptions, Problem } from '@pratique/policy';
import { excerpt } from '@pratique/runtime/fault';
import { decodeText, readFileBounded } from '@pratique/runtime/limit';
import { parseDocument, stringify } from 'yaml';
import { cliFault } from '../errors.ts';

/** A policy that was found right, with what is worth saying about it. */
export interface GatePolicy {
  readonly policy: Policy;
  /** For standard error; empty where there is nothing to say. */
  readonly warnings: string;
}

const policyLimit = 8 * 1024 * 1024;

/**
 * Reads a policy.
 *
 * @throws Fault `policy-invalid` with every mistake at once
 */
export async function readGatePolicy(file: string): Promise<GatePolicy> {
  const bytes = await readFileBounded(file, { bytes: policyLimit, what: `the policy ${file}` });
  const { text, options, part } = policyIn(decodeText(bytes, `the policy ${file}`));
  const readText = (path: string): string => readFileSync(resolve(dirname(file), path), 'utf8');
  const read: ParsedPolicy = parsePolicy(text, { ...options, readText });
  const described = (problems: readonly Problem[]): string =>
    describeProblems(part === undefined ? problems : problems.map(withoutPlace), {
      file: part === undefined ? file : `${file} (${part})`,
    });
  if (read.state === 'valid') return { policy: read.policy, warnings: described(read.warnings) };
  throw cliFault({
    code: 'policy-invalid',
    message:
      `The policy ${excerpt(file)} has ${read.problems.length} mistake(s):\n${described(read.problems)}`.trimEnd(),
    hint: 'Correct them; the gate would not load this policy either.',
    values: { file: excerpt(file, 300), mistakes: read.problems.length },
  });
}

/** Lines of a part are not those of the file; the path leads there all the same. */
function withoutPlace({ line: _line, column: _column, ...problem }: Problem): Problem {
  return problem;
}

interface PolicyText {
  readonly text: string;
  readonly options: PolicyOptions;
  /** Where in the file the configuration is, unless it is the file. */
  readonly part?: string;
}

/** Finds the configuration in the text; what is neither values nor a ConfigMap is taken for the configuration itself. */
function policyIn(text: string): PolicyText {
  const document = plain(text);
  const application = memberOf(document, 'application');
  if (application !== undefined) return { ...fromValues(application, document), part: 'application' };
  const inner = memberOf(memberOf(document, 'data'), 'config.yaml');
  if (memberOf(document, 'kind') === 'ConfigMap' && typeof inner === 'string') {
    return { text: inner, options: {}, part: 'data, config.yaml' };
  }
  return { text, options: {} };
}

/** Undefined for what is no YAML: that is told by reading it as a configuration. */
function plain(text: string): unknown {
  try {
    const document = parseDocument(text, { logLevel: 'error' });
    return document.errors.length > 0 ? undefined : document.toJS({ maxAliasCount: 100 });
  } catch {
    return undefined;
  }
}

/** What the chart makes of its values: the configuration, and features that change how it is read. */
function fromValues(application: unknown, values: unknown): Pick<PolicyText, 'text' | 'options'> {
  const features = memberOf(application, 'features');
  const validators = memberOf(application, 'validators');
  const registries = memberOf(application, 'registries') ?? memberOf(values, 'registries');
  const config = {
    validators: Array.isArray(validators) ? validators.map(withSecretName) : validators,
    policy: memberOf(application, 'policy'),
    ...(registries === undefined ? {} : { registries }),
  };
  const patternMatching = memberOf(features, 'patternMatching');
  const canonicalDockerHost = memberOf(features, 'canonicalDockerHost');
  return {
    text: stringify(config),
    options: {
      ...(patternMatching === 'legacy' ? { patternMatching } : {}),
      ...(canonicalDockerHost === 'docker.io' ? { canonicalDockerHost } : {}),
      ...(memberOf(features, 'strictConfig') === true ? { strictConfig: true } : {}),
    },
  };
}

/** The chart writes name and password into a Secret of this name, and the gate reads them from there (1.5). */
function withSecretName(validator: unknown): unknown {
  const auth = memberOf(validator, 'auth');
  if (typeof validator !== 'object' || validator === null || memberOf(auth, 'username') === undefined) return validator;
  return { ...validator, auth: { secretName: `${String(memberOf(validator, 'name'))}-auth` } };
}

function memberOf(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !(name in value)) return undefined;
  return Reflect.get(value, name);
}
