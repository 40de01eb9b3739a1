/** Files that a configuration names while it is read, which happens in one go (`host.trustedRoot`). */
import { readFileSync, realpathSync, statSync } from 'node:fs';
import { isAbsolute, join, sep } from 'node:path';
import { limits } from '../limits.ts';

/**
 * The text of a file inside one of the folders, or undefined where there is none: a path or a link that leads out of them names
 * nothing. A relative path is one below the first folder.
 */
export function confinedText(path: string, folders: readonly string[]): string | undefined {
  const [first = '.'] = folders;
  const real = existing(isAbsolute(path) ? path : join(first, path));
  const isInside = folders.some((folder) => {
    const base = existing(folder);
    return base !== undefined && real !== undefined && real.startsWith(`${base}${sep}`);
  });
  if (real === undefined || !isInside) return undefined;
  const found = statSync(real);
  return found.isFile() && found.size <= limits.fileBytes ? readFileSync(real, 'utf8') : undefined;
}

function existing(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}
