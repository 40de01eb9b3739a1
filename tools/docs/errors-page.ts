/** docs/errors.md: every code there is and what it means. Generated; sentences missing in the sources are kept from the page. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { filesBelow } from '../repository.ts';
import { answerCodesIn, faultCodesIn } from './error-codes.ts';
import type { DeclaredCode } from './error-codes.ts';

/** The codes of one part of the product. */
export interface CodeSection {
  readonly title: string;
  readonly codes: readonly DeclaredCode[];
}

const contractFile = 'apps/hub/contract/errors.ts';

/** The codes of all parts: answers of the API first, then the faults of each program and package. */
export async function collectCodes(from: string): Promise<readonly CodeSection[]> {
  const faultFiles = await Promise.all(
    ['apps', 'packages', 'testbed'].map((folder) => filesBelow(folder, /\/src\/errors\.ts$/, from)),
  );
  const sections: CodeSection[] = [];
  for (const file of faultFiles.flat()) {
    const name = file.split('/').at(-3) ?? file;
    sections.push({ title: `Faults of ${name}`, codes: faultCodesIn(file, await readFile(join(from, file), 'utf8')) });
  }
  const answers = await readFile(join(from, contractFile), 'utf8').catch(() => undefined);
  if (answers === undefined) return sections;
  return [
    { title: 'Answers of the API', codes: withFaultMeanings(answerCodesIn(contractFile, answers), sections) },
    ...sections,
  ];
}

/** The page for these codes; `previous` is the page as it is, from which missing sentences are taken. */
export function errorsPage(sections: readonly CodeSection[], previous: string): string {
  const kept = meaningsOf(previous);
  const parts = sections.map(({ title, codes }) => {
    const withStatus = codes.some((entry) => entry.status !== undefined);
    const head = withStatus ? '| code | status | meaning |\n| --- | --- | --- |' : '| code | meaning |\n| --- | --- |';
    const rows = codes.map(({ code, status, meaning }) => {
      const cells = [
        `<a id="${code}"></a>\`${code}\``,
        ...(withStatus ? [String(status ?? '')] : []),
        cell(meaning ?? kept.get(code) ?? ''),
      ];
      return `| ${cells.join(' | ')} |`;
    });
    return `## ${title}\n\n${head}\n${rows.join('\n')}\n`;
  });
  return `${introduction}\n${parts.join('\n')}`;
}

/** The meaning of each code on a page. */
export function meaningsOf(page: string): ReadonlyMap<string, string> {
  const meanings = new Map<string, string>();
  for (const [, code = '', rest = ''] of page.matchAll(/^\| <a id="[^"]*"><\/a>`([^`]+)` \| (.*) \|$/gm)) {
    meanings.set(
      code,
      rest
        .replace(/^\d{3} \| /, '')
        .replaceAll('\\|', '|')
        .trim(),
    );
  }
  return meanings;
}

const introduction = `# Errors

Whatever goes wrong is told the same way everywhere: what was wrong with its values, why, what to do next, and one of the
codes below. Codes are stable; scripts may rely on them. A command prints the code on its last line, a log line has it as
\`err.code\`, an answer of the API as \`code\`. The next step comes with the error itself, because it depends on the values.

This page is generated from the sources by \`npm run docs\`.
`;

// An answer that passes a fault on has its code with other dashes, and means the same.
function withFaultMeanings(
  answers: readonly DeclaredCode[],
  sections: readonly CodeSection[],
): readonly DeclaredCode[] {
  const meanings = new Map(sections.flatMap(({ codes }) => codes.map((entry) => [entry.code, entry.meaning] as const)));
  return answers.map((entry) => ({
    ...entry,
    meaning: entry.meaning ?? meanings.get(entry.code.replaceAll('_', '-')),
  }));
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}
