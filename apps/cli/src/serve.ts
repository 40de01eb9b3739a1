import { existsSync } from 'node:fs';
import { Command } from 'commander';
import { Fault } from '@pratique/runtime/fault';
import { createLog } from '@pratique/runtime/log';
import { runProgram } from '@pratique/runtime/serve';
import { consoleFolder, kevCatalogueFile } from './shipped-files.ts';
import { productVersion } from './product-version.ts';

/** `pratique hub`: the program, configured by its environment alone. */
export function hubCommand(): Command {
  return (
    new Command('hub')
      .description('run the hub: the API and console of the desk, and the reader of StackRox')
      // Not --env-file: Node takes that word for itself, wherever it stands.
      .option(
        '--settings <file>',
        'file of variables, one NAME=value a line; the environment wins (default: .env, where there is one)',
      )
      .addHelpText(
        'after',
        `
The settings are environment variables, described in docs/configuration.md. At least:
  APP_DB_URL or APP_DB_HOST …         the hub's own database
  STACKROX_DB_URL or STACKROX_DB_HOST …  StackRox Central's database, read-only
  SECRET_KEY, and SPOKE_API_KEYS or OIDC_ISSUER

Example:
  $ APP_DB_URL=postgres://… STACKROX_DB_URL=postgres://… SECRET_KEY=… SPOKE_API_KEYS=… pratique hub

Stops cleanly on SIGTERM and SIGINT. Exit codes: 0 stopped, 1 could not start or run (said why), 2 wrong command line, 70 a defect.`,
      )
      .action(async ({ settings }: { settings?: string }) => {
        if (settings !== undefined) requireFile(settings);
        await runProgram({ name: 'hub', start: () => start(settings ?? '.env') });
      })
  );
}

/** A file that was named and is not there would silently be no settings at all. */
function requireFile(path: string): void {
  if (existsSync(path)) return;
  throw new Fault({
    code: 'usage',
    message: `There is no file "${path.slice(0, 200)}".`,
    hint: 'Name an existing file after --settings, or leave it out to use .env or the environment alone.',
  });
}

async function start(envFile: string) {
  const { readHubConfig, startHub } = await import('@pratique/hub');
  const config = readHubConfig(process.env, { envFile });
  const log = createLog({ level: config.server.logLevel, format: config.server.logFormat, name: 'hub' });
  const hub = await startHub({
    config,
    log,
    version: productVersion,
    consoleRoot: consoleFolder(),
    defaultKevFile: kevCatalogueFile(),
  });
  log.info({ url: hub.url, metrics: hub.metricsPort }, 'the hub answers');
  return hub;
}
