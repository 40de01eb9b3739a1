/** `npm test [-- path …]`: builds the interface if it changed, runs the tests, and says how many there were. */
import { join } from 'node:path';
import { countInWords, countTests } from './count.ts';
import { interfaceBuild, interfaceIsStale } from './interface-build.ts';
import { root, runLoudly, runQuietly, toolStep } from './step.ts';

const built = await buildIfStale();
const code = await runTests(process.argv.slice(2));
// Said again at the end, where it is read; the tests that need no interface have run all the same.
if (!built) console.error('The web interface could not be built; see the beginning of this output.');
process.exitCode = built ? code : code || 1;

async function buildIfStale(): Promise<boolean> {
  if (!(await interfaceIsStale())) return true;
  console.log('building the web interface …');
  const result = await runQuietly(interfaceBuild());
  if (!result.ok) console.error(result.output);
  return result.ok;
}

async function runTests(args: readonly string[]): Promise<number> {
  const begun = Date.now();
  const ended = await runLoudly(toolStep('tests', 'vitest', 'run', ...args));
  const count = countTests(join(root, 'reports/vitest.json'), begun);
  if (count === undefined) {
    console.error('The test run left no report, so nothing can be said about it.');
    return ended === 0 ? 1 : ended;
  }
  console.log(countInWords(count));
  return ended === 0 && count.failed > 0 ? 1 : ended;
}
