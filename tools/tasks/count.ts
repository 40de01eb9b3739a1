/** Counting tests from the report that vitest writes. */
import { readFileSync, statSync } from 'node:fs';

/** What a test run came to. */
export interface TestCount {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/**
 * Counts the tests of a report. A file that could not be loaded has no tests of its own and counts as one failure:
 * tests that never ran are not tests that passed.
 *
 * @param newerThan a report older than this (milliseconds since 1970) belongs to another run
 * @returns undefined when there is no report of this run
 */
export function countTests(reportFile: string, newerThan = 0): TestCount | undefined {
  try {
    if (statSync(reportFile).mtimeMs < newerThan) return undefined;
    return countReport(JSON.parse(readFileSync(reportFile, 'utf8')) as Report);
  } catch {
    return undefined;
  }
}

/** `12 passed, 0 failed, 1 skipped` */
export function countInWords({ passed, failed, skipped }: TestCount): string {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}

interface Report {
  readonly testResults: readonly {
    readonly status: string;
    readonly assertionResults: readonly { readonly status: string }[];
  }[];
}

function countReport(report: Report): TestCount {
  const count = { passed: 0, failed: 0, skipped: 0 };
  for (const file of report.testResults) {
    for (const test of file.assertionResults) count[outcomeOf(test.status)] += 1;
    const says = file.assertionResults.some((test) => test.status === 'failed');
    if (file.status === 'failed' && !says) count.failed += 1;
  }
  return count;
}

// A word nobody knows is taken for the worst.
function outcomeOf(status: string): keyof TestCount {
  if (status === 'passed') return 'passed';
  return ['skipped', 'pending', 'todo', 'disabled'].includes(status) ? 'skipped' : 'failed';
}
