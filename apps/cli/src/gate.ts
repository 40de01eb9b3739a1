import { existsSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Command } from 'commander';
import { excerpt, Fault, isFault } from '@pratique/runtime/fault';
import { createLog } from '@pratique/runtime/log';
import type { Log } from '@pratique/runtime/log';
import { runProgram } from '@pratique/runtime/serve';
import type { ProgramHost } from '@pratique/runtime/serve';
import { convertCommand } from './gate-convert.ts';
import { productVersion } from './product-version.ts';

interface GateFlags {
  readonly standalone?: boolean;
  readonly config?: string;
  readonly secrets?: string;
  readonly certs?: string;
  readonly host?: string;
  readonly port?: string;
  readonly metricsPort?: string;
  readonly logLevel?: string;
  readonly settings?: string;
}

/** EX_CONFIG of sysexits: the configuration is wrong, and starting again does not help (CFG-3). */
const exitConfiguration = 78;

const configurationFaults: ReadonlySet<string> = new Set([
  'gate-configuration-invalid',
  'alerting-invalid',
  'config-invalid',
]);

/** `pratique gate`: the admission webhook, and converting values of older Connaisseurs. */
export function gateCommand(): Command {
  return (
    new Command('gate')
      .description('run the admission webhook: judges and pins the images of workloads')
      .option('--standalone', 'run without a cluster, with files of this machine')
      .option('--config <folder>', 'folder of config.yaml (default: /app/config; with --standalone: .)')
      .option('--secrets <folder>', 'folder with a folder per Secret (default: /app/secrets)')
      .option(
        '--certs <folder>',
        'folder of tls.crt and tls.key (default: /app/certs); with --standalone made where missing',
      )
      .option('--host <address>', 'address to listen on (default: 0.0.0.0; with --standalone: 127.0.0.1)')
      .option('--port <number>', 'port, 0 for any free one (default: 5000)')
      .option('--metrics-port <number>', 'port of /metrics in plain HTTP (default: 9090)')
      .option('--log-level <level>', 'debug, info, warn, error or fatal (default: info)')
      .option('--settings <file>', 'file of variables, one NAME=value a line; the environment wins (default: none)')
      .addHelpText('after', help)
      // Words after convert are its own.
      .enablePositionalOptions()
      .action(run)
      .addCommand(convertCommand())
  );
}

const help = `
In a cluster the chart sets everything (docs/gate.md). Each flag is also a variable (CONFIG_DIR, PORT, DETECTION_MODE …), all
of them described in docs/configuration.md; the flag wins.

Examples:
  $ pratique gate
  $ pratique gate --standalone --config ./gate --port 5000
  $ curl -k https://127.0.0.1:5000/mutate -H 'content-type: application/json' -d @review.json
  $ pratique gate convert old-values.yaml > values.yaml

Stops cleanly on SIGTERM and SIGINT: reviews are taken for some seconds more, and those that run may finish.
Exit codes: 0 stopped, 1 could not start or run (said why), 2 wrong command line, 70 a defect, 78 the configuration is wrong.`;

async function run(flags: GateFlags): Promise<void> {
  if (flags.settings !== undefined) requireFile(flags.settings);
  const environment = environmentOf(flags);
  // What the start learns and the end needs.
  const known = { terminationLog: environment['TERMINATION_LOG'] ?? '/dev/termination-log', isMisconfigured: false };
  const { readGateConfig } = await load();
  const config = orUndefined(() => readGateConfig(environment, optionsOf(flags)));
  await runProgram({
    name: 'gate',
    stopDeadlineMs: config?.stopMs ?? 10_000,
    host: hostOf(known),
    start: async () => {
      try {
        return await start(readGateConfig(environment, optionsOf(flags)));
      } catch (error) {
        known.isMisconfigured = isFault(error) && configurationFaults.has(error.code);
        leaveWord(known.terminationLog, error);
        throw error;
      }
    },
  });
}

