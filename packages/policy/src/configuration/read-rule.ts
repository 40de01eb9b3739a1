/** One entry of `policy` (1.6), as far as it can be judged by itself. What names it uses is checked in `cross-checks.ts`. */
import { parseRepository, repositoryName } from '@pratique/oci';
import { isFault } from '@pratique/runtime/fault';
import { predicateType } from '@pratique/sigstore';
import { readGlob } from '../rules/glob.ts';
import { conditionProblem } from '../cosign/conditions.ts';
import { durationMs } from './duration.ts';
import type { AttestationDemand, NamespaceMatch, Rule, RuleOptions } from './policy.ts';
import { RuleSchema } from './schema.ts';
import type { MatchText, RuleOptionsText, RuleText } from './schema.ts';
import type { Section } from './section.ts';

/** A rule before its hash is known. */
export type UnhashedRule = Omit<Rule, 'hash'>;

/** What is known of a rule. */
export interface ReadRule {
  readonly section: Section;
  readonly index: number;
  /** As it is written, without what is wrong in it; absent where it has not even the form of a rule. */
  readonly text: RuleText | undefined;
  /** Absent where something is wrong. */
  readonly rule: UnhashedRule | undefined;
}

/** Reads a rule; what is wrong in it has been told then. */
export function readRule(section: Section, index: number): ReadRule {
  const { value: text, isWhole } = section.readAs(RuleSchema, 'a rule');
  if (text === undefined) return { section, index, text, rule: undefined };
  const isPatternRight = checkPattern(section, text.pattern);
  const match = text.match === undefined ? undefined : readMatch(section.inner('match'), text.match);
  const options = readOptions(section.inner('with'), text.with ?? {});
  if (!isWhole || !isPatternRight || match === 'wrong' || options === undefined)
    return { section, index, text, rule: undefined };
  const rule: UnhashedRule = {
    pattern: text.pattern,
    index,
    validator: text.validator ?? 'default',
    action: text.action ?? 'enforce',
    mode: text.with?.mode ?? 'mutate',
    requireDigest: text.with?.requireDigest ?? false,
    ...(match === undefined ? {} : { match }),
    options,
  };
  return { section, index, text, rule };
}

function checkPattern(section: Section, pattern: string): boolean {
  if (pattern === '') return false;
  const read = readGlob(pattern);
  if (read.state === 'valid') return true;
  section.error(['pattern'], {
    code: 'pattern-invalid',
    value: pattern,
    message: `the pattern cannot be read: ${read.problem}`,
    allowed: '* ? [abc] [a-z] [!…] {a,b}, and \\ before a character that means itself',
    nextStep: 'Correct the pattern.',
  });
  return false;
}

function readMatch(section: Section, match: MatchText): NamespaceMatch | 'wrong' {
  const { namespaces, namespaceSelector } = match;
  let isRight = true;
  for (const [index, { operator, values }] of (namespaceSelector?.matchExpressions ?? []).entries()) {
    const wantsValues = operator === 'In' || operator === 'NotIn';
    if (wantsValues === (values?.length ?? 0) > 0) continue;
    isRight = false;
    section.error(['namespaceSelector', 'matchExpressions', index, 'values'], {
      code: 'value-wrong',
      message: wantsValues ? `the operator ${operator} needs values` : `the operator ${operator} takes no values`,
      nextStep: wantsValues ? 'Add values.' : 'Remove values.',
    });
  }
  if (!isRight) return 'wrong';
  const selector = namespaceSelector && {
    matchLabels: namespaceSelector.matchLabels ?? {},
    matchExpressions: (namespaceSelector.matchExpressions ?? []).map((one) => ({ ...one, values: one.values ?? [] })),
  };
  return { ...(namespaces === undefined ? {} : { namespaces }), ...(selector === undefined ? {} : { selector }) };
}

