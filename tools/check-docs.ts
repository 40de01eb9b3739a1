/** Checks that the documentation tells the truth: `node tools/check-docs.ts`. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { collectSettings, configurationPage } from './docs/configuration-page.ts';
import { collectCodes, errorsPage, meaningsOf } from './docs/errors-page.ts';
import type { CodeSection } from './docs/errors-page.ts';
import { deadLinks, reader } from './docs/links.ts';
import { filesBelow, ownPackages, root } from './repository.ts';

/** A page people read first must be read to its end. */
const longestReadme = 150;

/** Everything wrong with the documentation of a checkout, one sentence each. */
export async function findDocMistakes(from: string = root): Promise<readonly string[]> {
  return [
    ...judgeReadme(textOf(from, 'README.md')),
    ...(await judgeLinks(from)),
    ...judgeErrorsPage(await collectCodes(from), textOf(from, 'docs/errors.md')),
    ...judgeConfigurationPage(configurationPage(await collectSettings(from)), textOf(from, 'docs/configuration.md')),
    ...(await judgePackages(from)),
  ];
}

/** The length of README.md, in lines. */
export function judgeReadme(text: string | undefined): readonly string[] {
  if (text === undefined) return ['README.md is missing'];
  const lines = text.trimEnd().split('\n').length;
  return lines > longestReadme
    ? [`README.md has ${lines} lines; ${longestReadme} are allowed, move the rest to docs/`]
    : [];
}

/** Every code documented with a sentence, no documented code stale, the page as it would be generated. */
export function judgeErrorsPage(sections: readonly CodeSection[], page: string | undefined): readonly string[] {
  if (page === undefined) return ['docs/errors.md is missing; run npm run docs'];
  const documented = meaningsOf(page);
  const declared = sections.flatMap((section) => section.codes);
  const codes = new Set(declared.map((entry) => entry.code));
  const mistakes = [
    ...[...codes]
      .filter((code) => !documented.has(code))
      .map((code) => `docs/errors.md does not have the code ${code}; run npm run docs`),
    ...[...documented.keys()]
      .filter((code) => !codes.has(code))
      .map((code) => `docs/errors.md has the code ${code}, which no source declares; run npm run docs`),
    ...[...documented]
      .filter(([, meaning]) => meaning === '')
      .map(([code]) => `the code ${code} has no sentence; write it as a comment where it is declared`),
  ];
  if (mistakes.length === 0 && errorsPage(sections, page) !== page)
    mistakes.push('docs/errors.md is not what the sources say; run npm run docs');
  return mistakes;
}

/** The page equals what the tables generate. */
export function judgeConfigurationPage(generated: string, page: string | undefined): readonly string[] {
  if (page === generated) return [];
  return [`docs/configuration.md is ${page === undefined ? 'missing' : 'not what the settings say'}; run npm run docs`];
}

async function judgeLinks(from: string): Promise<readonly string[]> {
  const read = reader(from, (path) => readFileSync(path, 'utf8'));
  const pages = await filesBelow('.', /\.md$/, from);
  return pages.flatMap((page) => {
    const text = readFileSync(join(from, page), 'utf8');
    return deadLinks(page, text, read).map(
      ({ line, target }) => `${page}:${line}: the link to ${target} leads nowhere`,
    );
  });
}

/** Each package says which doors it has, each door exists, and its first page says what it is for. */
async function judgePackages(from: string): Promise<readonly string[]> {
  const mistakes: string[] = [];
  for (const { name, folder, doors } of await ownPackages(from)) {
    for (const [door, file] of doors) {
      if (!existsSync(join(from, file)))
        mistakes.push(`${name}: the door ${door} leads to ${file}, which does not exist`);
    }
    if (!folder.startsWith('packages/')) continue;
    const main = doors.get('.');
    if (main === undefined) mistakes.push(`${name}: package.json has no door "."`);
    else if (existsSync(join(from, main)))
      mistakes.push(...judgeIntroduction(main, readFileSync(join(from, main), 'utf8')));
  }
  return mistakes;
}

/** A door opens with a paragraph: a doc comment of at least two sentences' length before any code. */
export function judgeIntroduction(file: string, text: string): readonly string[] {
  const words = /^\s*\/\*\*([\s\S]*?)\*\//.exec(text)?.[1]?.match(/\p{L}+/gu)?.length ?? 0;
  return words < 15 ? [`${file} does not open with a paragraph that says what the package is for`] : [];
}

function textOf(from: string, path: string): string | undefined {
  return existsSync(join(from, path)) ? readFileSync(join(from, path), 'utf8') : undefined;
}

if (import.meta.main) {
  const mistakes = await findDocMistakes();
  for (const mistake of mistakes) console.error(mistake);
  console.log(mistakes.length === 0 ? 'the documentation is as it should be' : `${mistakes.length} mistakes`);
  process.exitCode = mistakes.length === 0 ? 0 : 1;
}
