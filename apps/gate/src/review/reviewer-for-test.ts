/** A reviewer with a policy, validators, parents and a clock of the test's own. */
import { createLog } from '@pratique/runtime/log';
import { createRegistry } from '@pratique/runtime/metrics';
import type { Policy, Rule, Validation, Validator, ValidatorAnswer, ValidatorSettings } from '@pratique/policy';
import { limits } from '../limits.ts';
import { measureGate } from '../measure.ts';
import type { Measured } from '../measure.ts';
import { createMemoryStore } from '../verdicts/memory-store.ts';
import { createVerdicts } from '../verdicts/verdicts.ts';
import type { Verdicts, VerdictTimes } from '../verdicts/verdicts.ts';
import { answerReview } from './answer-review.ts';
import type { ReviewParts } from './answer-review.ts';
import type { ActivePolicy, Features, Owner } from './needs.ts';
import { createPool } from './pool.ts';

export const digest = (letter: string): string => `sha256:${letter.repeat(64)}`;

export const features: Features = {
  automaticChildApproval: true,
  childApprovalRequiresDecision: true,
  automaticUnchangedApproval: false,
  unchangedMaxAgeMs: undefined,
  detectionMode: false,
  podsOnly: false,
};

export function accepted(found = digest('a')): ValidatorAnswer {
  return { outcome: 'accepted', digest: found, found: [], warnings: [] };
}

export function refused(kind: 'no_signature' | 'registry_unreachable' | 'wrong_key' = 'no_signature'): ValidatorAnswer {
  return {
    outcome: 'refused',
    class: kind,
    detail: 'no signatures found',
    found: [],
    wanted: 'a signature by trust root default',
    nextStep: 'Sign it.',
    warnings: [],
  };
}

/** A rule with defaults; its hash is its pattern and validator. */
export function rule(pattern: string, more: Partial<Omit<Rule, 'options'>> = {}): Omit<Rule, 'index' | 'options'> {
  const { validator = 'default' } = more;
  return {
    pattern,
    validator,
    hash: `sha256:${pattern}/${validator}`,
    action: 'enforce',
    mode: 'mutate',
    requireDigest: false,
    ...more,
  };
}

const options: Rule['options'] = {
  trustRoot: 'default',
  threshold: 0,
  required: [],
  delegations: [],
  verifyInTransparencyLog: true,
  verifySct: true,
  verificationLevel: 'strict',
  verifyTimestamp: 'always',
  signatureFormat: 'auto',
  annotations: {},
  attestations: [],
  useSignedTimestamps: false,
  requireRepositoryMatch: false,
  requireTagMatch: false,
  offline: false,
  strictTuf: false,
};

export const cosign = (name: string): ValidatorSettings => ({
  type: 'cosign',
  name,
  trustRoots: new Map(),
  rekor: 'https://rekor.invalid',
  trust: {},
});

export interface World {
  readonly rules?: readonly Omit<Rule, 'index' | 'options'>[];
  readonly validators?: readonly ValidatorSettings[];
  /** What the validators that look at images answer. */
  readonly validate?: (
    validation: Validation,
    settings: ValidatorSettings,
  ) => Promise<ValidatorAnswer> | ValidatorAnswer;
  readonly digestOf?: ActivePolicy['digestOf'];
  readonly features?: Partial<Features>;
  /** Of every rule. */
  readonly options?: Partial<Rule['options']>;
  readonly times?: Partial<VerdictTimes>;
  /** Images by the name of the parent; its uid is `uid-of-<name>`. */
  readonly parents?: Readonly<Record<string, readonly string[]>>;
  readonly parts?: Partial<ReviewParts>;
}

export interface ReviewResponse {
  readonly uid: string;
  readonly allowed: boolean;
  readonly patch?: string;
  readonly patchType?: string;
  readonly warnings?: readonly string[];
  readonly status?: {
    readonly code: number;
    readonly reason: string;
    readonly message: string;
    readonly details?: {
      readonly causes: readonly { readonly reason: string; readonly field: string; readonly message: string }[];
    };
  };
}

/** The policy and its validators. */
export function activePolicy({
  rules = [rule('*:*')],
  validators,
  validate,
  digestOf,
  options: changed,
}: World): ActivePolicy {
  const all = validators ?? [cosign('default'), staticOf('allow', true), staticOf('deny', false)];
  const policy: Policy = {
    hash: digest('9'),
    rules: rules.map((one, index) => ({ ...one, index, options: { ...options, ...changed } })),
    validators: new Map(all.map((one) => [one.name, one])),
    registries: [],
    patternMatching: 'anchored',
    canonicalDockerHost: 'index.docker.io',
  };
  const made = all.map((settings): [string, Validator] => [settings.name, validatorOf(settings, validate)]);
  return { policy, validators: new Map(made), ...(digestOf === undefined ? {} : { digestOf }) };
}

