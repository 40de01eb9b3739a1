import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { freePort } from './free-port.ts';

/** A cache server of the Valkey project, running with TLS and a password as the chart runs one. */
export interface CacheServer {
  readonly host: string;
  readonly port: number;
  /** Stops it from reading what it is sent, without closing anything; for tests about waiting. */
  freeze(): void;
  thaw(): void;
  close(): Promise<void>;
}

/** How it is to be run. */
export interface CacheServerOptions {
  readonly password: string;
  /** PEM. */
  readonly certificate: string;
  readonly key: string;
  /** The port of one that was closed; a free one otherwise. */
  readonly port?: number;
}

/**
 * Starts Debian's `valkey-server` on 127.0.0.1 and waits until it listens.
 *
 * @param path from `needsPeer('valkey-server')`
 */
export async function startCacheServer(path: string | undefined, options: CacheServerOptions): Promise<CacheServer> {
  if (path === undefined) throw new TypeError('valkey-server is not on this machine; guard the test with needsPeer');
  const home = await mkdtemp(join(tmpdir(), 'pratique-cache-server-'));
  const port = options.port ?? (await freePort());
  await writeFile(join(home, 'tls.crt'), options.certificate);
  await writeFile(join(home, 'tls.key'), options.key, { mode: 0o600 });
  const settings = [
    ...['bind 127.0.0.1', 'port 0', `tls-port ${port}`, 'tls-auth-clients no', 'save ""', 'appendonly no'],
    ...[`tls-cert-file ${home}/tls.crt`, `tls-key-file ${home}/tls.key`, `dir ${home}`],
    ...[`requirepass ${options.password}`, 'rename-command FLUSHALL ""', 'rename-command FLUSHDB ""'],
  ];
  await writeFile(join(home, 'cache.conf'), `${settings.join('\n')}\n`);
  const child = spawn(path, [join(home, 'cache.conf')], { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => (said = (said + String(chunk)).slice(-4_000)));
  }
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const close = async () => {
    child.kill('SIGKILL');
    await ended;
    await rm(home, { recursive: true, force: true });
  };
  for (let tries = 0; tries < 200 && child.exitCode === null; tries += 1) {
    if (await listens(port)) {
      const signal = (name: NodeJS.Signals) => void child.kill(name);
      return { host: '127.0.0.1', port, freeze: () => signal('SIGSTOP'), thaw: () => signal('SIGCONT'), close };
    }
    await pause(50);
  }
  await close();
  throw new Error(`valkey-server did not start: ${said}`);
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port }, () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
