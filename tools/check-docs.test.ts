import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { declare, describeConfig, duration, oneOf, secret } from '@pratique/runtime/config';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  findDocMistakes,
  judgeConfigurationPage,
  judgeErrorsPage,
  judgeIntroduction,
  judgeReadme,
} from './check-docs.ts';
import { configurationPage } from './docs/configuration-page.ts';
import { answerCodesIn, faultCodesIn } from './docs/error-codes.ts';
import { errorsPage } from './docs/errors-page.ts';
import { anchorsOf, deadLinks } from './docs/links.ts';

function checkout(files: Record<string, string>): string {
  const root = mkdtempSync(join(tmpdir(), 'pratique-docs-'));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}

describe('the README', () => {
  it('must be there and not too long', () => {
    expect(judgeReadme(undefined)).toEqual(['README.md is missing']);
    expect(judgeReadme('line\n'.repeat(150))).toEqual([]);
    expect(judgeReadme('line\n'.repeat(151))[0]).toContain('151 lines');
  });
});

describe('links', () => {
  const files = new Map([
    ['docs/b.md', '# Two words\n\n<a id="x-1"></a>\n# Two words'],
    ['LICENSE', ''],
  ]);
  const dead = (text: string) => deadLinks('docs/a.md', text, (path) => files.get(path)).map((link) => link.target);

  it.each([
    ['[a](b.md)'],
    ['[a](b.md#two-words)'],
    ['[a](b.md#two-words-1)'],
    ['[a](b.md#x-1)'],
    ['[a](../LICENSE)'],
    ['[a](https://example.com/none)'],
    ['[a](#own-heading)\n## Own heading'],
    ['`[a](none.md)`'],
    ['```\n[a](none.md)\n```'],
    ['[a]: b.md'],
  ])('that lead somewhere are fine: %j', (text) => {
    expect(dead(text)).toEqual([]);
  });

  it.each([
    ['[a](none.md)', 'none.md'],
    ['[a](b.md#other)', 'b.md#other'],
    ['[a](#nowhere)', '#nowhere'],
    ['![a](none.png)', 'none.png'],
    ['[a]: none.md', 'none.md'],
    ['[a](../../outside.md)', '../../outside.md'],
    ['[a](/etc/hosts)', '/etc/hosts'],
  ])('that lead nowhere are found: %j', (text, target) => {
    expect(dead(text)).toEqual([target]);
  });

  it('are told with their line, also below a block of code', () => {
    expect(deadLinks('a.md', '```\ncode\n```\n\n[a](none.md)', () => undefined)).toEqual([
      { line: 5, target: 'none.md' },
    ]);
  });

  it('go to the anchors that code hosts make from headings', () => {
    expect([...anchorsOf('# Who may `import` what?\n## Größe & [Form](x.md)')]).toEqual([
      'who-may-import-what',
      'größe--form',
    ]);
  });
});

