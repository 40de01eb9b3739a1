/** `npm run check`: everything that can be said about the sources in under a minute, all at once. */
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { nodeStep, root, runQuietly, toolStep } from './step.ts';
import type { Step, StepResult } from './step.ts';

const uiProject = 'apps/hub/ui/tsconfig.json';

// The slow ones first, so that the quick ones fill the gaps beside them.
const steps: readonly Step[] = [
  toolStep('unit tests', 'vitest', 'run', '--project', 'unit', '--reporter=dot', '--passWithNoTests'),
  toolStep('types', 'tsc', '--noEmit', '-p', 'tsconfig.json'),
  ...(existsSync(join(root, uiProject))
    ? [toolStep('types of the interface', 'tsc', '--noEmit', '-p', uiProject)]
    : []),
  toolStep('lint', 'oxlint', '--deny-warnings'),
  toolStep('format', 'oxfmt', '--check'),
  nodeStep('import rules', 'tools/check-imports.ts'),
  nodeStep('documentation', 'tools/check-docs.ts'),
];

const begun = performance.now();
const wanted = process.argv.slice(2);
const chosen = wanted.length === 0 ? steps : steps.filter((step) => wanted.includes(step.name));
if (chosen.length === 0) {
  console.error(`There is no such step; the steps are: ${steps.map((step) => step.name).join(', ')}.`);
  process.exit(2);
}
const results = await inParallel(chosen, Math.max(2, availableParallelism() - 1));
for (const { step, output } of results.filter((result) => !result.ok)) console.log(`── ${step.name} ──\n${output}`);
for (const result of results) console.log(row(result));
const failed = results.filter((result) => !result.ok).length;
console.log(
  `${failed === 0 ? 'all is well' : `${failed} of ${results.length} failed`}, ${seconds(performance.now() - begun)}`,
);
process.exitCode = failed === 0 ? 0 : 1;

async function inParallel(all: readonly Step[], width: number): Promise<readonly StepResult[]> {
  const done: StepResult[] = [];
  const waiting = all.entries();
  async function work(): Promise<void> {
    for (const [index, step] of waiting) done[index] = await runQuietly(step);
  }
  await Promise.all(Array.from({ length: width }, work));
  return done;
}

function row({ step, ok, ms }: StepResult): string {
  return `${ok ? 'ok    ' : 'FAILED'}  ${step.name.padEnd(24)} ${seconds(ms).padStart(7)}`;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
