import { chown, lstat, readdir, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** uid and gid that a child process runs with. */
export interface ProcessAccount {
  readonly uid: number;
  readonly gid: number;
}

/**
 * PostgreSQL refuses to run as root, and initdb fails for a uid without a passwd entry. 65534 is
 * `nobody` on every system we know, so no account has to be added to the machine.
 */
const nobody: ProcessAccount = { uid: 65534, gid: 65534 };

/** The account PostgreSQL must run as, or undefined when the present one will do (anyone but root). */
export function postgresAccount(): ProcessAccount | undefined {
  return process.getuid?.() === 0 ? nobody : undefined;
}

/** Gives a folder and everything in it to `account`; links are not followed. */
export async function giveFolder(folder: string, account: ProcessAccount): Promise<void> {
  await chown(folder, account.uid, account.gid);
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isSymbolicLink()) {
      await chown(join(entry.parentPath, entry.name), account.uid, account.gid);
    }
  }
}

/**
 * Whether an account other than the owner can walk to `path`: every folder on the way must let
 * "others" pass. A home of mode 0700 does not.
 */
export async function reachableByOthers(path: string): Promise<boolean> {
  for (let at = path; ; at = dirname(at)) {
    const found = await stat(at).catch(() => undefined);
    if (found !== undefined && (found.mode & 0o001) === 0) {
      return false;
    }
    if (dirname(at) === at) {
      return true;
    }
  }
}

/**
 * Whether `path` is a real folder that belongs to us and that nobody else can write to. A folder
 * with a predictable name under a shared temporary folder is trusted only then.
 */
export async function isOurFolder(path: string): Promise<boolean> {
  const found = await lstat(path).catch(() => undefined);
  return found !== undefined && found.isDirectory() && found.uid === process.getuid?.() && (found.mode & 0o022) === 0;
}

/**
 * A folder for temporary files that PostgreSQL's account can enter: the usual one, unless this is
 * root with a TMPDIR closed to others.
 */
export async function temporaryFolder(): Promise<string> {
  if (postgresAccount() === undefined || (await reachableByOthers(tmpdir()))) {
    return tmpdir();
  }
  return (await reachableByOthers('/tmp')) ? '/tmp' : '/var/tmp';
}
