import { describe, expect, it } from 'vitest';
import { Check } from 'typebox/schema';
import { block, certificatePem, keyPem, otherKeyPem, policyFrom } from './material-for-test.ts';
import { parsePolicy } from './parse-policy.ts';
import { ConfigurationSchema } from './schema.ts';
import { readYaml } from './yaml-document.ts';
import { Findings } from './problem.ts';
import { plainValue } from './schema-reader.ts';

/** As a platform team keeps it: images of Docker Hub, of their own registry, of builds at GitHub, and of a vendor. */
const realistic = `
validators:
  - name: allow
    type: static
    approve: true
  - name: deny
    type: static
    approve: false
  - name: default
    type: cosign
    auth: { secretName: registry-login }
    trustRoots:
      - name: default
        key: ${block(keyPem, 10)}
      - name: second
        key: k8s://connaisseur/cosign-second
  - name: builds
    type: cosign
    host:
      rekor: rekor.lan:3000
      rekorPubkey: ${block(keyPem, 8)}
    trustRoots:
      - name: github
        keyless:
          issuer: https://token.actions.githubusercontent.com
          subjectRegex: https://github\\.com/acme/.*
  - name: vendor
    type: notation
    auth: { useKeychain: true }
    cert: ${block(certificatePem, 6)}
    trustRoots:
      - name: default
        cert: ${block(certificatePem, 10)}
  - name: dct
    type: notaryv1
    host: notary.lan:4443
    trustRoots:
      - name: default
        key: ${block(keyPem, 10)}
policy:
  - pattern: "*:*"
    validator: deny
  - pattern: "docker.io/acme/*:*"
    with: { trustRoot: "*", threshold: 1, required: [second] }
  - pattern: registry.k8s.io/*:*
    validator: allow
  - pattern: ghcr.io/acme/*
    validator: builds
    match: { namespaces: [shop], namespaceSelector: { matchLabels: { env: test } } }
    with:
      trustRoot: github
      verifySCT: no
      attestations:
        - predicateType: vuln
          maxAge: 7d
          conditions: ["predicate.scanner.uri != ''"]
  - pattern: vendor.example.com/*
    validator: vendor
    action: warn
    with: { verificationLevel: permissive, mode: insecureValidateOnly, requireDigest: true }
  - pattern: docker.io/old/*
    validator: dct
    with: { delegations: [releases] }
registries:
  - host: registry.lan:5000
    plainHttp: true
    rateLimit: 20
    timeout: 3s
    mirror: mirror.lan/hub
`;

