/** Prints `N passed, N failed, N skipped` from the report of a test run: `node tools/count-tests.ts FILE`. */
import { countInWords, countTests } from './tasks/count.ts';

// No report means that the run broke down: that is a failure, not an empty success.
const count = countTests(process.argv[2] ?? '') ?? { passed: 0, failed: 1, skipped: 0 };
console.log(countInWords(count));
process.exitCode = count.failed > 0 || count.passed === 0 ? 1 : 0;
