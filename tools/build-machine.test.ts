import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { root } from './repository.ts';

interface Machine {
  /** Shell commands in place of the real ones. */
  readonly commands: Readonly<Record<string, string>>;
  /** The script in place of the real `tools/fetch-peers.sh`. */
  readonly peers?: string;
}

/** Runs .ci/run in a checkout of its own, on a machine that has only the given commands and the basic ones. */
function build({ commands, peers = 'echo "peers are there"' }: Machine) {
  const checkout = mkdtempSync(join(tmpdir(), 'pratique-ci-'));
  for (const file of ['.ci/run', 'tools/count-tests.ts', 'tools/tasks/count.ts']) {
    mkdirSync(dirname(join(checkout, file)), { recursive: true });
    copyFileSync(join(root, file), join(checkout, file));
  }
  const bin = join(checkout, 'node_modules/.bin');
  mkdirSync(bin, { recursive: true });
  symlinkSync(process.execPath, join(bin, 'node'));
  writeFileSync(join(checkout, 'tools/fetch-peers.sh'), peers);
  const path = join(checkout, 'commands');
  mkdirSync(path);
  for (const [name, script] of Object.entries(commands)) {
    writeFileSync(join(path, name), `#!/bin/bash\n${script}\n`);
    chmodSync(join(path, name), 0o755);
  }
  for (const name of ['bash', 'dirname', 'tr', 'id', 'rm', 'grep', 'cat', 'mkdir']) {
    const real = spawnSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).stdout.trim();
    symlinkSync(real, join(path, name));
  }
  const run = spawnSync(join(path, 'bash'), [join(checkout, '.ci/run')], { encoding: 'utf8', env: { PATH: path } });
  rmSync(checkout, { recursive: true });
  return { status: run.status, last: run.stdout.trimEnd().split('\n').at(-1), out: run.stdout + run.stderr };
}

function npm(statuses: readonly string[], checkStatus = 0): string {
  const assertionResults = statuses.map((status) => ({ status }));
  const report = JSON.stringify({ testResults: [{ status: 'passed', assertionResults }] });
  const failed = statuses.includes('failed') ? 1 : 0;
  return `if [ "$1" = test ]; then mkdir -p reports; echo '${report}' > reports/vitest.json; echo "skip=$PRATIQUE_FORBID_SKIP"; exit ${failed}; fi; exit ${checkStatus}`;
}

const ready = { chromium: '', 'fc-list': 'echo DejaVu' };

describe('the build machine', () => {
  it('runs the tests without allowing skips and says the count last', () => {
    const { status, last, out } = build({ commands: { ...ready, npm: npm(['passed', 'passed']) } });
    expect([status, last]).toEqual([0, '2 passed, 0 failed, 0 skipped']);
    expect(out).toContain('skip=1');
    expect(out).not.toContain('installing');
  });

  it.each([
    ['a test failed', npm(['passed', 'failed']), '1 passed, 1 failed, 0 skipped'],
    ['the check failed', npm(['passed'], 1), '1 passed, 0 failed, 0 skipped'],
    ['the tests could not run at all', 'exit 1', '0 passed, 1 failed, 0 skipped'],
  ])('fails when %s', (_why, script, count) => {
    const { status, last } = build({ commands: { ...ready, npm: script } });
    expect([status, last]).toEqual([1, count]);
  });

  it('installs what is missing, without asking anything', () => {
    const apt = 'echo "apt-get $* ($DEBIAN_FRONTEND)"';
    const { status, out } = build({ commands: { npm: npm(['passed']), 'apt-get': apt, sudo: 'shift 2; exec "$@"' } });
    expect(status).toBe(0);
    expect(out).toContain('installing: chromium fontconfig fonts-dejavu-core');
    expect(out).toMatch(/apt-get install -y .*chromium.* \(noninteractive\)/);
  });

  it('goes on when nothing can be installed, and says so', () => {
    const { status, last, out } = build({ commands: { npm: npm(['passed']), 'apt-get': 'exit 100', sudo: 'exit 1' } });
    expect([status, last]).toEqual([0, '1 passed, 0 failed, 0 skipped']);
    expect(out).toContain('could not be installed');
  });

  it('brings the real peers before the tests, and says when it could not', () => {
    const commands = { ...ready, npm: npm(['passed']) };
    expect(build({ commands }).out).toMatch(/peers are there[^]*skip=1/);
    const { status, out } = build({ commands, peers: 'exit 1' });
    expect([status, out.includes('some peers could not be fetched')]).toEqual([0, true]);
  });
});