describe('a configuration as it is used', () => {
  const policy = policyFrom(realistic);

  it('CFG-4 is read with every default of 1.4 to 1.6 filled in', () => {
    expect(policy.rules.map(({ pattern, validator, mode, action }) => [pattern, validator, mode, action])).toEqual([
      ['*:*', 'deny', 'mutate', 'enforce'],
      ['docker.io/acme/*:*', 'default', 'mutate', 'enforce'],
      ['registry.k8s.io/*:*', 'allow', 'mutate', 'enforce'],
      ['ghcr.io/acme/*', 'builds', 'mutate', 'enforce'],
      ['vendor.example.com/*', 'vendor', 'insecureValidateOnly', 'warn'],
      ['docker.io/old/*', 'dct', 'mutate', 'enforce'],
    ]);
    expect(policy.rules[0]?.options).toMatchObject({
      trustRoot: 'default',
      threshold: 0,
      verifyInTransparencyLog: true,
      verifySct: true,
      verificationLevel: 'strict',
      verifyTimestamp: 'always',
      signatureFormat: 'auto',
    });
    expect(policy).toMatchObject({ patternMatching: 'anchored', canonicalDockerHost: 'index.docker.io' });
  });

  it('CFG-4 gives validators what they need', () => {
    expect(policy.validators.get('default')).toMatchObject({
      type: 'cosign',
      rekor: 'https://rekor.sigstore.dev',
      auth: { kind: 'secret', secretName: 'registry-login' },
      trust: {},
    });
    expect(policy.validators.get('dct')).toMatchObject({ type: 'notaryv1', host: 'https://notary.lan:4443' });
    expect(policy.validators.get('vendor')).toMatchObject({ auth: { kind: 'keychain' }, ca: certificatePem });
    const builds = policy.validators.get('builds');
    expect(builds).toMatchObject({ rekor: 'https://rekor.lan:3000', trust: { rekorKeys: keyPem } });
    const root = policy.validators.get('default');
    expect(root?.type === 'cosign' && [...root.trustRoots.values()]).toMatchObject([
      { kind: 'key', name: 'default', source: { kind: 'inline', key: { algorithm: { curve: 'P-256' } } } },
      {
        kind: 'key',
        name: 'second',
        source: { kind: 'kubernetes', namespace: 'connaisseur', secret: 'cosign-second' },
      },
    ]);
  });

  it('CFG-9 wraps expressions, so that they have to be the whole text', () => {
    const builds = policy.validators.get('builds');
    expect(builds?.type === 'cosign' && builds.trustRoots.get('github')).toEqual({
      kind: 'keyless',
      name: 'github',
      issuer: { match: 'exact', value: 'https://token.actions.githubusercontent.com' },
      subject: { match: 'pattern', pattern: '^(?:https://github\\.com/acme/.*)$' },
    });
  });

  it('CFG-4 reads what YAML 1.1 means, as Kubernetes does', () => {
    expect(policy.rules[3]?.options.verifySct).toBe(false);
  });

  it('COS-12 turns words for predicates into their URI', () => {
    expect(policy.rules[3]?.options.attestations).toEqual([
      {
        predicateType: 'https://cosign.sigstore.dev/attestation/vuln/v1',
        trustRoot: 'github',
        maxAgeMs: 7 * 86_400_000,
        conditions: ["predicate.scanner.uri != ''"],
      },
    ]);
  });

  it('REG-6 reads how registries are reached', () => {
    expect(policy.registries).toEqual([
      {
        host: 'registry.lan:5000',
        plainHttp: true,
        rateLimit: 20,
        timeoutMs: 3_000,
        mirrors: [{ host: 'mirror.lan', prefix: 'hub' }],
      },
    ]);
  });

  it('CFG-4 fits the schema that is exported for the chart', () => {
    const findings = new Findings();
    expect(Check(ConfigurationSchema, plainValue(readYaml(realistic, findings)!))).toBe(true);
  });
});

describe('hashes', () => {
  const rules = (text: string): string =>
    `validators: [{name: default, type: static}, {name: other, type: static, approve: true}]\npolicy: ${text}\n`;

  it('CAC-3 are the same for the same text, and for another layout of it', () => {
    expect(policyFrom(realistic).hash).toBe(policyFrom(realistic).hash);
    expect(policyFrom(rules('[{pattern: a, with: {threshold: 0}}]')).hash).toBe(
      policyFrom(rules('\n  - pattern: "a"\n')).hash,
    );
  });

  it('CAC-3 of a rule depend on it and its validator, not on its place', () => {
    const [first] = policyFrom(rules('[{pattern: a}, {pattern: b}]')).rules;
    const [, second] = policyFrom(rules('[{pattern: b}, {pattern: a}]')).rules;
    expect(second?.hash).toBe(first?.hash);
    expect(policyFrom(rules('[{pattern: a, action: warn}]')).rules[0]?.hash).not.toBe(first?.hash);
    const approved = rules('[{pattern: a}]').replace('type: static}', 'type: static, approve: true}');
    expect(policyFrom(approved).rules[0]?.hash).not.toBe(first?.hash);
    expect(policyFrom(rules('[{pattern: a}]'), { patternMatching: 'legacy' }).rules[0]?.hash).not.toBe(first?.hash);
  });

  it('CAC-3 of a policy depend on the order of its rules', () => {
    const one = policyFrom(rules('[{pattern: a}, {pattern: b}]')).hash;
    expect(policyFrom(rules('[{pattern: b}, {pattern: a}]')).hash).not.toBe(one);
  });

  it('CAC-3 change with a key', () => {
    const text = (key: string): string =>
      `validators:\n  - name: default\n    type: cosign\n    trustRoots:\n      - name: default\n        key: ${block(key, 10)}\npolicy:\n  - pattern: a\n`;
    expect(policyFrom(text(keyPem)).hash).not.toBe(policyFrom(text(otherKeyPem)).hash);
  });
});

