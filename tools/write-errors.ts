/** Writes docs/errors.md: `node tools/write-errors.ts`. Sentences that only the page has are kept. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { collectCodes, errorsPage } from './docs/errors-page.ts';
import { root } from './repository.ts';

const page = join(root, 'docs/errors.md');
const previous = await readFile(page, 'utf8').catch(() => '');
await mkdir(join(root, 'docs'), { recursive: true });
await writeFile(page, errorsPage(await collectCodes(root), previous));
