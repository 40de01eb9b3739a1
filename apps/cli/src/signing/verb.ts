/** What all verbs of this folder share: flags, variables, time limit, exit codes. */
import { Command, Option, type CommanderError } from 'commander';
import { exitCodes } from '../exit.ts';
import { printFailure } from '../print.ts';
import {
  addFlags,
  applyVariables,
  deprecationsOf,
  isGiven,
  rootFlags,
  withPlainSwitches,
  type FlagGroup,
} from './flags.ts';
import { processSurroundings, type RootFlags, type Surroundings } from './surroundings.ts';

/** One verb as its file declares it. `F` is the shape of its flags. */
export interface Verb<F> {
  /** With its arguments: `sign <image...>`. */
  readonly name: string;
  readonly summary: string;
  readonly groups: readonly FlagGroup[];
  /** Exit code of a wrong command line; 1 as cosign has it, unless the verb is none of cosign's. */
  readonly usageCode?: number;
  /** Examples and what is worth knowing, below the flags. */
  readonly more: string;
  /** Does it; returns the exit code, nothing is 0. */
  readonly run: (asked: Asked<F>, surroundings: Surroundings) => Promise<number | void>;
}

/** What was asked for. */
export interface Asked<F> {
  readonly words: readonly string[];
  readonly flags: F;
  /** Whether a flag was given, by its key: tells a default from a wish. */
  readonly isGiven: (key: string) => boolean;
}

const exitCodesText =
  '\nExit codes: 0 done, 1 could not be done (said why) or wrong command line, 130 interrupted, 70 a defect.';

/** The command of a verb, ready to parse. */
export function buildVerb<F extends object>(verb: Verb<F>): Command {
  const command = new Command(verb.name.split(' ')[0]);
  for (const argument of verb.name.split(' ').slice(1)) command.argument(argument);
  const groups = [...verb.groups, { title: 'Everywhere', flags: rootFlags }];
  for (const group of groups) addFlags(command, group);
  command
    .description(verb.summary)
    .allowExcessArguments(false)
    .showSuggestionAfterError(true)
    .configureHelp({ showGlobalOptions: false })
    .addHelpOption(new Option('-h, --help', 'show this').helpGroup('Everywhere:'))
    .addHelpText('after', `\n${verb.more.trim()}${verb.more.includes('Exit codes') ? '' : `\n${exitCodesText}`}`)
    .exitOverride((error) => leave(error, verb.usageCode))
    .action(async () => {
      applyVariables(command, process.env);
      for (const line of deprecationsOf(command, groups)) process.stderr.write(`${line}\n`);
      await runVerb(command, verb);
    });
  return command;
}

async function runVerb<F extends object>(command: Command, verb: Verb<F>): Promise<void> {
  const { surroundings, end } = processSurroundings(command.opts<RootFlags>());
  const asked: Asked<F> = {
    words: command.args,
    flags: command.opts<F>(),
    isGiven: (key) => isGiven(command, key),
  };
  const asJson = asked.isGiven('output') && /^(?:json|report)$/.test(String(command.opts()['output']));
  try {
    process.exitCode = (await verb.run(asked, surroundings)) ?? exitCodes.done;
  } catch (error) {
    const { explainedFailure, signingExitCode } = await import('./outcomes.ts');
    const explained = explainedFailure(error, surroundings.signal);
    printFailure(explained, { asJson });
    process.exitCode = signingExitCode(explained);
  }
  await end();
}

/** Parses the words of a verb; what is wrong with them is printed and the process left with 1, as cosign does. */
export async function parseVerb(command: Command, words: readonly string[]): Promise<void> {
  try {
    await command.parseAsync([...plain(command, words)], { from: 'user' });
  } catch (error) {
    const { signingExitCode } = await import('./outcomes.ts');
    printFailure(error);
    process.exitCode = signingExitCode(error);
  }
}

// A group (`download signature`) has its flags at the inner command.
function plain(command: Command, words: readonly string[]): readonly string[] {
  const inner = command.commands.find((one) => one.name() === words[0]);
  if (inner === undefined) return withPlainSwitches(command, words);
  return [words[0] ?? '', ...plain(inner, words.slice(1))];
}

/** Commander has printed what is wrong already. */
export function leave(error: CommanderError, usageCode: number = exitCodes.fault): never {
  process.exit(error.exitCode === 0 ? exitCodes.done : usageCode);
}

/** Verbs that only differ in their second word: `download signature`, `download attestation`. */
export function buildGroup(name: string, summary: string, commands: readonly Command[]): Command {
  const group = new Command(name)
    .description(summary)
    .showSuggestionAfterError(true)
    .exitOverride((error) => leave(error));
  for (const command of commands) group.addCommand(command);
  return group.action(() => group.help({ error: true }));
}