export function staticOf(name: string, approve: boolean): ValidatorSettings {
  return { type: 'static', name, approve };
}

function validatorOf(settings: ValidatorSettings, validate: World['validate'] = () => accepted()): Validator {
  return {
    settings,
    async validate(validation) {
      if (settings.type !== 'static') return validate(validation, settings);
      if (settings.approve) return { outcome: 'accepted', found: [], warnings: [] };
      return { ...refused(), class: 'static_deny', nextStep: 'Ask for a rule.' };
    },
  };
}

/** A reviewer of this world. */
export function reviewer(world: World = {}) {
  let ms = 0;
  const lines: string[] = [];
  const looks: string[] = [];
  const measured = measureGate(createRegistry(), { certificate: () => undefined, sigstoreRootAge: () => undefined });
  const now = () => new Date(Date.UTC(2026, 0, 1) + ms);
  const verdicts: Verdicts = createVerdicts({
    store: createMemoryStore({ clock: () => ms + 1 }),
    times: { expirySeconds: 30, cacheErrors: true, ...world.times },
    now,
  });
  const seen = new Set<string>();
  const active = activePolicy({
    ...world,
    validate: (validation, settings) => {
      looks.push(validation.image.text);
      return world.validate === undefined ? accepted() : world.validate(validation, settings);
    },
  });
  const parts: ReviewParts = {
    verdicts,
    parents: { names: async (owner, image) => isNamed(world.parents, owner, image) },
    namespaces: { labels: async () => undefined },
    pool: createPool(limits),
    features: { ...features, ...world.features },
    extractors: [],
    now,
    clock: () => performance.now(),
    seen,
    onDefect: (error) => void lines.push(String(error)),
    active: () => active,
    alerts: () => undefined,
    log: createLog({
      level: 'debug',
      format: 'json',
      name: 'gate',
      destination: { write: (line) => lines.push(line) },
    }),
    onReview: measured.onReview,
    report: undefined,
    ...world.parts,
  };
  return {
    review: reviewWith(parts),
    parts,
    measured,
    looks,
    lines,
    pass: (seconds: number) => void (ms += seconds * 1000),
  };
}

/** Sends a request through parts and reads the answer. */
function reviewWith(parts: ReviewParts) {
  return async (request: object, call: Partial<Parameters<typeof answerReview>[2]> = {}): Promise<ReviewResponse> => {
    const body = { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', request };
    const answered = await answerReview(parts, body, { path: '/mutate', timeout: null, ...call });
    if (answered.state !== 'answered') throw new Error(answered.text);
    return (JSON.parse(answered.text) as { response: ReviewResponse }).response;
  };
}

function isNamed(parents: World['parents'], owner: Owner, image: string): boolean {
  return owner.uid === `uid-of-${owner.name}` && (parents?.[owner.name]?.includes(image) ?? false);
}

/** A pod that runs these images. */
export function podOf(...images: readonly string[]): object {
  return { metadata: { name: 'web' }, spec: { containers: images.map((image, at) => ({ name: `c${at}`, image })) } };
}

/** A request to create a pod with these images. */
export function createPod(images: readonly string[], more: object = {}): object {
  return {
    uid: 'u-1',
    kind: { group: '', version: 'v1', kind: 'Pod' },
    namespace: 'shop',
    operation: 'CREATE',
    userInfo: { username: 'jane' },
    object: podOf(...images),
    ...more,
  };
}

/** A request about a Deployment with these images. */
export function deploymentOf(images: readonly string[], more: object = {}): object {
  const template = { spec: { containers: images.map((image, at) => ({ name: `c${at}`, image })) } };
  return createPod([], {
    kind: { group: 'apps', version: 'v1', kind: 'Deployment' },
    object: { metadata: { name: 'web' }, spec: { template } },
    ...more,
  });
}

export function patchOf({ patch = '' }: ReviewResponse): readonly { op: string; path: string; value: string }[] {
  if (patch === '') return [];
  return JSON.parse(Buffer.from(patch, 'base64').toString()) as { op: string; path: string; value: string }[];
}

/** The value of a counter with these labels. */
export async function countOf(
  measured: Measured,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): Promise<number> {
  const found = await measured.registry.getSingleMetric(`connaisseur_${name}`)?.get();
  const values = found?.values ?? [];
  const match = values.filter((value) =>
    Object.entries(labels).every(([key, wanted]) => (value.labels as Record<string, unknown>)[key] === wanted),
  );
  return match.reduce((sum, { value }) => sum + value, 0);
}
