import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { isFault } from '@pratique/runtime/fault';
import { convertValues, judgeValues } from './convert.ts';

const key = `-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEsx28WV7BsQfnHF1kZmpdCTTLJaWe
d0CA+JOi8H4REuBaWSZ5zPDe468WuOJ6f71E7WFg3CVEVYHuoZt2UYbN/Q==
-----END PUBLIC KEY-----
`;
const indented = (spaces: number) =>
  key
    .trimEnd()
    .split('\n')
    .join(`\n${' '.repeat(spaces)}`);

const flat = `# how the file began
trustRoots:
  - name: default
    key: |
      ${indented(6)}
insecureRegistries:
  - 192.168.56.114:5000
  - http://registry.lan:5000/
policy:
  - pattern: '*:*'
`;

const second = `
deployment:
  replicasCount: 2
  image: securesystemsengineering/connaisseur:v2.8.0
  helmHookImage: securesystemsengineering/connaisseur:helm-hook-v1.0
  imagePullPolicy: Always
  failurePolicy: Ignore
  reinvocationPolicy: Never
  resources: {limits: {memory: 256Mi}}
  podSecurityPolicy: {enabled: false}
  extraContainers: []
  envs: {HTTPS_PROXY: 'http://proxy:8080'}
service: {type: ClusterIP, port: 443}
validators:
  - {name: allow, type: static, approve: true}
  - {name: deny, type: static, approve: false}
  - name: default
    type: notaryv1
    host: notary.docker.io
    trust_roots:
  - name: team
    type: cosign
    host: rekor.example.com
    trust_roots:
      - name: default
        key: |
          ${indented(10)}
    auth: {secret_name: team-pull}
policy:
  - pattern: '*:*'
    with: {trust_root: anything}
  - pattern: docker.io/team/*:*
    validator: team
    with: {trust_root: default, verify_in_transparency_log: false}
  - pattern: 'k8s.gcr.io/*:*'
    validator: allow
detectionMode: true
namespacedValidation: {enabled: false, mode: ignore}
automaticChildApproval: {enabled: false}
logLevel: WARNING
alerting:
  cluster_identifier: north
  reject_request:
    templates:
      - {template: slack, receiver_url: 'https://hooks.example.com/1', fail_if_alert_sending_fails: true}
`;

const first = `
deployment: {replicasCount: 3, image: 'securesystemsengineering/connaisseur:v1.6.0', imagePullPolicy: Always}
notaries:
  - name: default
    host: notary.docker.io
    isAcr: false
    rootKeys:
      - name: library
        key: |
          ${indented(10)}
    auth: {user: somebody, password: something}
policy:
  - {pattern: '*:*', verify: true, notary: default, key: library}
  - {pattern: 'k8s.gcr.io/*:*', verify: false}
detection_mode: true
`;

const third = `# mine
kubernetes:
  deployment: {replicasCount: 1}
`;

interface Converted {
  readonly kubernetes: Record<string, Record<string, unknown>>;
  readonly application: {
    readonly validators: readonly Record<string, unknown>[];
    readonly policy: readonly Record<string, unknown>[];
    readonly features?: Record<string, unknown>;
    readonly logLevel?: string;
  };
  readonly registries?: readonly unknown[];
  readonly alerting?: unknown;
}
const read = (text: string) => parse(text) as Converted;

