/** `npm test [-- path …]`: builds the interface if it changed, runs the tests, and says how many there were. */
import { join } from 'node:path';
import { countInWords, countTests } from './count.ts';
import { interfaceBuild, interfaceIsStale } from './interface-build.ts';
import { root, runLoudly, runQuietly, toolStep } from './step.ts';

const args = process.argv.slice(2);
process.exitCode = (await buildIfStale()) ? await runTests() : 1;

async function buildIfStale(): Promise<boolean> {
  if (!(await interfaceIsStale())) return true;
  console.log('building the web interface …');
  const built = await runQuietly(interfaceBuild());
  if (!built.ok) console.error(`${built.output}\nThe web interface could not be built, so no test was run.`);
  return built.ok;
}

async function runTests(): Promise<number> {
  const begun = Date.now();
  const code = await runLoudly(toolStep('tests', 'vitest', 'run', ...args));
  const count = countTests(join(root, 'reports/vitest.json'), begun);
  if (count === undefined) {
    console.error('The test run left no report, so nothing can be said about it.');
    return code === 0 ? 1 : code;
  }
  console.log(countInWords(count));
  return code === 0 && count.failed > 0 ? 1 : code;
}