function optionsOf({ settings }: GateFlags): { readonly envFile?: string } {
  return settings === undefined ? {} : { envFile: settings };
}

/** The mistakes are told by the start itself. */
function orUndefined<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

type GateDoor = Awaited<ReturnType<typeof load>>;

/** Only when the verb runs: its help must not pay for a server. */
function load() {
  return import('@pratique/gate');
}

async function start(config: ReturnType<GateDoor['readGateConfig']>) {
  const { startGate, gatherLines } = await load();
  const { log, flush } = logOf(config, gatherLines);
  for (const warning of config.warnings) log.warn(warning);
  const gate = await startGate(config.options, { log, version: productVersion });
  log.info({ url: gate.url, metrics: gate.metricsUrl }, 'the gate answers');
  return {
    async stop() {
      await gate.stop();
      flush();
    },
  };
}

function logOf(
  { logLevel, logFormat }: ReturnType<GateDoor['readGateConfig']>,
  gatherLines: GateDoor['gatherLines'],
): { readonly log: Log; readonly flush: () => void } {
  if (logFormat === 'pretty')
    return { log: createLog({ level: logLevel, format: 'pretty', name: 'gate' }), flush: () => undefined };
  const destination = gatherLines(process.stdout, logFormat);
  return { log: createLog({ level: logLevel, format: 'json', name: 'gate', destination }), flush: destination.flush };
}

/** The process, which leaves with a code of its own where the configuration is wrong. */
function hostOf(known: { readonly isMisconfigured: boolean }): ProgramHost {
  return {
    on(event, listener) {
      process.on(event, listener);
      return () => void process.off(event, listener);
    },
    write: (text) => void process.stderr.write(text),
    exit: (code) => process.exit(code === 1 && known.isMisconfigured ? exitConfiguration : code),
  };
}

/** One line where Kubernetes shows it with the pod; only into a file that is there already. */
function leaveWord(path: string, error: unknown): void {
  if (!existsSync(path)) return;
  const [first = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
  const problems = isFault(error) && Array.isArray(error.values['problems']) ? error.values['problems'] : [];
  const [problem] = problems as readonly { readonly path?: string; readonly message?: string }[];
  const detail = problem === undefined ? '' : ` ${problem.path ?? ''}: ${problem.message ?? ''}`;
  try {
    writeFileSync(path, `${excerpt(`${first}${detail}`, 1000)}\n`);
  } catch {
    // The reason is printed as well.
  }
}

/** Flags as the variables they stand for; what was not given leaves the environment as it is. */
function environmentOf(flags: GateFlags): NodeJS.ProcessEnv {
  const { standalone = false } = flags;
  const folder = (path: string | undefined) => (path === undefined ? undefined : resolve(path));
  const environment = { ...process.env };
  const given: Readonly<Record<string, string | undefined>> = {
    STANDALONE: standalone ? 'true' : undefined,
    CONFIG_DIR: folder(flags.config) ?? (standalone ? (environment['CONFIG_DIR'] ?? resolve('.')) : undefined),
    SECRETS_DIR: folder(flags.secrets),
    CERTS_DIR: folder(flags.certs),
    HOST: flags.host ?? (standalone ? (environment['HOST'] ?? '127.0.0.1') : undefined),
    PORT: flags.port,
    METRICS_PORT: flags.metricsPort,
    LOG_LEVEL: flags.logLevel,
    DRAIN_DELAY: standalone ? (environment['DRAIN_DELAY'] ?? '0') : undefined,
  };
  for (const [name, value] of Object.entries(given)) if (value !== undefined) environment[name] = value;
  return environment;
}

/** A file that was named and is not there would silently be nothing at all. */
function requireFile(path: string): void {
  if (existsSync(path)) return;
  throw new Fault({
    code: 'usage',
    message: `There is no file "${excerpt(path, 200)}".`,
    hint: 'Name an existing file.',
  });
}
