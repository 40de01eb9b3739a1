import { spawnSync } from 'node:child_process';
import { mkdtempSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { countInWords, countTests } from './count.ts';
import { root } from './step.ts';

function report(...files: { status: string; tests: string[] }[]): string {
  const path = join(mkdtempSync(join(tmpdir(), 'pratique-count-')), 'vitest.json');
  const testResults = files.map(({ status, tests }) => ({
    status,
    assertionResults: tests.map((test) => ({ status: test })),
  }));
  writeFileSync(path, JSON.stringify({ testResults }));
  return path;
}

describe('the count of a test run', () => {
  it('tells passed, failed and skipped tests apart', () => {
    const path = report(
      { status: 'failed', tests: ['passed', 'failed', 'skipped', 'todo', 'pending'] },
      { status: 'passed', tests: ['passed'] },
    );
    expect(countTests(path)).toEqual({ passed: 2, failed: 1, skipped: 3 });
  });

  it('counts a file that could not be loaded, and an outcome nobody knows, as failures', () => {
    expect(countTests(report({ status: 'failed', tests: [] }, { status: 'passed', tests: ['strange'] }))?.failed).toBe(
      2,
    );
  });

  it('takes neither a missing, a broken nor an older report for a result', () => {
    const path = report({ status: 'passed', tests: ['passed'] });
    utimesSync(path, 1, 1);
    expect(countTests(path, 2000)).toBeUndefined();
    writeFileSync(path, '{}');
    expect([countTests(path), countTests('/nonexistent')]).toEqual([undefined, undefined]);
  });

  it('is printed as the last line of the build machine, and fails without a report', () => {
    const run = (path: string) =>
      spawnSync(process.execPath, [join(root, 'tools/count-tests.ts'), path], { encoding: 'utf8' });
    expect(run(report({ status: 'passed', tests: ['passed', 'skipped'] }))).toMatchObject({
      status: 0,
      stdout: '1 passed, 0 failed, 1 skipped\n',
    });
    expect(run('/nonexistent')).toMatchObject({ status: 1, stdout: '0 passed, 1 failed, 0 skipped\n' });
    expect(countInWords({ passed: 1, failed: 2, skipped: 3 })).toBe('1 passed, 2 failed, 3 skipped');
  });
});
