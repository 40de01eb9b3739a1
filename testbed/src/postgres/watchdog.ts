import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';

/**
 * Waits until its standard input ends, which happens when the process holding the other end is
 * gone, however it went. Then it asks PostgreSQL to stop, insists after ten seconds, and removes
 * the folder where one is named. $1 is the server's process id, $2 the folder or nothing.
 */
const script = `
read -r _
kill -INT "$1" 2>/dev/null
waited=0
while kill -0 "$1" 2>/dev/null && [ "$waited" -lt 100 ]; do sleep 0.1; waited=$((waited + 1)); done
kill -QUIT "$1" 2>/dev/null
[ -n "$2" ] && rm -rf -- "$2"
exit 0
`;

/** The guard of a running server. */
export interface Watchdog {
  /** Ends the guard without touching the server; call it once the server is gone. */
  dismiss(): void;
}

/**
 * Starts a tiny shell that stops the server `pid` when this process dies without stopping it
 * (kill -9 included), so that no database is left behind.
 *
 * @param removeFolder a temporary folder to delete as well; nothing is deleted when left out
 */
export function watchOver(pid: number, removeFolder?: string): Watchdog {
  // Its own process group: Ctrl-C must reach it as little as it reaches the server.
  const shell: ChildProcess = spawn('/bin/sh', ['-c', script, 'watchdog', String(pid), removeFolder ?? ''], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
    env: { PATH: process.env['PATH'] ?? '/usr/bin:/bin' },
    cwd: '/',
  });
  shell.on('error', () => undefined); // no shell, no guard: the server still stops the ordinary way
  shell.stdin?.on('error', () => undefined);
  shell.unref();
  // The pipe alone must not keep the parent's event loop alive.
  const pipe = shell.stdin as unknown as { unref?: () => void };
  pipe.unref?.();
  return { dismiss: () => void shell.kill('SIGKILL') };
}