describe('values of an older Connaisseur', () => {
  it('gives trust roots and insecure registries at the top of a file their places', () => {
    const { layout, text } = convertValues(flat);
    const { application, registries } = read(text);
    expect(layout).toBe('flat');
    expect(application.validators[0]).toEqual({
      name: 'default',
      type: 'cosign',
      trustRoots: [{ name: 'default', key }],
    });
    expect(application.policy[0]).toEqual({ pattern: '*:*' });
    expect(registries).toEqual([
      { host: '192.168.56.114:5000', plainHttp: true },
      { host: 'registry.lan:5000', plainHttp: true },
    ]);
  });

  it('adds a rule for the cache, and the validator it needs', () => {
    const { application } = read(convertValues(flat).text);
    expect(application.policy.at(-1)).toMatchObject({
      pattern: expect.stringContaining('redis@sha256:'),
      validator: 'allow',
    });
    expect(application.validators).toContainEqual({ name: 'allow', type: 'static', approve: true });
  });

  it('adds a rule that verifies everything where there is none', () => {
    const { application } = read(convertValues(flat.slice(0, flat.indexOf('policy:'))).text);
    expect(application.policy[0]).toEqual({ pattern: '*:*', validator: 'default' });
  });

  it('takes a map of trust roots, too', () => {
    const { application } = read(convertValues(`trustRoots:\n  team: |\n    ${indented(4)}\n`).text);
    expect(application.validators[0]).toMatchObject({ trustRoots: [{ name: 'team', key }] });
  });

  it('moves what Connaisseur 2 has at the top below kubernetes and application', () => {
    const { layout, text } = convertValues(second);
    const { kubernetes, application, alerting } = read(text);
    expect(layout).toBe('connaisseur-2');
    expect(kubernetes).toEqual({
      deployment: {
        replicasCount: 2,
        pullPolicy: 'Always',
        resources: { limits: { memory: '256Mi' } },
        envs: { HTTPS_PROXY: 'http://proxy:8080' },
      },
      webhook: { failurePolicy: 'Ignore', reinvocationPolicy: 'Never' },
      service: { type: 'ClusterIP', port: 443 },
    });
    expect(application.features).toEqual({
      detectionMode: true,
      automaticChildApproval: false,
      namespacedValidation: null,
      resourceValidationMode: 'podsOnly',
    });
    expect(application.logLevel).toBe('warn');
    expect(alerting).toEqual({
      clusterIdentifier: 'north',
      rejectRequest: {
        receivers: [{ template: 'slack', receiverUrl: 'https://hooks.example.com/1', failIfAlertSendingFails: true }],
      },
    });
  });

  it('writes validators and rules of Connaisseur 2 in the names of 3', () => {
    const { application } = read(convertValues(second).text);
    expect(application.validators.slice(2)).toEqual([
      { name: 'default', type: 'static', approve: false },
      {
        name: 'team',
        type: 'cosign',
        host: { rekor: 'rekor.example.com' },
        trustRoots: [{ name: 'default', key }],
        auth: { secretName: 'team-pull' },
      },
    ]);
    expect(application.policy.slice(0, 2)).toEqual([
      { pattern: '*:*' },
      {
        pattern: 'docker.io/team/*:*',
        validator: 'team',
        with: { trustRoot: 'default', verifyInTransparencyLog: false },
      },
    ]);
  });

  it('says beside each place what was changed, and at the top what was lost', () => {
    const { text, losses } = convertValues(second);
    const head = text.slice(0, text.indexOf('\n\n'));
    for (const { from } of losses) expect(head).toContain(`#   ${from}: `);
    expect(losses.map(({ from }) => from).toSorted()).toEqual([
      'deployment.extraContainers',
      'deployment.helmHookImage',
      'deployment.image',
      'deployment.podSecurityPolicy',
      'policy[0].with.trustRoot',
    ]);
    expect(text).toMatch(/# Changed: was deployment\.imagePullPolicy/);
    expect(text).toMatch(/# Changed: the notaryv1 validator had no trust roots.*\n {4}- name: default/);
  });

  it('turns notaries, keys and verify of Connaisseur 1 into validators and rules', () => {
    const { layout, text } = convertValues(first);
    const { application } = read(text);
    expect(layout).toBe('connaisseur-1');
    expect(application.validators).toEqual([
      {
        name: 'default',
        type: 'notaryv1',
        host: 'notary.docker.io',
        trustRoots: [{ name: 'library', key }],
        auth: { username: 'somebody', password: 'something' },
      },
      { name: 'allow', type: 'static', approve: true },
    ]);
    expect(application.policy.slice(0, 2)).toEqual([
      { pattern: '*:*', validator: 'default', with: { trustRoot: 'library' } },
      { pattern: 'k8s.gcr.io/*:*', validator: 'allow' },
    ]);
    expect(application.features).toEqual({ detectionMode: true });
  });

  it('leaves a file of Connaisseur 3 as it is', () => {
    const conversion = convertValues(third);
    expect(conversion).toMatchObject({ layout: 'connaisseur-3', text: third, changes: [], losses: [] });
  });

  it('changes nothing in what it has converted', () => {
    for (const text of [flat, second, first]) {
      const once = convertValues(text).text;
      expect(convertValues(once)).toMatchObject({ layout: 'connaisseur-3', text: once });
    }
  });

  it('gives values the gate starts with', () => {
    for (const text of [flat, second, first, third]) expect(judgeValues(convertValues(text).values)).toEqual([]);
  });

  it('says by its place in the values what would keep the gate from starting', () => {
    const { values } = convertValues('trustRoots: [{name: default, key: "-----BEGIN PUBLIC KEY-----\\nx"}]');
    expect(judgeValues(values)).toMatchObject([
      { path: 'application.validators[0].trustRoots[0].key', code: 'key-unreadable', nextStep: expect.any(String) },
    ]);
    const wrong = {
      application: { policy: [{ pattern: '*', validator: 'nobody' }] },
      registries: [{ host: 'x', plainHttp: 'maybe' }],
    };
    expect(
      judgeValues(wrong)
        .map(({ path }) => path)
        .toSorted(),
    ).toEqual(['application.policy[0].validator', 'registries[0].plainHttp']);
  });

  it('takes what helm get values prints', () => {
    expect(convertValues(`USER-SUPPLIED VALUES:\n${third}`).text).toBe(third);
  });

  it('never shows a password in what it says', () => {
    const { changes, losses } = convertValues(first);
    expect(JSON.stringify({ changes, losses })).not.toContain('something');
  });

  it.each([
    ['a list', '- 1', 'values-unreadable'],
    ['no YAML', 'a: [', 'values-unreadable'],
    ['a key twice', 'a: 1\na: 2', 'values-unreadable'],
    ['nothing of a Connaisseur', 'replicaCount: 1', 'values-layout-unknown'],
    ['too much', `a: ${'x'.repeat(1_048_577)}`, 'values-unreadable'],
    ['aliases upon aliases', bomb(), 'values-unreadable'],
  ])('refuses %s', (_, text, code) => {
    expect(faultOf(() => convertValues(text))).toBe(code);
  });

  it('takes no key for something of its own', () => {
    const { text, losses } = convertValues(
      'deployment: {constructor: 1, __proto__: {image: x}, toString: 2}\nlogLevel: constructor',
    );
    expect(read(text).application.logLevel).toBe('info');
    expect(losses.map(({ from }) => from)).toEqual([
      'deployment.constructor',
      'deployment.__proto__',
      'deployment.toString',
    ]);
  });

  it('answers any values with a file or a fault', () => {
    const values = fc.dictionary(
      fc.constantFrom(
        'trustRoots',
        'validators',
        'policy',
        'deployment',
        'notaries',
        'features',
        'alerting',
        'service',
      ),
      fc.jsonValue({ maxDepth: 4 }),
      { minKeys: 1 },
    );
    fc.assert(
      fc.property(values, (old) => {
        const text = JSON.stringify(old);
        const outcome = faultOf(() => parse(convertValues(text).text));
        expect([undefined, 'values-unreadable', 'values-layout-unknown']).toContain(outcome);
      }),
      { numRuns: 60 },
    );
  });
});

function faultOf(act: () => unknown): string | undefined {
  try {
    act();
    return undefined;
  } catch (error) {
    if (isFault(error)) return error.code;
    throw error;
  }
}

function bomb(): string {
  const levels = ['a: &a0 [x, x, x, x, x, x, x, x, x]'];
  for (let level = 1; level < 9; level += 1) {
    levels.push(`b${level}: &a${level} [${Array.from({ length: 9 }, () => `*a${level - 1}`).join(', ')}]`);
  }
  return levels.join('\n');
}
