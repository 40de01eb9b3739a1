/**
 * Files whose names come from a configuration (CFG-1): they stay below their folder, whatever the name or a link says. The links
 * Kubernetes mounts Secrets with (`secret.yaml` → `..data/secret.yaml` → `..2026_01_01/secret.yaml`) lead to the same folder.
 */
import { realpath } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { excerpt, isFault } from '@pratique/runtime/fault';
import { decodeText, readFileBounded } from '@pratique/runtime/limit';
import { gateFault } from '../errors.ts';
import { limits } from '../limits.ts';

/** A file below a folder. */
export interface ConfinedFile {
  /** The folder nothing may leave. */
  readonly base: string;
  /** Names below it, none of which may lead anywhere else. */
  readonly names: readonly string[];
  /** What it is, for messages. */
  readonly what: string;
}

/**
 * The text of a file, or undefined where it does not exist.
 *
 * @throws Fault `file-outside-folder`, `file-unreadable`, `too-large`, `not-text`
 */
export async function readConfined(file: ConfinedFile): Promise<string | undefined> {
  const path = await confinedPath(file);
  if (path === undefined) return undefined;
  try {
    const bytes = await readFileBounded(path, { bytes: limits.fileBytes, what: file.what });
    return decodeText(bytes, file.what);
  } catch (error) {
    // A mounted folder may be exchanged between finding and opening.
    if (isFault(error, 'file-unreadable') && error.values['reason'] === 'ENOENT') return undefined;
    throw error;
  }
}

/**
 * The real path of a file, or undefined where there is none.
 *
 * @throws Fault `file-outside-folder`
 */
export async function confinedPath({ base, names, what }: ConfinedFile): Promise<string | undefined> {
  for (const name of names) {
    if (name === '' || name === '.' || name === '..' || /[/\\\0]/.test(name)) throw outside(what, name);
  }
  const [folder, path] = await Promise.all([existing(base), existing(join(base, ...names))]);
  if (folder === undefined || path === undefined) return undefined;
  // The parent of the file is the Secret; a link from one Secret into another is as wrong as one out of all of them.
  const parent = names.length === 1 ? folder : await existing(join(base, ...names.slice(0, -1)));
  if (parent === undefined) return undefined;
  if (!parent.startsWith(withSeparator(folder)) && parent !== folder) throw outside(what, names.join('/'));
  if (!path.startsWith(withSeparator(parent))) throw outside(what, names.join('/'));
  return path;
}

async function existing(path: string): Promise<string | undefined> {
  try {
    return await realpath(path);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw error;
  }
}

function withSeparator(folder: string): string {
  return folder.endsWith(sep) ? folder : `${folder}${sep}`;
}

function outside(what: string, name: string): Error {
  return gateFault({
    code: 'file-outside-folder',
    message: `The name "${excerpt(name, 100)}" of ${what} leads out of its folder.`,
    hint: 'Write a plain name, and let no link lead out of the folder.',
    values: { name: excerpt(name, 100) },
  });
}
