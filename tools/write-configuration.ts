/** Writes docs/configuration.md: `node tools/write-configuration.ts`. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { collectSettings, configurationPage } from './docs/configuration-page.ts';
import { root } from './repository.ts';

await mkdir(join(root, 'docs'), { recursive: true });
await writeFile(join(root, 'docs/configuration.md'), configurationPage(await collectSettings(root)));
