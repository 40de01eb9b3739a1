import { productVersion } from './product-version.ts';

/** Runs one command line to its end and leaves the exit code behind. Never throws. */
export async function runCommand(argv: readonly string[]): Promise<void> {
  const words = asHelp(argv.slice(2));
  if (answeredAtOnce(words)) return;
  try {
    const { buildCommand } = await import('./command.ts');
    await buildCommand().parseAsync([...words], { from: 'user' });
  } catch (error) {
    const [{ exitCodeOf }, { printFailure }] = await Promise.all([import('./exit.ts'), import('./print.ts')]);
    printFailure(error);
    process.exitCode = exitCodeOf(error);
  }
}

// Scripts ask for the version in loops and prompts; reading flags would take longer than the answer.
function answeredAtOnce(words: readonly string[]): boolean {
  const [verb = ''] = words;
  if (words.length !== 1 || !['version', '--version', '-V'].includes(verb)) return false;
  process.stdout.write(`${productVersion}\n`);
  return true;
}

// `pratique help sign` is how git and docker have taught people to ask.
function asHelp(words: readonly string[]): readonly string[] {
  return words[0] === 'help' ? [...words.slice(1), '--help'] : words;
}
