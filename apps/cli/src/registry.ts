import { existsSync } from 'node:fs';
import { Command } from 'commander';
import { excerpt, Fault } from '@pratique/runtime/fault';
import { createLog } from '@pratique/runtime/log';
import { runProgram } from '@pratique/runtime/serve';
import { print, say } from './print.ts';

interface RegistryFlags {
  readonly dir?: string;
  readonly host?: string;
  readonly port?: string;
  readonly metricsPort?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly users?: string;
  readonly anonymousPull?: boolean;
  readonly readOnly?: boolean;
  /** Always there: commander makes `--no-delete` true unless it is given. */
  readonly delete: boolean;
  readonly logLevel?: string;
  readonly settings?: string;
}

/** `pratique registry`: a small OCI registry on disk, and cleaning its folder. */
export function registryCommand(): Command {
  return (
    new Command('registry')
      .description('run a small OCI registry on a folder, for demonstrations and tests')
      .option('--dir <folder>', 'folder that holds everything (default: registry)')
      .option('--host <address>', 'address to listen on (default: 127.0.0.1)')
      .option('--port <number>', 'port, 0 for any free one (default: 5000)')
      .option('--metrics-port <number>', 'port of /metrics (default: none)')
      .option('--tls-cert <file>', 'certificate with its chain, PEM; read again when it changes')
      .option('--tls-key <file>', 'key of the certificate, PEM')
      .option('--users <file>', 'lines NAME:bcrypt as htpasswd -B writes them (default: no logins)')
      .option('--anonymous-pull', 'let everybody read where there are users')
      .option('--read-only', 'refuse every change')
      .option('--no-delete', 'refuse to delete')
      .option('--log-level <level>', 'debug has a line for every request (default: info)')
      .option('--settings <file>', 'file of variables, one NAME=value a line (default: .env, where there is one)')
      .addHelpText('after', help)
      // Words after collect-garbage are its own.
      .enablePositionalOptions()
      .action(async (flags: RegistryFlags) => {
        if (flags.settings !== undefined) requireFile(flags.settings);
        const { readRegistryConfig } = await load();
        const config = readRegistryConfig(environmentOf(flags), { envFile: flags.settings ?? '.env' });
        await runProgram({
          name: 'registry',
          // Its own time for running requests, and some to let go of the folder.
          stopDeadlineMs: config.stopMs + 5_000,
          start: () => start(config),
        });
      })
      .addCommand(collectGarbageCommand())
  );
}

const help = `
For demonstrations and tests: one process on one folder, no replication, no token logins. docs/registry.md tells the rest.

Every flag is also a variable (PRATIQUE_REGISTRY_DIR, _PORT, _USERS …); the flag wins. Limits are variables only.

Examples:
  $ pratique registry
  $ pratique registry --dir /srv/images --port 5000 --tls-cert tls.crt --tls-key tls.key --users htpasswd
  $ pratique registry collect-garbage --dir /srv/images --dry-run

Stops cleanly on SIGTERM and SIGINT: running uploads may finish for a while.
Exit codes: 0 stopped, 1 could not start or run (said why), 2 wrong command line, 70 a defect.`;

/** Flags as the variables they stand for; what was not given leaves the environment as it is. */
function environmentOf(flags: RegistryFlags): NodeJS.ProcessEnv {
  const given: Readonly<Record<string, string | undefined>> = {
    DIR: flags.dir,
    HOST: flags.host,
    PORT: flags.port,
    METRICS_PORT: flags.metricsPort,
    TLS_CERT: flags.tlsCert,
    TLS_KEY: flags.tlsKey,
    USERS: flags.users,
    ANONYMOUS_PULL: flags.anonymousPull === true ? 'true' : undefined,
    READ_ONLY: flags.readOnly === true ? 'true' : undefined,
    DELETE: flags.delete ? undefined : 'false',
    LOG_LEVEL: flags.logLevel,
  };
  const environment = { ...process.env };
  for (const [name, value] of Object.entries(given)) {
    if (value !== undefined) environment[`PRATIQUE_REGISTRY_${name}`] = value;
  }
  return environment;
}

type RegistryDoor = Awaited<ReturnType<typeof load>>;

