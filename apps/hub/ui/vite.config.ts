import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';

const hub = process.env['HUB_URL'] ?? 'http://localhost:8000';

// assetsInlineLimit 0: the hub's content security policy allows no data: URLs, so fonts and images stay files.
export default defineConfig({
  root: import.meta.dirname,
  base: '/',
  plugins: [react(), packedTwins()],
  server: { proxy: { '/api': { target: hub, changeOrigin: true } } },
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    assetsInlineLimit: 0,
    sourcemap: false,
    chunkSizeWarningLimit: 900,
    rolldownOptions: { output: { codeSplitting: { groups: fewFiles() } } },
  },
});

/**
 * Left alone, every set of pages that share something gets a file of its own, and each file costs a request and its
 * headers and packs worse alone. `frame` is what every page needs before it can show anything; `charts` the chart
 * library, which comes once a page stands; `shared` what several pages have in common. The rest stays with its page.
 */
function fewFiles() {
  return [
    { name: 'frame', tags: ['$initial'], priority: 3 },
    { name: 'charts', test: /node_modules[\\/](?:@patternfly[\\/]react-charts|victory-|d3-|delaun)/, priority: 2 },
    { name: 'shared', minShareCount: 2, priority: 1 },
  ];
}

/** Leaves a `.gz` and a `.br` beside every text file of some size, for the hub to send as they are. */
function packedTwins(): Plugin {
  const pack = { gz: promisify(gzip), br: promisify(brotliCompress) };
  // Quality 9 of 11: a twentieth larger, in a fifth of the time.
  const options = { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } };
  return {
    name: 'packed-twins',
    apply: 'build',
    async writeBundle({ dir = 'dist' }, bundle) {
      const names = Object.keys(bundle).filter((name) => /\.(?:js|css|svg|html)$/.test(name));
      await Promise.all(
        names.map(async (name) => {
          const bytes = await readFile(join(dir, name));
          if (bytes.length < 1024) return;
          await writeFile(join(dir, `${name}.gz`), await pack.gz(bytes));
          await writeFile(join(dir, `${name}.br`), await pack.br(bytes, options));
        }),
      );
    },
  };
}
