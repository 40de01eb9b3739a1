import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { afterEach, describe, expect, it } from 'vitest';
import { isFault } from '@pratique/runtime/fault';
import { startPostgres } from './postgres.ts';
import type { PostgresServer } from './postgres.ts';

const folders: string[] = [];

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'pratique-launcher-test-'));
  folders.push(folder);
  await chmod(folder, 0o755); // else root's PostgreSQL could not enter and a stand-in would be used
  return folder;
}

async function ask<T>(url: string, question: string): Promise<T | undefined> {
  const client = new Client(url);
  client.on('error', () => undefined);
  await client.connect();
  try {
    const { rows } = await client.query<{ answer: T }>(question);
    return rows[0]?.answer;
  } finally {
    await client.end();
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function untilGone(pid: number): Promise<boolean> {
  for (let step = 0; step < 400 && isAlive(pid); step += 1) {
    await sleep(25);
  }
  return !isAlive(pid);
}

/** A program of its own that starts a server on `dataDir` and prints its process id and folder. */
async function startInOtherProcess(dataDir: string | undefined, environment: NodeJS.ProcessEnv = process.env) {
  const program = `
    const { startPostgres } = await import(${JSON.stringify(new URL('./postgres.ts', import.meta.url).href)});
    const server = await startPostgres(${JSON.stringify({ dataDir })});
    console.log(JSON.stringify({ pid: server.pid, dataDir: server.dataDir, port: server.port }));
    setInterval(() => undefined, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: environment,
  });
  for await (const line of createInterface(child.stdout)) {
    return { child, ...(JSON.parse(line) as { pid: number; dataDir: string; port: number }) };
  }
  throw new Error('the other process printed nothing');
}

afterEach(async () => {
  await Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true, force: true })));
});

describe('the PostgreSQL launcher', () => {
  it('starts a UTF-8 server of major 15 on the loopback address, asks for a password and leaves nothing behind', async () => {
    const server = await startPostgres();
    try {
      const url = server.url('postgres');
      expect(await ask(url, `SELECT current_setting('server_version_num')::int / 10000 AS answer`)).toBe(15);
      expect(await ask(url, `SELECT current_setting('server_encoding') AS answer`)).toBe('UTF8');
      expect(await ask(url, `SELECT current_setting('unix_socket_directories') AS answer`)).toBe('');
      await expect(ask(server.url('postgres', { password: 'wrong' }), 'SELECT 1 AS answer')).rejects.toMatchObject({
        code: '28P01',
      });
      expect((await readdir(server.dataDir)).filter((name) => name.startsWith('initdb'))).toEqual([]);
      expect((await stat(join(server.dataDir, 'superuser-password'))).mode & 0o777).toBe(0o600);
    } finally {
      await server.stop();
    }
    await server.stop();
    expect(isAlive(server.pid)).toBe(false);
    expect(existsSync(server.dataDir)).toBe(false);
  });

  it('creates databases, copies them from a template and drops them under open connections', async () => {
    await using server = await startPostgres();
    await server.createDatabase('Odd "name"');
    await ask(server.url('Odd "name"'), 'CREATE TABLE kept AS SELECT 7 AS answer');
    await server.createDatabase('copy', { template: 'Odd "name"' });
    expect(await ask(server.url('copy'), 'SELECT answer FROM kept')).toBe(7);
    const client = new Client(server.url('copy'));
    client.on('error', () => undefined);
    await client.connect();
    await server.dropDatabase('copy');
    await server.dropDatabase('copy');
    await expect(ask(server.url('copy'), 'SELECT 1 AS answer')).rejects.toMatchObject({ code: '3D000' });
    await expect(server.createDatabase('x'.repeat(64))).rejects.toSatisfy((error) =>
      isFault(error, 'database-name-invalid'),
    );
  });

  it('finds its data again in a kept folder, also after the server was killed', async () => {
    const dataDir = join(await temporaryFolder(), 'kept');
    const first = await startPostgres({ dataDir });
    await first.createDatabase('memory');
    await ask(first.url('memory'), 'CREATE TABLE kept AS SELECT 41 AS answer');
    await ask(first.url('memory'), 'CHECKPOINT');
    process.kill(first.pid, 'SIGKILL');
    await untilGone(first.pid);
    await using second = await startPostgres({ dataDir });
    expect(second.superuser).toEqual(first.superuser);
    expect(await ask(second.url('memory'), 'SELECT answer FROM kept')).toBe(41);
  });

  it('keeps the data elsewhere, and finds it again, where the database account cannot enter the folder', async () => {
    const closed = await temporaryFolder();
    await chmod(closed, 0o700);
    const dataDir = join(closed, 'kept');
    const first = await startPostgres({ dataDir });
    folders.push(first.dataDir);
    await first.stop();
    await using second = await startPostgres({ dataDir });
    expect(second.dataDir).toBe(first.dataDir);
    expect(second.superuser).toEqual(first.superuser);
  });

  it('does not believe a pid file that names a process which is no PostgreSQL', async () => {
    const dataDir = join(await temporaryFolder(), 'kept');
    const first = await startPostgres({ dataDir });
    await first.stop();
    await writeFile(join(first.dataDir, 'cluster', 'postmaster.pid'), `${process.pid}\n${dataDir}\n`);
    await using second = await startPostgres({ dataDir });
    expect(await ask(second.url('postgres'), 'SELECT 1 AS answer')).toBe(1);
  });

  it('does an initdb that broke half-way again', async () => {
    const dataDir = join(await temporaryFolder(), 'kept');
    const first = await startPostgres({ dataDir });
    await first.stop();
    await rm(join(first.dataDir, 'cluster', 'PG_VERSION'));
    await writeFile(join(first.dataDir, 'initdb-unfinished'), '');
    await using second = await startPostgres({ dataDir });
    expect(await ask(second.url('postgres'), 'SELECT 1 AS answer')).toBe(1);
  });

  it('refuses a folder with other things in it and touches nothing there', async () => {
    const dataDir = await temporaryFolder();
    await writeFile(join(dataDir, 'thesis.txt'), 'years of work');
    await expect(startPostgres({ dataDir })).rejects.toSatisfy((error) => isFault(error, 'postgres-data-foreign'));
    expect(await readdir(dataDir)).toEqual(['thesis.txt']);
  });

  it('says what PostgreSQL said when a setting is wrong', async () => {
    await expect(startPostgres({ settings: { no_such_setting: 1 } })).rejects.toThrow(/no_such_setting/);
  });

  it('starts several servers at once', async () => {
    const servers: PostgresServer[] = await Promise.all([startPostgres(), startPostgres(), startPostgres()]);
    try {
      const answers = await Promise.all(servers.map((server) => ask(server.url('postgres'), 'SELECT 1 AS answer')));
      expect(answers).toEqual([1, 1, 1]);
      expect(new Set(servers.map((server) => server.port)).size).toBe(3);
    } finally {
      await Promise.all(servers.map((server) => server.stop()));
    }
  });

  it('does not outlive the program that started it, even when that is killed', async () => {
    const other = await startInOtherProcess(undefined);
    expect(isAlive(other.pid)).toBe(true);
    other.child.kill('SIGKILL');
    expect(await untilGone(other.pid)).toBe(true);
    for (let step = 0; step < 200 && existsSync(other.dataDir); step += 1) {
      await sleep(25);
    }
    expect(existsSync(other.dataDir)).toBe(false);
  });

  it('starts where the folder for temporary files is closed to the database account', async () => {
    const closed = await temporaryFolder();
    await chmod(closed, 0o700);
    const other = await startInOtherProcess(undefined, { ...process.env, TMPDIR: closed });
    folders.push(other.dataDir);
    expect(isAlive(other.pid)).toBe(true);
    other.child.kill('SIGKILL');
    expect(await untilGone(other.pid)).toBe(true);
  });

  it('refuses a folder on which a server of somebody else keeps running', async () => {
    const dataDir = join(await temporaryFolder(), 'kept');
    const other = await startInOtherProcess(dataDir);
    await expect(startPostgres({ dataDir })).rejects.toSatisfy((error) => isFault(error, 'postgres-data-in-use'));
    other.child.kill('SIGKILL');
    await untilGone(other.pid);
  });

  it('waits for the server of a killed program to end and takes its data over', async () => {
    const dataDir = join(await temporaryFolder(), 'kept');
    const other = await startInOtherProcess(dataDir);
    other.child.kill('SIGKILL');
    await using server = await startPostgres({ dataDir });
    expect(server.pid).not.toBe(other.pid);
    expect(await ask(server.url('postgres'), 'SELECT 1 AS answer')).toBe(1);
  });
});
