import { Command, type CommanderError } from 'commander';
import { demoCommand } from './demo.ts';

import { productVersion } from './product-version.ts';
import { hubCommand } from './serve.ts';
import { versionCommand } from './version.ts';

/** The whole command line: verbs, help, and errors that suggest what may have been meant. */
export function buildCommand(): Command {
  return new Command('pratique')
    .description('Free pratique for container images: the desk above StackRox, and the tools around it.')
    .version(productVersion, '-V, --version', 'print the version and leave')
    .showSuggestionAfterError(true)
    .showHelpAfterError('(pratique --help lists the verbs, pratique VERB --help explains one)')
    .configureHelp({ sortSubcommands: true })
    .addHelpText(
      'after',
      '\nExit codes: 0 done, 1 could not be done (said why), 2 wrong command line, 70 a defect of this program.',
    )
    .exitOverride(leave)
    .addCommand(demoCommand().exitOverride(leave))
    .addCommand(hubCommand().exitOverride(leave))
    .addCommand(versionCommand().exitOverride(leave));
}

/** Commander has printed what is wrong already; only the code is left to say. */
function leave(error: CommanderError): never {
  process.exit(error.exitCode === 0 ? 0 : 2);
}
