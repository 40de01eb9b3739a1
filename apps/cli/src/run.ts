import { buildCommand } from './command.ts';

/** Runs one command line to its end and leaves the exit code behind. Never throws. */
export async function runCommand(argv: readonly string[]): Promise<void> {
  try {
    await buildCommand().parseAsync([...asHelp(argv.slice(2))], { from: 'user' });
  } catch (error) {
    const [{ exitCodeOf }, { printFailure }] = await Promise.all([import('./exit.ts'), import('./print.ts')]);
    printFailure(error);
    process.exitCode = exitCodeOf(error);
  }
}

// `pratique help sign` is how git and docker have taught people to ask.
function asHelp(words: readonly string[]): readonly string[] {
  return words[0] === 'help' ? [...words.slice(1), '--help'] : words;
}
