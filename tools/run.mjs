#!/usr/bin/env node
/**
 * What `npm start`, `npm test` and the other commands of a checkout run. Works on any Node from 18, before anything is
 * installed: installs what the lock file says where it is not there, then runs the task with the Node pinned in it.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { withInstallLock } from './install-lock.mjs';
import { reasonToInstall } from './install-state.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Task → the file that does it and its first arguments. */
const tasks = {
  start: ['apps/cli/src/main.ts', 'demo'],
  dev: ['apps/cli/src/main.ts', 'demo', '--dev'],
  test: ['tools/tasks/test.ts'],
  check: ['tools/tasks/check.ts'],
  build: ['tools/tasks/build.ts'],
  bench: ['testbed/src/bench/main.ts'],
  screenshots: ['testbed/src/screenshots.ts'],
  docs: ['tools/tasks/docs.ts'],
  pratique: ['apps/cli/src/main.ts'],
};

/** Tasks that serve the console: it is built first when its sources changed, so that no start shows an old one. */
const showsConsole = new Set(['start', 'dev', 'screenshots']);

/** The C library keeps what threads freed unless told otherwise: hundreds of megabytes after a large first reading. */
const memoryHabits = { MALLOC_ARENA_MAX: '2', MALLOC_MMAP_THRESHOLD_: '131072' };

const [name, ...given] = process.argv.slice(2);
const task = tasks[name];
if (task === undefined) fail(`there is no task "${name ?? ''}"; the tasks are ${Object.keys(tasks).join(', ')}.`, 2);

await installIfNeeded();
const node = pinnedNode();
if (showsConsole.has(name)) buildConsole();
const [file, ...first] = task;
if (!existsSync(join(root, file))) fail(`${file} is not in this checkout, so "${name}" cannot run.`, 2);
// npm drops a lone "--" itself; other callers do not.
run(node, [join(root, file), ...first, ...(given[0] === '--' ? given.slice(1) : given)]);

async function installIfNeeded() {
  if (reasonToInstall(root) === undefined) return;
  try {
    await withInstallLock(join(root, '.install.lock'), { work: install, say });
  } catch (error) {
    fail(`the dependencies could not be installed: ${error.message}`);
  }
}

// Standard output belongs to the task (it may be JSON), so everything said here goes to standard error.
function install() {
  // Asked again: the one we waited for may have done it.
  const reason = reasonToInstall(root);
  if (reason === undefined) return;
  say(`${reason}: installing the dependencies with npm ci (a minute or two, only now) …`);
  const begun = Date.now();
  const npm = npmCommand();
  const done = spawnSync(
    npm.command,
    [...npm.arguments, 'ci', '--loglevel=error', '--no-audit', '--no-fund', '--include=dev', '--include=optional'],
    {
      cwd: root,
      stdio: ['ignore', 2, 2],
      env: { ...process.env, npm_config_update_notifier: 'false' },
    },
  );
  if (done.error !== undefined) throw new Error(`npm could not be started (${done.error.code}). Is it installed?`);
  if (done.status !== 0)
    throw new Error(`npm ci ended with ${done.signal ?? `code ${done.status}`}; its messages are above.`);
  const left = reasonToInstall(root);
  if (left !== undefined)
    throw new Error(`npm ci ended without an error, but ${left}. Remove node_modules and try again.`);
  say(`installed in ${Math.round((Date.now() - begun) / 1000)} s.`);
}

// The npm that started us, so that the same registry and cache are used; else the one on the PATH.
function npmCommand() {
  const own = process.env.npm_execpath;
  if (own !== undefined && own.endsWith('npm-cli.js') && existsSync(own))
    return { command: process.execPath, arguments: [own] };
  return { command: process.platform === 'win32' ? 'npm.cmd' : 'npm', arguments: [] };
}

function pinnedNode() {
  const pinned = join(root, 'node_modules', '.bin', 'node');
  // Started once to be sure: the binary may be for another system, or its install script may have been forbidden.
  for (const candidate of existsSync(pinned) ? [pinned, process.execPath] : [process.execPath]) {
    const { stdout } = spawnSync(candidate, ['--version'], { encoding: 'utf8' });
    if (Number(/^v(\d+)\./.exec(stdout ?? '')?.[1]) >= 24) return candidate;
  }
  return fail(
    `Node 24 is needed, this is ${process.version}, and the one pinned in the lock file is not there or does not run here.\n` +
      'Install Node 24, or allow the install script of the package "node" (npm config get ignore-scripts) and run npm ci.',
  );
}

function buildConsole() {
  const builder = join(root, 'tools/tasks/interface.ts');
  if (!existsSync(builder)) return;
  const done = spawnSync(node, [builder], { stdio: ['ignore', 2, 2] });
  if (done.status !== 0) fail('the web interface could not be built; its messages are above.');
}

function run(command, args) {
  const path = [join(root, 'node_modules', '.bin'), process.env.PATH ?? ''].join(delimiter);
  const child = spawn(command, args, { stdio: 'inherit', env: { ...memoryHabits, ...process.env, PATH: path } });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, forwarder(child, signal));
  child.on('error', (error) => fail(`${command} could not be started: ${error.message}`));
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? 128 + (constants.signals[signal] ?? 0);
  });
}

// Ctrl-C reaches every process of the terminal by itself, and npm passes it on once more; the task takes a second one
// as "leave at once". So from a terminal nothing is added, and elsewhere repeats within a second count as one.
function forwarder(child, signal) {
  const fromTerminal =
    signal === 'SIGINT' && [process.stdin, process.stdout, process.stderr].some((stream) => stream.isTTY);
  let last = 0;
  return () => {
    if (fromTerminal || Date.now() - last < 1000) return;
    last = Date.now();
    child.kill(signal);
  };
}

function say(text) {
  process.stderr.write(`pratique: ${text}\n`);
}

function fail(text, code = 1) {
  say(text);
  process.exit(code);
}
