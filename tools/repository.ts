/** What the tools see of the repository: its files, and the doors of its packages. */
import { existsSync, readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { dirname, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of the checkout. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)));

const skipped = new Set(['node_modules', 'dist', 'coverage', 'reports', '.git', '.pratique', 'data', 'fixtures']);

/** Files below `folder` whose path (from `from`, with forward slashes) matches, sorted. Generated folders are left out. */
export async function filesBelow(folder: string, pattern: RegExp, from: string = root): Promise<readonly string[]> {
  const found: string[] = [];
  async function walk(relative: string): Promise<void> {
    const path = join(from, relative);
    if (!existsSync(path)) return;
    for (const entry of await readdir(path, { withFileTypes: true })) {
      const child = posix.join(relative, entry.name);
      if (entry.isDirectory() && !skipped.has(entry.name)) await walk(child);
      else if (entry.isFile() && pattern.test(child)) found.push(child);
    }
  }
  await walk(folder);
  return found.sort();
}

/** One of our packages. */
export interface OwnPackage {
  readonly name: string;
  /** From the root. */
  readonly folder: string;
  /** Door (`.`, `./fault`) → file from the root. */
  readonly doors: ReadonlyMap<string, string>;
}

/** All workspaces of the checkout that have a package.json. */
export async function ownPackages(from: string = root): Promise<readonly OwnPackage[]> {
  const files = await filesBelow('.', /^(?:packages\/[^/]+|apps\/[^/]+|apps\/hub\/ui|testbed)\/package\.json$/, from);
  return files.map((file) => {
    const folder = posix.dirname(file);
    const { name, exports = {} } = JSON.parse(readFileSync(join(from, file), 'utf8')) as PackageJson;
    const doors = Object.entries(exports).map(([door, target]) => [door, posix.join(folder, target)] as const);
    return { name, folder, doors: new Map(doors) };
  });
}

interface PackageJson {
  readonly name: string;
  readonly exports?: Readonly<Record<string, string>>;
}
