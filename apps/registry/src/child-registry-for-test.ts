/** A registry as a process of its own, which can be killed or run as another user. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline/promises';
import { fileURLToPath } from 'node:url';

/** See the top of this file. */
export interface ChildRegistry {
  readonly url: string;
  /** Ends it as a crash would. */
  kill(): Promise<void>;
}

/** Starts the process and waits until it serves; as the user of this id, where one is given (root only). */
export async function startChildRegistry(folder: string, uid?: number): Promise<ChildRegistry> {
  const entry = fileURLToPath(new URL('registry-child-for-test.ts', import.meta.url));
  const child = spawn(process.execPath, [entry, folder, ...(uid === undefined ? [] : [String(uid)])], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  const said = once(createInterface(child.stdout), 'line') as Promise<[string]>;
  const first = await Promise.race([said, ended.then(() => undefined)]);
  if (first === undefined) throw new Error('the registry ended before it served');
  const kill = async () => {
    child.kill('SIGKILL');
    await ended;
  };
  return { url: first[0], kill };
}