describe('the codes of errors', () => {
  const source = `import { Fault } from 'x';
/** All codes. */
export type OwnFaultCode =
  /** First. Over
   * two lines | with a bar. */
  | 'first'
  // Second.
  | 'second'
  | 'third';
export type Other = 'no' | 'never';`;

  it('are read from the union with the comment of each', () => {
    expect(faultCodesIn('errors.ts', source)).toEqual([
      { code: 'first', meaning: 'First. Over two lines | with a bar.' },
      { code: 'second', meaning: 'Second.' },
      { code: 'third', meaning: undefined },
    ]);
    expect(faultCodesIn('errors.ts', "export type ACode = 'only';")).toEqual([{ code: 'only', meaning: undefined }]);
  });

  it('that cannot be read are not taken for none', () => {
    expect(() => faultCodesIn('errors.ts', 'export type Code = string;')).toThrow('errors.ts declares no union');
    expect(() => answerCodesIn('errors.ts', 'export const errorStatus = {};')).toThrow('no table errorStatus');
  });

  it('of answers are read with their status', () => {
    const text =
      'export const errorStatus = {\n  not_found: 404,\n  /** Wait. */\n  overloaded: 503, // Later.\n} as const;';
    expect(answerCodesIn('errors.ts', text)).toEqual([
      { code: 'not_found', status: 404, meaning: undefined },
      { code: 'overloaded', status: 503, meaning: 'Wait. Later.' },
    ]);
  });

  const sections = [
    { title: 'Faults of own', codes: [{ code: 'first', meaning: 'First | one.' }, { code: 'second' }] },
  ];

  it('all need a sentence, which the page keeps when the sources have none', () => {
    const bare = errorsPage(sections, '');
    expect(judgeErrorsPage(sections, bare)).toEqual([
      'the code second has no sentence; write it as a comment where it is declared',
    ]);
    const filled = bare.replace('`second` |  |', '`second` | By hand. |');
    expect(judgeErrorsPage(sections, filled)).toEqual([]);
    expect(errorsPage(sections, filled)).toBe(filled);
  });

  it('missing on the page, stale on it or worded differently are found', () => {
    const page = errorsPage(sections, '').replace('`second` |  |', '`second` | By hand. |');
    const third = [
      { title: 'Faults of own', codes: [...(sections[0]?.codes ?? []), { code: 'third', meaning: 'Third.' }] },
    ];
    expect(judgeErrorsPage(third, page)).toEqual(['docs/errors.md does not have the code third; run npm run docs']);
    expect(judgeErrorsPage(third, undefined)).toEqual(['docs/errors.md is missing; run npm run docs']);
    const fewer = [{ title: 'Faults of own', codes: [{ code: 'second' }] }];
    expect(judgeErrorsPage(fewer, page)).toEqual([
      'docs/errors.md has the code first, which no source declares; run npm run docs',
    ]);
    expect(judgeErrorsPage(sections, page.replace('First', 'Changed'))).toEqual([
      'docs/errors.md is not what the sources say; run npm run docs',
    ]);
  });

  it('survive any sentence on their way through the page', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[A-Z][ -~]{0,60}[.]$/), (meaning) => {
        const page = errorsPage([{ title: 'Faults', codes: [{ code: 'first', meaning }] }], '');
        expect(errorsPage([{ title: 'Faults', codes: [{ code: 'first' }] }], page)).toBe(page);
      }),
    );
  });
});

describe('the page of settings', () => {
  const table = declare({
    key: { variable: 'SECRET_KEY', type: secret(), default: 'hunter2', doc: 'Signs links.' },
    mode: { variable: 'MODE', type: oneOf(['a', 'b']), default: 'a', doc: 'Which | way.' },
    poll: { variable: 'POLL', type: duration(), default: 90_000, doc: 'How often.' },
  });
  const page = configurationPage([{ program: 'hub', rows: describeConfig(table) }]);

  it('has a row for each, without secrets', () => {
    expect(page).toContain(
      '| <a id="hub-SECRET_KEY"></a>`SECRET_KEY` | `***` | Signs links. Secret: never printed. | text |',
    );
    expect(page).toContain('`MODE` | `a` | Which \\| way. | a, b |');
    expect(page).toContain('`POLL` | `90s` |');
    expect(page).not.toContain('hunter2');
  });

  it('must be there and equal what the tables say', () => {
    expect(judgeConfigurationPage(page, page)).toEqual([]);
    expect(judgeConfigurationPage(page, undefined)[0]).toContain('missing');
    expect(judgeConfigurationPage(page, `${page}x`)[0]).toContain('not what the settings say');
  });
});

describe('a checkout', () => {
  it('with mistakes of every kind has all of them told', async () => {
    const root = checkout({
      'README.md': '[gone](docs/gone.md)',
      'docs/errors.md': errorsPage([], ''),
      'docs/configuration.md': configurationPage([]),
      'packages/a/package.json': JSON.stringify({
        name: '@pratique/a',
        exports: { '.': './src/index.ts', './b': './src/b.ts' },
      }),
      'packages/a/src/index.ts': '/** Short. */\nexport {};',
      'packages/a/src/errors.ts': "export type AFaultCode = /** New. */ 'new-code';",
    });
    expect(await findDocMistakes(root)).toEqual([
      'README.md:1: the link to docs/gone.md leads nowhere',
      'docs/errors.md does not have the code new-code; run npm run docs',
      '@pratique/a: the door ./b leads to packages/a/src/b.ts, which does not exist',
      'packages/a/src/index.ts does not open with a paragraph that says what the package is for',
    ]);
  });

  it('has an introduction only where a paragraph comes before the code', () => {
    const paragraph = `/** ${'word '.repeat(20)} */`;
    expect(judgeIntroduction('a.ts', `${paragraph}\nexport {};`)).toEqual([]);
    expect(judgeIntroduction('a.ts', `export {};\n${paragraph}`)).toHaveLength(1);
  });
});
