/** Builds the web interface if its sources are newer than what was built; says so, and nothing otherwise. */
import { interfaceBuild, interfaceIsStale } from './interface-build.ts';
import { runQuietly } from './step.ts';

if (await interfaceIsStale()) {
  console.log('pratique: building the web interface (some seconds, only after a change) …');
  const result = await runQuietly(interfaceBuild());
  if (!result.ok) {
    console.error(result.output);
    process.exitCode = 1;
  }
}
