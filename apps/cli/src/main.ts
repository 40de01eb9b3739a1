import { buildCommand } from './command.ts';
import { exitCodeOf } from './exit.ts';
import { printFailure } from './print.ts';

try {
  await buildCommand().parseAsync(process.argv);
} catch (error) {
  printFailure(error);
  process.exitCode = exitCodeOf(error);
}
