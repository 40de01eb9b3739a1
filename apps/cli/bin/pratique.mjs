#!/usr/bin/env node
/** `npx pratique …` in a checkout: the pinned Node runs the sources, whatever Node started this file. */
import { spawn } from 'node:child_process';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

// Types are taken out of the sources and the rest compiled once; the next start finds it there.
const kept = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'pratique', 'compiled');

const child = spawn(
  process.execPath,
  [fileURLToPath(new URL('../../../tools/run.mjs', import.meta.url)), 'pratique', ...process.argv.slice(2)],
  {
    stdio: 'inherit',
    env: { NODE_COMPILE_CACHE: kept, ...process.env },
  },
);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('exit', (code, signal) => {
  process.exitCode = code ?? (signal === null ? 1 : 128);
});
