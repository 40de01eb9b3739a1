/** Bundles the command and its threads into the folder that is named; see `bundle.ts`. */
import { writeFile } from 'node:fs/promises';
import { build } from 'esbuild';
import { throughDoors } from './bundle-doors.ts';
import { nodesNames } from './bundle-names.ts';
import { bundleOptions } from './bundle.ts';

const [folder = '', metafile] = process.argv.slice(2);
const { metafile: files } = await build({
  ...bundleOptions(folder),
  plugins: [throughDoors, nodesNames],
  metafile: true,
});
if (metafile !== undefined) await writeFile(metafile, JSON.stringify(files));
