/**
 * Packages have one door, `index.ts`, that names everything behind it. The bundler divides code by files and what they import, so a
 * file that comes through the door would load the whole house: a verification the update client and every signing service. For
 * the bundle each import from a door is written as imports from the files behind it.
 */
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Plugin } from 'esbuild';
import { root } from './step.ts';

/** The file and the name there, by exported name; `*` is the whole module. */
type Door = ReadonlyMap<string, { readonly file: string; readonly name: string }>;

const packages = ['oci', 'sigstore'];

/** See the top of this file. */
export const throughDoors: Plugin = {
  name: 'through-doors',
  async setup(build) {
    const doors = new Map<string, Door>();
    for (const name of packages) {
      const index = join(root, 'packages', name, 'src', 'index.ts');
      doors.set(`@pratique/${name}`, readDoor(await readFile(index, 'utf8'), dirname(index)));
    }
    build.onLoad({ filter: /[\\/](?:apps|packages)[\\/][^\\/]+[\\/]src[\\/].*\.ts$/ }, async ({ path }) => ({
      contents: withoutDoors(await readFile(path, 'utf8'), doors),
      loader: 'ts',
    }));
  },
};

/** What an index exports from other files. */
export function readDoor(text: string, folder: string): Door {
  const door = new Map<string, { file: string; name: string }>();
  for (const [, names = '', from = ''] of text.matchAll(/^export \{([^}]*)\} from '(\.[^']+)';/gm)) {
    for (const { name, as } of specifiers(names)) door.set(as, { file: join(folder, from), name });
  }
  for (const [, as = '', from = ''] of text.matchAll(/^export \* as (\w+) from '(\.[^']+)';/gm)) {
    door.set(as, { file: join(folder, from), name: '*' });
  }
  return door;
}

/** The text of a module with each import from a door replaced; lines stay where they are. */
export function withoutDoors(text: string, doors: ReadonlyMap<string, Door>): string {
  return text.replace(/^import \{([^}]*)\} from '(@pratique\/[\w-]+)';/gm, (whole, names: string, from: string) => {
    const door = doors.get(from);
    const lines = names.split('\n').length - 1;
    return door === undefined ? whole : importsOf(door, names, from) + '\n'.repeat(lines);
  });
}

function importsOf(door: Door, names: string, from: string): string {
  const imports = specifiers(names).map(({ name, as }) => {
    const found = door.get(name);
    if (found === undefined) throw new Error(`${from} does not export ${name}`);
    const wanted = found.name === '*' ? `* as ${as}` : `{ ${found.name} as ${as} }`;
    return `import ${wanted} from ${JSON.stringify(found.file)};`;
  });
  return imports.join(' ');
}

/** Names between braces without types; `a as b` has two. */
function specifiers(names: string): readonly { readonly name: string; readonly as: string }[] {
  return names
    .split(',')
    .map((text) => text.trim())
    .filter((text) => text !== '' && !text.startsWith('type '))
    .map((text) => {
      const [name = '', as = name] = text.split(/\s+as\s+/);
      return { name, as };
    });
}
