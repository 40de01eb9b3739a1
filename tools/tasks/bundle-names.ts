/**
 * A library written for CommonJS that is loaded with `import('…')` has all its names for Node, and only its default export in what the
 * bundler makes of it: `const { fetch } = await import('undici')` is then undefined, in the image only. For the bundle such
 * an import goes through a module that names what Node would have named.
 */
import type { Plugin } from 'esbuild';
import { root } from './step.ts';

/** See the top of this file. */
export const nodesNames: Plugin = {
  name: 'nodes-names',
  setup(build) {
    // Libraries only: files of ours and parts of Node are ES modules already.
    build.onResolve({ filter: /^[@a-z]/ }, async ({ path, kind, importer }) => {
      // What libraries load is theirs to know, and not always installed.
      if (
        kind !== 'dynamic-import' ||
        importer.includes('node_modules') ||
        isOurs(path) ||
        isExternal(path, build.initialOptions.external)
      )
        return;
      const names = await namesOf(path);
      return names === undefined ? undefined : { path, namespace: 'nodes-names', pluginData: names };
    });
    build.onLoad({ filter: /.*/, namespace: 'nodes-names' }, ({ path, pluginData }) => ({
      contents: `import all from ${JSON.stringify(path)};\nexport default all;\nexport const { ${(pluginData as readonly string[]).join(', ')} } = all;\n`,
      resolveDir: root,
    }));
  },
};

/** What Node names of a library for CommonJS; undefined for any other. */
async function namesOf(library: string): Promise<readonly string[] | undefined> {
  const found = Object.keys((await import(library)) as object);
  if (!found.includes('module.exports')) return undefined;
  return found.filter((name) => name !== 'default' && /^[A-Za-z_$][\w$]*$/.test(name));
}

function isOurs(path: string): boolean {
  return path.startsWith('node:') || path.startsWith('@pratique/');
}

function isExternal(path: string, externals: readonly string[] = []): boolean {
  return externals.some((external) => path === external || path.startsWith(external.replace(/\*$/, '')));
}
