/** `npm run docs`: writes the generated pages anew. */
import { nodeStep, runLoudly } from './step.ts';

for (const file of ['tools/write-errors.ts', 'tools/write-configuration.ts']) {
  const code = await runLoudly(nodeStep(file, file));
  if (code !== 0) process.exitCode = code;
}
