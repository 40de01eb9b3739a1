import { describe, expect, it } from 'vitest';
import { block, certificatePem, keyPem, mistakesOf, otherKeyPem } from './material-for-test.ts';
import { parsePolicy } from './parse-policy.ts';
import { describeProblems } from './problem.ts';

describe('mistakes', () => {
  it('CFG-5 are all reported at once, with path, line, value and what is allowed', () => {
    const problems = mistakesOf(
      [
        'validators:',
        '  - name: allow',
        '    type: static',
        '    aprove: true',
        '  - name: x',
        '    type: cosine',
        '  - name: c',
        '    type: cosign',
        '    trustRoots:',
        '      - name: default',
        `        key: ${block(keyPem, 10)}`,
        'policy:',
        '  - patern: x',
        '  - pattern: "a["',
        '    validator: c',
        '    with: { trustRoot: defualt, threshold: -1 }',
        '  - pattern: "b"',
        '    validator: alow',
        'registry: []',
      ].join('\n'),
    );
    expect(problems.map(({ path, line, code, suggestion }) => [path, line, code, suggestion])).toEqual([
      ['validators[0].aprove', 4, 'unknown-key', 'approve'],
      ['validators[1].type', 6, 'value-wrong', 'cosign'],
      ['policy[0].patern', 17, 'unknown-key', 'pattern'],
      ['policy[0].pattern', 17, 'value-missing', undefined],
      ['policy[0].validator', 17, 'name-unknown', undefined],
      ['policy[1].pattern', 18, 'pattern-invalid', undefined],
      ['policy[1].with.trustRoot', 20, 'name-unknown', 'default'],
      ['policy[1].with.threshold', 20, 'value-wrong', undefined],
      ['policy[2].validator', 22, 'name-unknown', 'allow'],
      ['registry', 23, 'unknown-key', undefined],
    ]);
    expect(problems[1]).toMatchObject({ value: 'cosine', allowed: 'static, cosign, notaryv1, notation' });
    expect(problems[7]).toMatchObject({ value: '-1', allowed: 'a whole number from 0 to 1000' });
  });

  it('CFG-5 are printed with file, line, cause and next step', () => {
    const [line, ...more] = describeProblems(mistakesOf('validators: []\npolicy: []\n'), { file: 'config.yaml' }).split(
      '\n',
    );
    expect(line).toBe('1. error at config.yaml:1:13: validators: validators needs at least one entry.');
    expect(more[0]).toContain('next: ');
  });

  it.each([
    ['policy: [{pattern: a}]', 'validators needs at least one entry'],
    ['validators: [{name: a, type: static}]', 'policy needs at least one entry'],
    ['validators: [{name: a, type: static}]\npolicy: []', 'policy needs at least one entry'],
    ['validators: {}\npolicy: [{pattern: a}]', 'validators must be a list'],
    ['', 'must be a mapping'],
    ['[]', 'must be a mapping'],
  ])('CFG-6 %j is refused', (text, message) => {
    expect(mistakesOf(text)[0]?.message).toContain(message);
  });

  const root = (text: string, type = 'cosign'): string => validator(type, `trustRoots: [${text}]`);
  const validator = (type: string, text: string): string =>
    `validators:\n  - {name: v, type: ${type}, ${text}}\npolicy:\n  - {pattern: a, validator: v, with: {trustRoot: r}}\n`;
  const key = JSON.stringify(keyPem);
  const certificate = JSON.stringify(certificatePem);
  const good = `{name: r, key: ${key}}`;

  it.each(
    [
      ['validators: [{type: static}]\npolicy: [{pattern: a}]', 'validator is missing a name'],
      ['validators: [{name: a}]\npolicy: [{pattern: a}]', 'validator is missing a type'],
      ['validators: [{name: a, type: x}]\npolicy: [{pattern: a}]', 'unsupported validator type "x"'],
      [validator('cosign', 'trustRoots: []'), 'no trust roots provided for validator v'],
      [validator('cosign', 'auth: {useKeychain: true}'), 'no trust roots provided for validator v'],
      [validator('static', 'approve: maybe'), 'approve must be true or false'],
      [validator('static', `cert: ${certificate}`), 'cert is not a key of a static validator'],
      [validator('cosign', `trustRoots: [${good}], cert: nonsense`), 'invalid certificate for validator v'],
      [validator('notation', `trustRoots: [{name: r, cert: ${certificate}}], cert: x`), 'failed to parse certificate'],
      [validator('cosign', `trustRoots: [${good}], host: {rekor: "https://a b"}`), 'unable to create Rekor client'],
      [validator('cosign', `trustRoots: [${good}], host: {rekorPubkey: x}`), 'error adding rekor public key'],
      [validator('cosign', `trustRoots: [${good}], host: {fulcioCert: x}`), 'invalid fulcio certificate'],
      [validator('cosign', `trustRoots: [${good}], host: {ctLogPubkey: x}`), 'error adding ct log public key'],
      [
        validator('cosign', `trustRoots: [${good}], host: {ctLogPubkey: ${JSON.stringify(keyPem + otherKeyPem)}}`),
        'exactly one',
      ],
      [validator('cosign', `trustRoots: [${good}], host: {trustedRoot: {mediaType: x}}`), 'trusted root'],
      [validator('cosign', `trustRoots: [${good}], host: {trustedRoot: /etc/root.json}`), 'cannot be read'],
      [validator('notaryv1', `trustRoots: [${good}], host: "https://u:p@x"`), 'invalid url for notary host'],
      [validator('cosign', `trustRoots: [${good}], auth: {}`), 'neither secretName nor useKeychain defined'],
      [
        validator('cosign', `trustRoots: [${good}], auth: {secretName: ../other}`),
        'secretName must be Name of a Secret',
      ],
      [validator('cosign', `trustRoots: [${good}], auth: {user: a}`), 'user is not a key of'],
      [root(`{key: ${key}}`), 'trust root is missing a name'],
      [root(`{name: "*", key: ${key}}`), 'cannot be called *'],
      [root(`${good}, ${good}`), 'two trust roots called r'],
      [root('{name: r}'), "key must be set if [cert keyless] isn't"],
      [root(`{name: r, key: ${key}, keyless: {issuer: a, subject: b}}`), 'key must not be set if keyless is'],
      [root(`{name: r, cert: ${certificate}}`), 'cert is of no use here'],
      [root('{name: r, keyless: {subject: a}}'), "issuer must be set if [issuerRegex] isn't"],
      [
        root('{name: r, keyless: {issuer: a, subject: b, subjectRegex: c}}'),
        'subject must not be set if subjectRegex is',
      ],
      [root('{name: r, keyless: {issuer: a, subjectRegex: "("}}'), 'no regular expression of RE2'],
      [root('{name: r, keyless: {issuer: a, subjectRegex: "a)|(b"}}'), 'no regular expression of RE2'],
      [root('{name: r, keyless: {issuer: a, subjectRegex: "(?=a)"}}'), 'no regular expression of RE2'],
      [root('{name: r, keyless: {issuer: a, subjectRegex: "\\\\Qa"}}'), 'no regular expression of RE2'],
      [root('{name: r, key: "awskms:///alias/x"}'), 'key management service (aws)'],
      [root('{name: r, key: "http://keys.lan/cosign.pub"}'), 'read over http'],
      [root('{name: r, key: "-----BEGIN PUBLIC KEY-----\\nMFkw"}'), 'damaged'],
      [root('{name: r, key: "k8s://a/b/c"}'), 'key reference'],
      [root(`{name: r, cert: x}`, 'notation'), 'failed to decode certificate'],
      [root('{name: r}', 'notation'), 'no certificate provided for trust root r'],
      [
        root(`{name: r, cert: ${certificate}, tsCert: x}`, 'notation'),
        'timestamp certificate: failed to decode certificate',
      ],
      [
        root(
          `{name: r, cert: ${JSON.stringify('-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----')}}`,
          'notation',
        ),
        'failed to parse certificate',
      ],
      [root('{name: r, key: abc}', 'notaryv1'), 'wrong format, provide a PEM encoded public key'],
      [root(`{name: r, key: ${JSON.stringify(`${keyPem}\nand more`)}}`, 'notaryv1'), 'extraneous characters'],
      [
        root('{name: r, key: "-----BEGIN PUBLIC KEY-----\\nAAAA\\n-----END PUBLIC KEY-----"}', 'notaryv1'),
        'error parsing public key',
      ],
    ].map(([text = '', message = '']) => [message, text] as const),
  )('CFG-5 CFG-8 says “%s”', (message, text) => {
    expect(describeProblems(mistakesOf(text), { file: 'f' })).toContain(message);
  });

  const rule = (text: string): string =>
    `validators: [{name: v, type: cosign, trustRoots: [{name: r, key: ${key}}, {name: s, key: ${key}}]}, {name: n, type: notaryv1, trustRoots: [{name: default, key: ${key}}]}]\npolicy: [${text}]\n`;

  it.each([
    ['{pattern: a, validator: w}', 'validator "w" not found'],
    ['{pattern: a}', 'the rule names no validator, and none is called default'],
    ['{pattern: a, validator: v}', 'names no trustRoot'],
    ['{pattern: a, validator: v, with: {trustRoot: q}}', 'unable to find trust root q'],
    ['{pattern: a, validator: v, with: {trustRoot: "*", required: [q]}}', 'unable to find trust root q'],
    [
      '{pattern: a, validator: v, with: {trustRoot: r, attestations: [{predicateType: vuln, trustRoot: q}]}}',
      'unable to find trust root q',
    ],
    [
      '{pattern: a, validator: v, with: {trustRoot: "*", threshold: 2}}',
      'threshold 2 can never be reached: validator v has 1 trust roots with different keys',
    ],
    ['{pattern: a, validator: v, with: {trustRoot: r, threshold: 1}}', 'only together with trustRoot: "*"'],
    ['{pattern: a, validator: v, with: {trustRoot: r, required: [r]}}', 'only together with trustRoot: "*"'],
    [
      '{pattern: a, validator: n, with: {required: [default], delegations: [x], trustRoot: "*"}}',
      'required must not be set if delegations is',
    ],
    ['{pattern: a, validator: v, with: {trustRoot: "*", required: []}}', 'required must be at least 1 item'],
    ['{pattern: a, validator: v, with: {trustRoot: "*", required: [""]}}', 'must be a text that is not empty'],
    ['{pattern: a, validator: v, with: {trustRoot: r, threshold: 99999999999999999999}}', 'whole number'],
    ['{pattern: a, validator: v, with: {trustRoot: r, mode: off}}', 'mode must be one of mutate'],
    [
      '{pattern: a, validator: v, with: {trustRoot: r, attestations: [{predicateType: x}]}}',
      'predicateType is neither',
    ],
    ['{pattern: a, validator: v, with: {trustRoot: r, attestations: [{predicateType: vuln, maxAge: 5}]}}', 'maxAge'],
    [
      '{pattern: a, validator: v, with: {trustRoot: r, attestations: [{predicateType: vuln, conditions: ["("]}]}}',
      'no CEL expression',
    ],
    [
      '{pattern: a, validator: v, with: {trustRoot: r, signatureRepository: "reg.lan/sig:1"}}',
      'signatureRepository is no repository',
    ],
    ['{pattern: a, validator: v, match: null, with: {trustRoot: r}}', 'match has no value'],
    ['{pattern: a, validator: v, match: {}, with: {trustRoot: r}}', 'match must be at least one entry'],
    ['{pattern: a, validator: v, match: {namespaces: []}, with: {trustRoot: r}}', 'namespaces must be at least 1 item'],
    ['{pattern: a, validator: v, match: {namespaces: ["team-*"]}, with: {trustRoot: r}}', 'Name of a namespace'],
    [
      '{pattern: a, validator: v, match: {namespaceSelector: {}}, with: {trustRoot: r}}',
      'namespaceSelector must be at least one entry',
    ],
    [
      '{pattern: a, validator: v, match: {namespaceSelector: {matchExpressions: [{key: a, operator: In}]}}, with: {trustRoot: r}}',
      'needs values',
    ],
    ['{pattern: a, validator: v, with: {trustRoot: r}, with: {}}', 'stands twice'],
    ['{pattern: "{a,b", validator: v, with: {trustRoot: r}}', 'a { has no }'],
  ])('CFG-7 finds at load what is wrong in %s', (text, message) => {
    expect(describeProblems(mistakesOf(rule(text)), { file: 'f' })).toContain(message);
  });

  it.each([
    ['[{name: a, type: static}, {name: a, type: static}]', 'two validators called a'],
    ['[{name: a, type: static}, {name: b, type: static, approve: 1}]', 'approve must be true or false'],
  ])('CFG-7 finds what is wrong in the validators %s', (text, message) => {
    expect(
      describeProblems(mistakesOf(`validators: ${text}\npolicy: [{pattern: a, validator: a}]`), { file: 'f' }),
    ).toContain(message);
  });

  const registry = (text: string): string =>
    `validators: [{name: default, type: static}]\npolicy: [{pattern: a}]\nregistries: [${text}]\n`;

  it.each([
    ['{host: "https://reg.lan"}', 'host is no name of a registry'],
    ['{host: "*"}', 'host is no name of a registry'],
    ['{host: reg.lan, insecureSkipVerify: true}', 'refused unless allowInsecure: true'],
    ['{host: reg.lan, ca: x}', 'ca holds no certificates'],
    ['{host: reg.lan, clientCert: {cert: x, key: y}}', 'clientCert holds no certificate'],
    ['{host: reg.lan, timeout: 5m}', 'between 100ms and 30s'],
    ['{host: reg.lan}, {host: REG.lan}', 'stands twice'],
    ['{host: reg.lan, mirror: "https://m"}', 'mirror is no name'],
    ['{host: reg.lan, skipVerify: true}', 'skipVerify is not a key of a registry'],
  ])('REG-6 finds what is wrong in %s', (text, message) => {
    expect(describeProblems(mistakesOf(registry(text)), { file: 'f' })).toContain(message);
  });

  it('REG-6 allows what is insecure only where both words stand, and warns', () => {
    const read = parsePolicy(registry('{host: reg.lan, insecureSkipVerify: true, allowInsecure: true}'));
    expect(read.state).toBe('valid');
    expect(read.warnings).toMatchObject([{ code: 'insecure' }]);
  });

  it('1.5 say where name and password belong, which only values of the chart have', () => {
    const [problem] = mistakesOf(validator('cosign', `trustRoots: [${good}], auth: {username: a}`));
    expect(problem).toMatchObject({ message: 'username is not a key of auth' });
    expect(problem?.nextStep).toContain('secretName');
  });

  it('CFG-5 never print secrets', () => {
    const secret = 'hunter2hunter2';
    const texts = [
      validator('cosign', `trustRoots: [${good}], auth: {password: ${secret}}`),
      root(`{name: r, key: "-----BEGIN EC PRIVATE KEY-----\\n${secret}\\n-----END EC PRIVATE KEY-----"}`),
      validator('cosign', `trustRoots: [${good}], host: {rekor: "https://u:${secret}@x y"}`),
      registry(`{host: "u:${secret}@reg.lan/x"}`).replace('u:', '//u:'),
      `validators: *${secret}x\nkey: "${secret}`,
      `validators: [{name: a, type: cosign, cert: [${secret}]}]`,
    ];
    for (const text of texts) expect(describeProblems(mistakesOf(text), { file: 'f' })).not.toContain(secret);
  });

  it('CFG-5 stay readable when there are thousands', () => {
    const problems = mistakesOf(
      `validators: [{name: default, type: static}]\npolicy: [${'{patern: a},'.repeat(2_000)}]\n`,
    );
    expect(problems.length).toBeLessThan(210);
    expect(problems.at(-1)?.message ?? problems[0]?.message).toBeDefined();
    expect(problems.some(({ message }) => message.includes('more problems'))).toBe(true);
  });
});
