import { Command } from 'commander';
import { print } from './print.ts';
import { productVersion } from './product-version.ts';

/** `pratique version` */
export function versionCommand(): Command {
  return new Command('version')
    .description('print the version of this command')
    .option('--output <format>', 'text or json', 'text')
    .addHelpText('after', '\nExample:\n  $ pratique version --output json')
    .action(({ output }: { output: string }) => {
      print(output === 'json' ? JSON.stringify({ version: productVersion }) : productVersion);
    });
}