function readOptions(section: Section, text: RuleOptionsText): RuleOptions | undefined {
  const isRight = [checkExclusive(section, text), checkAll(section, text)].every(Boolean);
  const repository =
    text.signatureRepository === undefined ? { isRight: true } : repositoryAt(section, text.signatureRepository);
  const attestations = (text.attestations ?? []).map((_one, index) => attestationAt(section, text, index));
  if (!isRight || !repository.isRight || attestations.includes(undefined)) return undefined;
  return {
    trustRoot: text.trustRoot ?? 'default',
    threshold: text.threshold ?? 0,
    required: text.required ?? [],
    delegations: text.delegations ?? [],
    verifyInTransparencyLog: text.verifyInTransparencyLog ?? true,
    verifySct: text.verifySCT ?? true,
    verificationLevel: text.verificationLevel ?? 'strict',
    verifyTimestamp: text.verifyTimestamp ?? 'always',
    signatureFormat: text.signatureFormat ?? 'auto',
    annotations: text.annotations ?? {},
    attestations: attestations.filter((one) => one !== undefined),
    ...(repository.name === undefined ? {} : { signatureRepository: repository.name }),
    useSignedTimestamps: text.useSignedTimestamps ?? false,
    requireRepositoryMatch: text.requireRepositoryMatch ?? false,
    requireTagMatch: text.requireTagMatch ?? false,
    offline: text.offline ?? false,
    ...(text.platformSignatures === undefined ? {} : { platformSignatures: text.platformSignatures }),
    strictTuf: text.strictTuf ?? false,
  };
}

function checkExclusive(section: Section, { required, delegations }: RuleOptionsText): boolean {
  if (required === undefined || delegations === undefined) return true;
  section.error(['required'], {
    code: 'exclusive',
    message: 'required must not be set if delegations is',
    nextStep: 'Keep required for cosign validators, delegations for notaryv1.',
  });
  return false;
}

/** Counting signers has a meaning only where all trust roots are asked. */
function checkAll(section: Section, text: RuleOptionsText): boolean {
  if (text.trustRoot === '*') return true;
  const given = [text.required !== undefined && 'required', (text.threshold ?? 0) > 0 && 'threshold'].filter(
    (one) => one !== false,
  );
  for (const key of given)
    section.error([key], {
      code: 'exclusive',
      message: `${key} has a meaning only together with trustRoot: "*"`,
      nextStep: `Set trustRoot: "*", or remove ${key}.`,
    });
  return given.length === 0;
}

function repositoryAt(section: Section, text: string): { readonly name?: string; readonly isRight: boolean } {
  try {
    return { name: repositoryName(parseRepository(text)), isRight: true };
  } catch (error) {
    if (!isFault(error)) throw error;
    section.error(['signatureRepository'], {
      code: 'value-wrong',
      value: text,
      message: `signatureRepository is no repository: ${String(error.values.problem)}`,
      allowed: 'registry.example.com/team/signatures, without tag and digest',
      nextStep: 'Correct the name.',
    });
    return { isRight: false };
  }
}

function attestationAt(section: Section, text: RuleOptionsText, index: number): AttestationDemand | undefined {
  const demand = text.attestations?.[index];
  if (demand === undefined) return undefined;
  const part = section.inner('attestations', index);
  const type = predicateTypeAt(part, demand.predicateType);
  const maxAgeMs = demand.maxAge === undefined ? undefined : durationMs(demand.maxAge);
  if (demand.maxAge !== undefined && maxAgeMs === undefined)
    part.error(['maxAge'], {
      code: 'value-wrong',
      value: demand.maxAge,
      message: 'maxAge is no length of time',
      allowed: 'such as 12h or 7d, at most ten years',
      nextStep: 'Correct maxAge.',
    });
  const conditions = demand.conditions ?? [];
  const areRight = conditions.map((condition, at) => checkCondition(part, condition, at)).every(Boolean);
  if (type === undefined || !areRight || (demand.maxAge !== undefined && maxAgeMs === undefined)) return undefined;
  // Without a name of its own it is the rule's; all of them (`*`) as there.
  const trustRoot = demand.trustRoot ?? text.trustRoot ?? 'default';
  return { predicateType: type, trustRoot, ...(maxAgeMs === undefined ? {} : { maxAgeMs }), conditions };
}

function predicateTypeAt(section: Section, text: string): string | undefined {
  try {
    return predicateType(text).uri;
  } catch (error) {
    if (!isFault(error)) throw error;
    section.error(['predicateType'], {
      code: 'value-wrong',
      value: text,
      message: 'predicateType is neither a known word nor a URI',
      allowed: 'a URI such as https://slsa.dev/provenance/v1, or vuln, spdxjson, cyclonedx, openvex, slsaprovenance1 …',
      nextStep: 'Write the URI that stands in the attestation as predicateType.',
    });
    return undefined;
  }
}

function checkCondition(section: Section, condition: string, index: number): boolean {
  const problem = conditionProblem(condition);
  if (problem === undefined) return true;
  section.error(['conditions', index], {
    code: 'value-wrong',
    value: condition,
    message: `the condition is no CEL expression: ${problem}`,
    allowed: 'CEL that is true or false, over predicate',
    nextStep: 'Correct the expression, such as predicate.scanner.result.size() > 0.',
  });
  return false;
}
