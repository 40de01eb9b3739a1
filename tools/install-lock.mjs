/** One install at a time in a checkout: two at once would delete each other's files. Node 18, no dependency. */
import { closeSync, openSync, readFileSync, rmSync, statSync, writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Runs `work` while holding the lock file, waiting for its holder first. A lock whose process is gone is taken over.
 *
 * @param {string} path the lock file
 * @param {{ work: () => Promise<void> | void, say: (text: string) => void, waitMs?: number }} how
 */
export async function withInstallLock(path, { work, say, waitMs = 500 }) {
  let told = false;
  while (!take(path)) {
    if (!told) say('another install is running in this checkout, waiting for it …');
    told = true;
    await sleep(waitMs);
  }
  try {
    await work();
  } finally {
    rmSync(path, { force: true });
  }
}

function take(path) {
  try {
    const file = openSync(path, 'wx');
    writeSync(file, String(process.pid));
    closeSync(file);
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    if (isAbandoned(path)) rmSync(path, { force: true });
    return false;
  }
}

// A lock without a number is being written this very moment, or its writer was killed in that moment.
function isAbandoned(path) {
  try {
    const pid = Number(readFileSync(path, 'utf8'));
    return pid > 0 ? !isAlive(pid) : Date.now() - statSync(path).mtimeMs > 5000;
  } catch {
    return false;
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