describe('warnings', () => {
  const warned = (text: string, strictConfig = false) => parsePolicy(text, { strictConfig });
  const identical = 'validators: [{name: default, type: static}]\npolicy: [{pattern: a}, {pattern: a}]\n';

  it('CFG-7 tell equal patterns and options without effect, and are mistakes with strictConfig', () => {
    const ignored =
      'validators: [{name: default, type: static}]\npolicy: [{pattern: a, with: {threshold: 0, verifySCT: true}}]\n';
    expect(warned(identical)).toMatchObject({ state: 'valid', warnings: [{ code: 'rules-identical' }] });
    expect(warned(ignored)).toMatchObject({
      state: 'valid',
      warnings: [{ code: 'option-ignored' }, { code: 'option-ignored' }],
    });
    for (const text of [identical, ignored]) expect(warned(text, true).state).toBe('invalid');
  });

  it('CFG-7 leave a pattern alone that stands again for some namespaces only', () => {
    const narrower = identical.replace('{pattern: a}]', '{pattern: a, match: {namespaces: [x]}}]');
    expect(warned(narrower, true)).toMatchObject({ state: 'valid', warnings: [] });
  });

  it('CFG-9 regexMode: search finds anywhere, and the warning prints the anchored expression', () => {
    const text =
      'validators: [{name: default, type: cosign, trustRoots: [{name: default, keyless: {issuerRegex: github, subject: a, regexMode: search}}]}]\npolicy: [{pattern: a}]\n';
    const read = warned(text);
    expect(read.state === 'valid' && read.policy.validators.get('default')).toMatchObject({ type: 'cosign' });
    const root = read.state === 'valid' ? read.policy.validators.get('default') : undefined;
    expect(root?.type === 'cosign' && root.trustRoots.get('default')).toMatchObject({
      issuer: { match: 'pattern', pattern: 'github' },
    });
    expect(read.warnings[0]?.message).toContain('^(?:github)$');
  });

  it.each(['redis*', 'docker.io*', 'reg*/app', 'r\u0435dis'])(
    'PAT-3 tell that %s is for more or fewer images than it seems',
    (pattern) => {
      const read = warned(`validators: [{name: default, type: static}]\npolicy: [{pattern: "${pattern}"}]\n`);
      expect(read.warnings).toMatchObject([{ code: 'pattern-wide' }]);
    },
  );

  it.each(['*', '*:*', 'docker.io/*', '10.0.0.*:5000/x', 'redis:7*', '*/x', 'reg*.lan/x'])(
    'PAT-3 say nothing about %s',
    (pattern) => {
      expect(
        warned(`validators: [{name: default, type: static}]\npolicy: [{pattern: "${pattern}"}]\n`).warnings,
      ).toEqual([]);
    },
  );

  it('PAT-2 tell that legacy patterns that approve let strangers in', () => {
    const text =
      'validators: [{name: default, type: static, approve: true}]\npolicy: [{pattern: registry.k8s.io/*:*}, {pattern: "*:*"}]\n';
    expect(parsePolicy(text, { patternMatching: 'legacy' }).warnings).toMatchObject([
      { code: 'pattern-wide', line: 2 },
    ]);
    expect(parsePolicy(text).warnings).toEqual([]);
  });

  it.each([
    ['issuer: a, subjectRegex: ".*"', 1],
    ['issuerRegex: "https?://.*|.*", subject: a', 1],
    ['issuerRegex: ".+", subjectRegex: ".+"', 2],
    ['issuer: a, subjectRegex: "https://github\\\\.com/acme/.*"', 0],
  ])('COS-7 tell that %s believes everybody', (keyless, count) => {
    const read = warned(
      `validators: [{name: default, type: cosign, trustRoots: [{name: default, keyless: {${keyless}}}]}]\npolicy: [{pattern: a}]\n`,
    );
    expect(read).toMatchObject({ state: 'valid' });
    expect(read.warnings.map(({ code }) => code)).toEqual(Array.from({ length: count }, () => 'identity-wide'));
  });

  it('POL-06 tell that one key is trusted in two validators', () => {
    const key = JSON.stringify(keyPem);
    const one = (name: string): string => `{name: ${name}, type: cosign, trustRoots: [{name: default, key: ${key}}]}`;
    const read = warned(`validators: [${one('default')}, ${one('other')}]\npolicy: [{pattern: a}]\n`);
    expect(read.warnings).toMatchObject([{ severity: 'info', code: 'key-duplicate' }]);
  });
});
