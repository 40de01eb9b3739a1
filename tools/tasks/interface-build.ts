/** Building the web interface when its sources are newer than what was built. */
import { existsSync, statSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { root, toolStep } from './step.ts';
import type { Step } from './step.ts';

const interfaceFolder = join(root, 'apps/hub/ui');

/** The step that builds the interface. */
export function interfaceBuild(): Step {
  return { ...toolStep('interface', 'vite', 'build', '--logLevel', 'warn'), cwd: interfaceFolder };
}

/** Whether the interface has to be built: it exists here and something it is made of is newer than its result. */
export async function interfaceIsStale(): Promise<boolean> {
  if (!existsSync(join(interfaceFolder, 'vite.config.ts'))) return false;
  const built = modified(join(interfaceFolder, 'dist/index.html'));
  if (built === 0) return true;
  const sources = [interfaceFolder, join(root, 'apps/hub/contract')];
  const newest = await Promise.all(sources.map(newestIn));
  return Math.max(...newest, modified(join(root, 'package-lock.json'))) > built;
}

/** The time of the last change of any file in a folder, in milliseconds since 1970; 0 where there is none. */
export async function newestIn(folder: string): Promise<number> {
  if (!existsSync(folder)) return 0;
  let newest = 0;
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (entry.name === 'node_modules' || entry.name === 'dist' || /\.test\.tsx?$/.test(entry.name)) continue;
    const path = join(folder, entry.name);
    newest = Math.max(newest, entry.isDirectory() ? await newestIn(path) : modified(path));
  }
  return newest;
}

function modified(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
