import { Command, Option, type CommanderError } from 'commander';
import { exitCodes } from './exit.ts';
import { productVersion } from './product-version.ts';
import { verbs, type VerbEntry } from './verbs.ts';

/**
 * The whole command line: verbs, help, and errors that suggest what may have been meant. Only the verb that is asked for is
 * loaded; the others are a name and a sentence.
 */
export function buildCommand(): Command {
  const program = new Command('pratique')
    .description('Free pratique for container images: the desk above StackRox, and the tools around it.')
    .version(productVersion, '-V, --version', 'print the version and leave')
    .addOption(new Option('-t, --timeout <duration>').hideHelp())
    .addOption(new Option('-d, --verbose').hideHelp())
    .addOption(new Option('--output-file <file>').hideHelp())
    .enablePositionalOptions()
    .showSuggestionAfterError(true)
    .showHelpAfterError('(pratique --help lists the verbs, pratique VERB --help explains one)')
    .helpCommand(false)
    .configureHelp({ subcommandTerm: (verb) => verb.name() })
    .addHelpText(
      'after',
      '\nExit codes: 0 done, 1 could not be done (said why), 2 wrong command line, 70 a defect of this program.\n' +
        'Verbs that look at signatures have more; pratique verify --help lists them.',
    )
    .exitOverride(leave);
  for (const verb of verbs) program.addCommand(placeholder(program, verb));
  return program;
}

/** A verb by name that hands everything after it to the real one. */
function placeholder(program: Command, verb: VerbEntry): Command {
  return new Command(verb.name)
    .description(verb.summary)
    .helpGroup(`${verb.group}:`)
    .helpOption(false)
    .argument('[words...]')
    .allowUnknownOption()
    .passThroughOptions()
    .exitOverride(leave)
    .action(async (words: readonly string[]) => {
      await runVerb(verb, verb.takesRootFlags ? [...rootWords(program), ...words] : words);
    });
}

async function runVerb(verb: VerbEntry, words: readonly string[]): Promise<void> {
  const command = await verb.load();
  // Named as it was called, for its usage line.
  command.name(`pratique ${verb.name}`);
  if (!verb.takesRootFlags) {
    await command.exitOverride(leave).parseAsync([...words], { from: 'user' });
    return;
  }
  const { parseVerb } = await import('./signing/verb.ts');
  await parseVerb(command, words);
}

// cosign's root flags may stand before the verb.
function rootWords(program: Command): readonly string[] {
  const { timeout, verbose, outputFile } = program.opts<{ timeout?: string; verbose?: true; outputFile?: string }>();
  return [
    ...(timeout === undefined ? [] : ['--timeout', timeout]),
    ...(verbose === undefined ? [] : ['--verbose']),
    ...(outputFile === undefined ? [] : ['--output-file', outputFile]),
  ];
}

/** Commander has printed what is wrong already; only the code is left to say. */
function leave(error: CommanderError): never {
  process.exit(error.exitCode === 0 ? exitCodes.done : exitCodes.usage);
}
