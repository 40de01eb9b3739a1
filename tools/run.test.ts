import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';

const here = import.meta.dirname;

/** A checkout with nothing but the bootstrap, a lock file and a program in place of the command. */
function checkout({ program, installed = true }: { program: string; installed?: boolean }): string {
  const root = mkdtempSync(join(tmpdir(), 'pratique-run-'));
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  write('package-lock.json', JSON.stringify({ packages: { '': {}, 'node_modules/a': { version: '1.0.0' } } }));
  write('apps/cli/src/main.ts', program);
  write('tools/.keep', '');
  for (const file of ['run.mjs', 'install-state.mjs', 'install-lock.mjs'])
    copyFileSync(join(here, file), join(root, 'tools', file));
  if (!installed) return root;
  write('node_modules/a/package.json', '{}');
  write('node_modules/.package-lock.json', JSON.stringify({ packages: { 'node_modules/a': { version: '1.0.0' } } }));
  return root;
}

function command(root: string, name: string, script: string): string {
  const path = join(root, 'node_modules/.bin', name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  return dirname(path);
}

function run(root: string, args: readonly string[], path = process.env['PATH'] ?? '') {
  const { npm_execpath: _outer, ...env } = process.env;
  return spawnSync(process.execPath, [join(root, 'tools/run.mjs'), ...args], {
    encoding: 'utf8',
    env: { ...env, PATH: path },
  });
}

describe('the bootstrap', () => {
  it('runs the task with its arguments and passes its exit code on', () => {
    const root = checkout({ program: 'console.log(JSON.stringify(process.argv.slice(2))); process.exitCode = 7;' });
    expect(run(root, ['start', '--', '--json', '--port', '0'])).toMatchObject({
      status: 7,
      stdout: '["demo","--json","--port","0"]\n',
      stderr: '',
    });
    expect(run(root, ['dev']).stdout).toBe('["demo","--dev"]\n');
  });

  it('names the tasks there are when the wanted one does not exist', () => {
    const { status, stderr } = run(checkout({ program: '' }), ['strat']);
    expect([status, stderr]).toEqual([2, expect.stringMatching(/no task "strat".*start, dev, test, check/)]);
  });

  it('says so when what a task runs is not in the checkout', () => {
    expect(run(checkout({ program: '' }), ['bench'])).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('testbed/src/bench/main.ts'),
    });
  });

  it('passes SIGTERM on and waits for the task to end', async () => {
    const program =
      "process.on('SIGTERM', () => { console.log('down'); process.exit(0); }); setInterval(() => {}, 1000); console.log('up');";
    const child = spawn(process.execPath, [join(checkout({ program }), 'tools/run.mjs'), 'start'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const closed = new Promise((resolve) => child.on('close', resolve));
    let out = '';
    for await (const chunk of child.stdout) {
      out += String(chunk);
      if (out === 'up\n') child.kill('SIGTERM');
    }
    expect([out, await closed]).toEqual(['up\ndown\n', 0]);
  });

  it('does without a pinned Node that does not run or is too old, when it is new enough itself', () => {
    const root = checkout({ program: "console.log('ran');" });
    command(root, 'node', 'echo v20.0.0');
    expect(run(root, ['start'])).toMatchObject({ status: 0, stdout: 'ran\n' });
  });

  it('installs before anything else, saying so on standard error only', () => {
    const root = checkout({ program: "console.log('ran');", installed: false });
    const lock = '{"packages":{"node_modules/a":{"version":"1.0.0"}}}';
    const bin = command(
      checkout({ program: '' }),
      'npm',
      `mkdir -p node_modules/a && echo '${lock}' > node_modules/.package-lock.json && echo "$@"`,
    );
    const { status, stdout, stderr } = run(root, ['start'], `${bin}:${process.env['PATH']}`);
    expect([status, stdout]).toEqual([0, 'ran\n']);
    expect(stderr).toMatch(/nothing is installed yet[\s\S]*ci --loglevel=error[\s\S]*installed in/);
  });

  it.each([
    ['fails', 'exit 3', 'npm ci ended with code 3'],
    [
      'claims success but leaves something out',
      'mkdir -p node_modules && echo {\\"packages\\":{}} > node_modules/.package-lock.json',
      'but a is missing',
    ],
  ])('stops when npm %s', (_how, script, message) => {
    const root = checkout({ program: "console.log('ran');", installed: false });
    const bin = command(checkout({ program: '' }), 'npm', script);
    const { status, stdout, stderr } = run(root, ['start'], `${bin}:${process.env['PATH']}`);
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr).toContain(message);
  });
});
