import { Command } from 'commander';
import { excerpt } from '@pratique/runtime/fault';
import { decodeText, readBounded, readFileBounded } from '@pratique/runtime/limit';
import { say } from './print.ts';

/** `pratique gate convert`: values of an older Connaisseur in the layout the chart reads. */
export function convertCommand(): Command {
  return new Command('convert')
    .description('convert the values.yaml of an older Connaisseur; the result goes to standard output')
    .argument('[file]', 'values.yaml as helm was called with it; - or nothing: standard input', '-')
    .addHelpText(
      'after',
      `
What was changed stands as a comment beside it; what has no place any more, and what would keep the gate from starting, is
told on standard error. A file of Connaisseur 3 comes out as it is.

Examples:
  $ pratique gate convert old-values.yaml > values.yaml
  $ helm get values connaisseur -n connaisseur | pratique gate convert > values.yaml

Exit codes: 0 converted, 1 could not be converted, or the gate would not start with the result (said why),
2 wrong command line, 70 a defect.`,
    )
    .action(convert);
}

async function convert(file: string): Promise<void> {
  const text = await readValuesFile(file);
  const { convertValues, judgeValues } = await import('@pratique/gate/convert');
  const { text: converted, values, changes, losses, layout } = convertValues(text);
  process.stdout.write(converted.endsWith('\n') ? converted : `${converted}\n`);
  say(
    layout === 'connaisseur-3'
      ? 'These are values of Connaisseur 3 already; nothing was changed.'
      : `Understood as ${layout}: ${changes.length} changes, each with a comment; ${losses.length} values without a place.`,
  );
  for (const { from, why } of losses) say(`  ${excerpt(from, 200)}: ${excerpt(why, 500)}`);
  const problems = judgeValues(values);
  if (problems.length === 0) return;
  say('The gate would not start with these values:');
  for (const { path, message, nextStep } of problems) say(`  ${excerpt(path, 200)}: ${message}. ${nextStep}`);
  process.exitCode = 1;
}

async function readValuesFile(file: string): Promise<string> {
  const limit = { what: file === '-' ? 'standard input' : file, bytes: 4 * 1024 ** 2 };
  const bytes = file === '-' ? await readBounded(process.stdin, limit) : await readFileBounded(file, limit);
  return decodeText(bytes, limit.what);
}
