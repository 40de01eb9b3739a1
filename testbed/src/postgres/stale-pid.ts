import { execFile } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { testbedFault } from '../errors.ts';

/** How long a server that is just shutting down (its program was killed) is waited for: about 6 s, many times what it takes. */
const patience = { step: 100, steps: 60 };

/**
 * Removes the postmaster.pid that a killed server left. PostgreSQL itself only looks whether *some*
 * process has that id, which after a restart of the machine may be anything.
 *
 * @throws Fault `postgres-data-in-use` when a server really runs on this folder
 */
export async function clearStalePidFile(cluster: string): Promise<void> {
  const file = join(cluster, 'postmaster.pid');
  for (let step = 0; step < patience.steps; step += 1) {
    const pid = await recordedPid(file);
    if (pid === undefined) {
      return;
    }
    if (!(await isServerOf(pid, cluster))) {
      await rm(file, { force: true });
      return;
    }
    await sleep(patience.step);
  }
  throw testbedFault({
    code: 'postgres-data-in-use',
    message: `Another PostgreSQL is running on the data in ${cluster}.`,
    hint: 'Stop the other program that uses this folder, or name another folder.',
    values: { folder: cluster, pid: await recordedPid(file) },
  });
}

async function recordedPid(file: string): Promise<number | undefined> {
  const first = (await readFile(file, 'utf8').catch(() => '')).split('\n', 1)[0]?.trim() ?? '';
  return /^[1-9][0-9]{0,9}$/.test(first) ? Number(first) : undefined;
}

/** Whether process `pid` is a PostgreSQL started on this folder, by its command line. */
async function isServerOf(pid: number, cluster: string): Promise<boolean> {
  try {
    const { stdout } = await promisify(execFile)('ps', ['-ww', '-o', 'args=', '-p', String(pid)], { timeout: 5000 });
    return stdout.includes(cluster);
  } catch {
    return commandLine(pid).then((line) => line.includes(cluster));
  }
}

/** For machines without `ps` (small container images): Linux says it under /proc. */
async function commandLine(pid: number): Promise<string> {
  return (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).replaceAll('\0', ' ');
}
