import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { excerpt } from '@pratique/runtime/fault';
import { testbedFault } from '../errors.ts';
import type { DataFolder } from './data-folder.ts';
import { freePort } from './free-port.ts';
import { postgresAccount } from './process-account.ts';

/** A postmaster that answers. */
export interface ServerProcess {
  readonly child: ChildProcess;
  readonly pid: number;
  readonly port: number;
  /** Settles when the process is gone. */
  readonly ended: Promise<void>;
}

/** What a start asks for. */
export interface ServerRequest {
  readonly program: string;
  readonly folder: DataFolder;
  readonly port: number | undefined;
  readonly settings: Readonly<Record<string, string | number | boolean>>;
}

/**
 * The data can be made again, so durability is traded for speed; wal_level minimal lets COPY into
 * a new table skip the log altogether. No Unix socket: only the address and the password lead in.
 */
const defaultSettings: Readonly<Record<string, string | number | boolean>> = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  wal_level: 'minimal',
  max_wal_senders: 0,
  max_wal_size: '4GB',
  max_connections: 200,
  timezone: 'UTC',
  log_timezone: 'UTC',
  lc_messages: 'C',
  log_min_messages: 'warning',
};

/** Starts are tried this often when the port was taken or an old server's children still linger. */
const attempts = 20;
const readyPatience = { step: 10, limit: 60_000 };

/**
 * Starts `postgres` in its own process group and waits until it accepts connections.
 *
 * @throws Fault `postgres-start-failed` with the end of the server's log
 */
export async function startServer(request: ServerRequest): Promise<ServerProcess> {
  for (let attempt = 1; ; attempt += 1) {
    const port = request.port ?? (await freePort());
    const server = await launch(request, port);
    if (await becomesReady(server, request.folder.cluster)) {
      return server;
    }
    const log = await logEnd(request.folder.logFile);
    const passing =
      (request.port === undefined && log.includes('Address already in use')) ||
      log.includes('pre-existing shared memory');
    if (!passing || attempt === attempts) {
      throw startFault(request.folder.cluster, port, log);
    }
    await sleep(100);
  }
}

async function launch(request: ServerRequest, port: number): Promise<ServerProcess> {
  const settings = { ...defaultSettings, ...request.settings, port };
  const options = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const log = await open(request.folder.logFile, 'w', 0o600);
  try {
    const child = spawn(request.program, ['-D', request.folder.cluster, ...options], {
      ...postgresAccount(),
      cwd: request.folder.cluster,
      env: { PATH: process.env['PATH'], LC_ALL: 'C', TZ: 'UTC' },
      detached: true, // Ctrl-C must stop the programs using the database before the database
      stdio: ['ignore', log.fd, log.fd],
    });
    const ended = new Promise<void>((done) => {
      child.once('exit', () => done());
      child.once('error', () => done());
    });
    child.unref();
    return { child, pid: child.pid ?? 0, port, ended };
  } finally {
    await log.close();
  }
}

/** The postmaster writes its state into the eighth line of its pid file. */
async function becomesReady(server: ServerProcess, cluster: string): Promise<boolean> {
  let gone = false;
  void server.ended.then(() => (gone = true));
  for (let waited = 0; waited < readyPatience.limit && !gone; waited += readyPatience.step) {
    const lines = (await readFile(join(cluster, 'postmaster.pid'), 'utf8').catch(() => '')).split('\n');
    if (Number(lines[0]) === server.pid && lines[7]?.trim() === 'ready') {
      return true;
    }
    await sleep(readyPatience.step);
  }
  if (!gone) {
    server.child.kill('SIGQUIT');
    await server.ended;
  }
  return false;
}

async function logEnd(file: string): Promise<string> {
  return (await readFile(file, 'utf8').catch(() => '')).trim().slice(-1500);
}

function startFault(cluster: string, port: number, log: string): Error {
  return testbedFault({
    code: 'postgres-start-failed',
    message: `PostgreSQL did not start on port ${port}: ${excerpt(log === '' ? 'it left no log' : log, 600)}`,
    hint: 'Read the reason above; a taken port, a setting it does not know or a full disk are the usual ones.',
    values: { folder: cluster, port },
  });
}
