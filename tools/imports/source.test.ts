import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { viewSource } from './source.ts';

const specifiers = (text: string) => viewSource(text).imports.map((one) => one.specifier);

describe('the imports of a source', () => {
  it('are found in every form, with their line', () => {
    const text = [
      "import a from './a.ts';",
      "import type { B } from './b.ts';",
      'import {\n  c,\n} from "./c.ts";',
      "export { d } from './d.ts';",
      "export * from './e.ts';",
      "import './f.ts';",
      "const g = await import('./g.ts');",
    ].join('\n');
    const found = viewSource(text).imports;
    expect(found.map((one) => one.specifier)).toEqual(
      ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((name) => `./${name}.ts`),
    );
    expect(found.map((one) => one.line)).toEqual([1, 2, 5, 6, 7, 8, 9]);
    expect(found.filter((one) => one.lazy).map((one) => one.specifier)).toEqual(['./g.ts']);
  });

  it.each([
    ['a comment', "// import a from './no.ts'\n/* from './no.ts' */"],
    ['a string', `const a = "import b from './no.ts'";`],
    ['a template', "const a = `import b from './no.ts' ${c + `from './no.ts'`} from './no.ts'`;"],
    ['a regular expression', "const a = /'/; const b = /[/'\"]/g;"],
  ])('are not looked for inside %s', (_where, text) => {
    expect(specifiers(`${text}\nimport y from './yes.ts';`)).toEqual(['./yes.ts']);
  });

  it('are found after divisions and after an apostrophe in the text of a page', () => {
    expect(specifiers("const half = a / 2; const b = c / d;\nimport y from './yes.ts';")).toEqual(['./yes.ts']);
    expect(specifiers("const page = <p>Don't</p>;\nimport y from './yes.ts';")).toEqual(['./yes.ts']);
  });
});

describe('the code of a source', () => {
  it('keeps the line break inside a string that a backslash carries on', () => {
    expect(viewSource("'\\\n';a").code).toBe("' \n';a");
  });

  it('keeps its length and lines, whatever the text is', () => {
    const piece = fc.constantFrom(
      "'",
      '"',
      '`',
      '${',
      '}',
      '/',
      '//',
      '/*',
      '*/',
      '\\',
      '\n',
      'a',
      ' ',
      '(',
      "from './x.ts'",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        const text = pieces.join('');
        const { code } = viewSource(text);
        expect(code.split('\n').map((line) => line.length)).toEqual(text.split('\n').map((line) => line.length));
      }),
      { numRuns: 500 },
    );
  });
});
