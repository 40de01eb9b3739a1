import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, chown, mkdir, mkdtemp, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { excerpt } from '@pratique/runtime/fault';
import { testbedFault } from '../errors.ts';
import type { PostgresBinaries } from './binaries.ts';
import { giveFolder, isOurFolder, postgresAccount, reachableByOthers, temporaryFolder } from './process-account.ts';
import type { ProcessAccount } from './process-account.ts';
import { clearStalePidFile } from './stale-pid.ts';

/** A folder with an initialised cluster in it. */
export interface DataFolder {
  /** Ours: holds the cluster, its log and the superuser's password. */
  readonly base: string;
  /** What PostgreSQL calls the data directory. */
  readonly cluster: string;
  readonly logFile: string;
  readonly password: string;
  /** Whether the folder goes away with the server. */
  readonly temporary: boolean;
}

/** Names inside the base folder. */
const clusterName = 'cluster';
const passwordName = 'superuser-password';
const unfinishedName = 'initdb-unfinished';

/**
 * Makes the data folder ready: a new temporary one, a new kept one, or the kept one of last time.
 * What a broken initdb left is thrown away and done again; a folder with other things in it is
 * refused untouched.
 *
 * @param wanted the folder to keep data in; a temporary one when left out. Where the account
 *   PostgreSQL runs as cannot enter it, a private folder under the temporary folder stands in.
 * @throws Fault `postgres-data-foreign`, `postgres-data-other-version`, `postgres-data-in-use`, `postgres-init-failed`
 */
export async function prepareDataFolder(binaries: PostgresBinaries, wanted?: string): Promise<DataFolder> {
  const base =
    wanted === undefined
      ? await mkdtemp(join(await temporaryFolder(), 'pratique-database-'))
      : await keptFolder(resolve(wanted));
  const account = postgresAccount();
  await chmod(base, account === undefined ? 0o700 : 0o711); // others may pass through, not look
  const folder = {
    base,
    cluster: join(base, clusterName),
    logFile: join(base, 'server.log'),
    temporary: wanted === undefined,
  };
  const password = await keptPassword(folder.base, folder.cluster, binaries.major);
  return { ...folder, password: password ?? (await initialise(binaries, folder, account)) };
}

async function keptFolder(wanted: string): Promise<string> {
  if (postgresAccount() === undefined || (await reachableByOthers(join(wanted, '..')))) {
    await mkdir(wanted, { recursive: true });
    return wanted;
  }
  const label = createHash('sha256').update(wanted).digest('hex').slice(0, 16);
  const standIn = join(await temporaryFolder(), `pratique-database-kept-${label}`);
  await mkdir(standIn, { mode: 0o711 }).catch(() => undefined);
  if (!(await isOurFolder(standIn))) {
    throw foreign(standIn, 'it belongs to another user or can be written by others');
  }
  return standIn;
}

/** The password of a finished cluster, undefined when initdb has to run (again). */
async function keptPassword(base: string, cluster: string, major: string): Promise<string | undefined> {
  const entries = await readdir(base);
  if (entries.length === 0) {
    return undefined;
  }
  if (entries.includes(unfinishedName)) {
    await rm(cluster, { recursive: true, force: true });
    return undefined;
  }
  if (!entries.includes(clusterName) || !entries.includes(passwordName)) {
    throw foreign(
      base,
      `it is not empty and has no finished database in it (found ${excerpt(entries.slice(0, 3).join(', '))})`,
    );
  }
  const found = (await readFile(join(cluster, 'PG_VERSION'), 'utf8')).trim();
  if (found !== major) {
    throw testbedFault({
      code: 'postgres-data-other-version',
      message: `The data in ${base} belongs to PostgreSQL ${excerpt(found, 10)}, installed is ${major}.`,
      hint: 'Name another folder, or delete this one if its data is not needed.',
      values: { folder: base, found, installed: major },
    });
  }
  await clearStalePidFile(cluster);
  return (await readFile(join(base, passwordName), 'utf8')).trim();
}

function foreign(folder: string, reason: string): Error {
  return testbedFault({
    code: 'postgres-data-foreign',
    message: `The folder ${folder} is not used as a database: ${reason}.`,
    hint: 'Name an empty or new folder, or one that an earlier start made.',
    values: { folder },
  });
}

async function initialise(
  binaries: PostgresBinaries,
  folder: Pick<DataFolder, 'base' | 'cluster'>,
  account: ProcessAccount | undefined,
): Promise<string> {
  const password = randomBytes(18).toString('base64url');
  const passwordFile = join(folder.base, 'initdb-password');
  await writeFile(join(folder.base, unfinishedName), '');
  try {
    await rm(passwordFile, { force: true });
    await writeFile(passwordFile, `${password}\n`, { mode: 0o600, flag: 'wx' });
    await mkdir(folder.cluster, { mode: 0o700 });
    if (account !== undefined) {
      await chown(passwordFile, account.uid, account.gid);
      await giveFolder(folder.cluster, account);
    }
    await runInitdb(binaries.initdb, folder.cluster, passwordFile, account);
  } finally {
    await rm(passwordFile, { force: true });
  }
  const target = join(folder.base, passwordName);
  await writeFile(`${target}.new`, `${password}\n`, { mode: 0o600 });
  await rename(`${target}.new`, target);
  await rm(join(folder.base, unfinishedName));
  return password;
}

async function runInitdb(
  initdb: string,
  cluster: string,
  passwordFile: string,
  account: ProcessAccount | undefined,
): Promise<void> {
  const options = [
    '--username=postgres',
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C',
    '--no-sync',
    '--no-instructions',
  ];
  const child = spawn(initdb, [`--pgdata=${cluster}`, `--pwfile=${passwordFile}`, ...options], {
    ...account,
    cwd: cluster,
    env: { PATH: process.env['PATH'], LC_ALL: 'C', TZ: 'UTC' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = new Promise<number | null>((done, failed) => {
    child.once('error', failed);
    child.once('close', done);
  });
  const [said, code] = await Promise.all([text(child.stderr), ended]).catch((cause: unknown) => {
    throw initFault(cluster, 'the program could not be run', cause);
  });
  if (code !== 0 || !existsSync(join(cluster, 'PG_VERSION'))) {
    throw initFault(cluster, excerpt(said.trim(), 400));
  }
}

function initFault(cluster: string, reason: string, cause?: unknown): Error {
  return testbedFault({
    code: 'postgres-init-failed',
    message: `A new database could not be initialised in ${cluster}: ${reason}`,
    hint: 'Check free space and that the folder is on a file system with owners and modes.',
    values: { folder: cluster },
    cause,
  });
}
