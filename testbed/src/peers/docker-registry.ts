import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { freePort } from './free-port.ts';

/** The reference registry server of the distribution project, running. */
export interface DockerRegistry {
  /** `127.0.0.1:port`, as it stands in image references. */
  readonly host: string;
  /** Where it keeps its content. */
  readonly storage: string;
  close(): Promise<void>;
}

/** What may differ from a plain, open registry. */
export interface DockerRegistryOptions {
  /** An existing folder that is kept on closing; a temporary one otherwise. */
  readonly storage?: string;
  /** PEM files; plain HTTP without them. */
  readonly tls?: { readonly certificate: string; readonly key: string };
  /** An htpasswd file with bcrypt lines. */
  readonly htpasswd?: string;
  /** Uid and gid of the process, for tests about permissions. */
  readonly user?: { readonly uid: number; readonly gid: number };
}

/**
 * Starts Debian's `docker-registry` on a free port of 127.0.0.1 and waits until it answers.
 *
 * @param path from `needsPeer('docker-registry')`
 */
export async function startDockerRegistry(
  path: string | undefined,
  options: DockerRegistryOptions = {},
): Promise<DockerRegistry> {
  if (path === undefined) throw new TypeError('docker-registry is not on this machine; guard the test with needsPeer');
  const home = await mkdtemp(join(tmpdir(), 'pratique-docker-registry-'));
  const storage = options.storage ?? join(home, 'storage');
  await mkdir(storage, { recursive: true });
  const port = await freePort();
  const settings = join(home, 'config.yml');
  await writeFile(settings, configuration({ storage, port, options }));
  const child = spawn(path, ['serve', settings], { stdio: ['ignore', 'ignore', 'pipe'], ...options.user });
  let said = '';
  child.stderr.on('data', (chunk) => (said = (said + String(chunk)).slice(-4_000)));
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const host = `127.0.0.1:${port}`;
  const close = async () => {
    child.kill('SIGKILL');
    await ended;
    await rm(home, { recursive: true, force: true });
  };
  if (await answers({ host, tls: options.tls !== undefined, child })) return { host, storage, close };
  await close();
  throw new Error(`docker-registry did not start: ${said}`);
}

function configuration(input: { storage: string; port: number; options: DockerRegistryOptions }): string {
  const { storage, port, options } = input;
  return JSON.stringify({
    version: '0.1',
    log: { level: 'error', accesslog: { disabled: true } },
    storage: { filesystem: { rootdirectory: storage }, delete: { enabled: true } },
    http: { addr: `127.0.0.1:${port}`, ...(options.tls && { tls: options.tls }) },
    ...(options.htpasswd && { auth: { htpasswd: { realm: 'test', path: options.htpasswd } } }),
  });
}

/** Any answer means it listens: 401 where it wants a password, 400 where TLS is spoken to in the clear. */
async function answers(input: { host: string; tls: boolean; child: ReturnType<typeof spawn> }): Promise<boolean> {
  for (let tries = 0; tries < 200 && input.child.exitCode === null; tries += 1) {
    const answer = await fetch(`http://${input.host}/v2/`).catch(() => undefined);
    if (answer !== undefined) return true;
    await pause(50);
  }
  return false;
}