/** Only when the verb runs: its help must not pay for a server. */
function load() {
  return import('@pratique/registry');
}

async function start({ options, logLevel, logFormat }: ReturnType<RegistryDoor['readRegistryConfig']>) {
  const { startRegistry } = await load();
  const log = createLog({ level: logLevel, format: logFormat, name: 'registry' });
  const registry = await startRegistry({ ...options, log });
  const isOpen = !['127.0.0.1', '::1', 'localhost'].includes(options.host ?? '127.0.0.1');
  if (isOpen && options.usersFile === undefined && options.readOnly !== true) {
    log.warn('anybody who reaches this port may push and delete; --users asks for a login');
  }
  if (isOpen && options.tls === undefined) log.warn('nothing is encrypted; --tls-cert and --tls-key change that');
  log.info({ url: registry.url, folder: options.folder, metrics: registry.metricsPort }, 'the registry answers');
  say(`Registry for demonstrations and tests: ${registry.address}/NAME:TAG`);
  return registry;
}

interface GarbageFlags {
  readonly dir?: string;
  readonly grace: string;
  readonly dryRun: boolean;
  readonly output: string;
}

function collectGarbageCommand(): Command {
  return new Command('collect-garbage')
    .description('remove blobs that no manifest of their repository names, from a folder no registry is running on')
    .option('--dir <folder>', 'folder of the registry (default: registry)')
    .option('--grace <duration>', 'leave blobs younger than this', '24h')
    .option('--dry-run', 'only count', false)
    .option('--output <form>', 'text or json', 'text')
    .addHelpText(
      'after',
      `
Manifests stay, tagged or not. While a registry runs it can do this itself: PRATIQUE_REGISTRY_GARBAGE_EVERY=24h.

Examples:
  $ pratique registry collect-garbage --dir /srv/images --dry-run
  $ pratique registry collect-garbage --dir /srv/images --grace 0 --output json

Exit codes: 0 done, 1 could not be done (said why), 2 wrong command line, 70 a defect.`,
    )
    .action(async (flags: GarbageFlags, command: Command) => {
      const outer = command.parent?.getOptionValue('dir') as string | undefined;
      await collect({ ...flags, dir: flags.dir ?? outer ?? 'registry' });
    });
}

async function collect({ dir, grace, dryRun, output }: GarbageFlags & { readonly dir: string }): Promise<void> {
  if (output !== 'text' && output !== 'json')
    throw usage(`There is no form "${excerpt(output, 20)}".`, 'Use --output text or json.');
  const graceMs = readGrace(grace);
  // Making a folder and reporting that it holds no garbage would hide a misspelled name.
  if (!existsSync(`${dir}/format`)) {
    throw usage(
      `There is no registry in "${excerpt(dir, 200)}".`,
      'Name the folder the registry was started with after --dir.',
    );
  }
  const { collectGarbage } = await load();
  const report = await collectGarbage({ folder: dir, graceMs, dryRun, now: Date.now() });
  if (output === 'json') return print(JSON.stringify({ dry_run: dryRun, ...report }));
  const mebibytes = (report.bytes / 1024 ** 2).toFixed(1);
  const what = `${report.blobs} unreferenced blobs and ${report.files} files of content, ${mebibytes} MiB`;
  print(dryRun ? `Would remove ${what}.` : `Removed ${what}.`);
}

const units: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

function readGrace(text: string): number {
  if (text === '0') return 0;
  const [, amount = '', unit = ''] = /^(\d{1,9})(ms|s|m|h|d)$/.exec(text) ?? [];
  const ms = Number(amount) * (units[unit] ?? Number.NaN);
  if (Number.isNaN(ms)) throw usage(`"${excerpt(text, 20)}" is no duration.`, 'Write --grace as 0, 30m, 24h or 7d.');
  return ms;
}

/** A file that was named and is not there would silently be no settings at all. */
function requireFile(path: string): void {
  if (existsSync(path)) return;
  throw usage(`There is no file "${excerpt(path, 200)}".`, 'Name an existing file after --settings, or leave it out.');
}

function usage(message: string, hint: string): Fault {
  return new Fault({ code: 'usage', message, hint });
}
