/** Checks who imports what: `node tools/check-imports.ts`. The rules and their reasons are in imports/areas.ts. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { judgeFile } from './imports/rules.ts';
import type { Violation } from './imports/rules.ts';
import { filesBelow, ownPackages, root } from './repository.ts';

/** Every broken import rule of a checkout. */
export async function findViolations(
  from: string = root,
): Promise<{ readonly files: number; readonly violations: readonly Violation[] }> {
  const packages = await ownPackages(from);
  const doors = new Map(packages.map((one) => [one.name, one.doors]));
  const violations: Violation[] = [];
  const files = (
    await Promise.all(
      ['apps', 'packages', 'testbed', 'tools'].map((folder) => filesBelow(folder, /\.(?:ts|tsx|mjs)$/, from)),
    )
  ).flat();
  for (const file of files) violations.push(...judgeFile(file, await readFile(join(from, file), 'utf8'), doors));
  return { files: files.length, violations };
}

if (import.meta.main) {
  const { files, violations } = await findViolations();
  for (const { file, line, what, because } of violations)
    console.error(`${file}:${line}: ${what}\n    because ${because}`);
  // A checker that sees nothing must not say that all is well.
  if (files === 0) console.error('No source file was found, so nothing was checked.');
  else console.log(`${files} files, ${violations.length} broken import rules`);
  process.exitCode = violations.length > 0 || files === 0 ? 1 : 0;
}
