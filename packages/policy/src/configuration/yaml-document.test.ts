import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mistakesOf, policyFrom } from './material-for-test.ts';
import { parsePolicy } from './parse-policy.ts';

describe('YAML of strangers', () => {
  const wrapped = (text: string): string =>
    `validators: [{name: default, type: static}]\npolicy:\n  - pattern: ${text}\n`;

  it('CFG-4 says that a pattern with * needs quotes', () => {
    expect(mistakesOf(wrapped('*:*'))[0]).toMatchObject({ line: 3, nextStep: 'Quote it: "*:*".' });
  });

  it('CFG-4 takes numbers and words of YAML for texts where texts are wanted', () => {
    const policy = policyFrom(
      'validators: [{name: 2024, type: static}, {name: on, type: static}]\npolicy: [{pattern: 017, validator: 2024}, {pattern: 2024-01-01, validator: on}]\n',
    );
    expect(policy.rules.map(({ pattern, validator }) => [pattern, validator])).toEqual([
      ['017', '2024'],
      ['2024-01-01', 'on'],
    ]);
  });

  it('CFG-4 bears anchors and merged keys, and what stands beside them wins', () => {
    const policy = policyFrom(
      'validators:\n  - &a {name: default, type: static, approve: true}\n  - {<<: *a, name: deny, approve: false}\npolicy: [{pattern: x}]\n',
    );
    expect(policy.validators.get('deny')).toMatchObject({ approve: false });
  });

  it.each([
    [
      'aliases that multiply',
      `a: &a [1,1,1,1,1,1,1,1,1,1]\n${Array.from({ length: 9 }, (_, i) => `${'bcdefghij'[i]}: &${'bcdefghij'[i]} [${`*${'abcdefghi'[i]},`.repeat(10)}]`).join('\n')}`,
    ],
    ['aliases by the hundred', `a: &a 1\nb: [${'*a,'.repeat(201)}]`],
    ['aliases of itself', 'a: &a [*a]'],
    ['a merge of itself', 'a: &a {<<: *a}'],
    ['deep nesting', `a: ${'['.repeat(100)}${']'.repeat(100)}`],
    ['nesting that ends the stack of the parser', '{'.repeat(50_000)],
    ['more than 1 MiB', `a: ${'x'.repeat(1024 * 1024)}`],
    ['a prototype', 'validators: [{__proto__: {name: a}}]'],
    ['keys that are no texts', '? [a]\n: b'],
    ['bytes', 'validators: !!binary aGk='],
    ['tags of others', 'validators: !js/function x'],
    ['two documents', 'validators: []\n---\npolicy: []'],
    ['a key that stands twice', 'validators: [{name: a, type: static, name: b}]\npolicy: [{pattern: a, validator: a}]'],
    ['tabs', 'validators:\n\t- name: a'],
  ])('CFG-4 refuses %s', (_what, text) => {
    expect(mistakesOf(text).length).toBeGreaterThan(0);
  });

  it('CFG-5 always has a reason, whatever is written', () => {
    const word = fc.constantFrom(
      'validators',
      'policy',
      'name',
      'type',
      'static',
      'cosign',
      'pattern',
      'with',
      ': ',
      '- ',
      '\n',
      '  ',
      '*',
      '&a',
      '[',
      ']',
      '{',
      '}',
      '"',
      'null',
      '<<',
      '1',
      'trustRoots',
      'keyless',
      ',',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.array(word, { maxLength: 30 }).map((all) => all.join('')),
          fc.string(),
        ),
        (text) => {
          const read = parsePolicy(text);
          expect(read.state === 'valid' || read.problems.length > 0).toBe(true);
        },
      ),
      { numRuns: 150 },
    );
  });

  it('CFG-5 reads any value where any setting stands without failing itself', () => {
    const value = fc.constantFrom(
      'null',
      '[]',
      '{}',
      '""',
      'true',
      '-1',
      '1e999',
      '[[]]',
      '{a: b}',
      '"\\u0000"',
      '[null]',
      '[{}]',
    );
    const type = fc.constantFrom('static', 'cosign', 'notaryv1', 'notation');
    const setting = fc.constantFrom('name', 'type', 'approve', 'host', 'trustRoots', 'auth', 'cert');
    const option = fc.constantFrom(
      'trustRoot',
      'threshold',
      'required',
      'delegations',
      'annotations',
      'attestations',
      'signatureRepository',
      'mode',
    );
    fc.assert(
      fc.property(
        fc.record({ type, setting, option, one: value, two: value }),
        ({ type, setting, option, one, two }) => {
          const members = new Map([
            ['name', 'v'],
            ['type', type],
            [setting, one],
          ]);
          const validator = [...members].map(([name, text]) => `${name}: ${text}`).join(', ');
          const rule = `{pattern: a, validator: v, with: {${option}: ${two}}, match: ${one}}`;
          const read = parsePolicy(`validators: [{${validator}}]\npolicy: [${rule}]\nregistries: ${two}\n`);
          expect(read.state === 'valid' || read.problems.length > 0).toBe(true);
        },
      ),
      { numRuns: 150 },
    );
  });
});
