import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { Fault } from '@pratique/runtime/fault';
import { createLog } from '@pratique/runtime/log';
import { runProgram } from '@pratique/runtime/serve';
import type { Constellation } from '@pratique/testbed/constellation';
import { consoleFolder } from './shipped-files.ts';
import { emphasis, print, progressLine, say } from './print.ts';
import { productVersion } from './product-version.ts';

interface DemoFlags {
  readonly reset: boolean;
  readonly json: boolean;
  readonly dev: boolean;
  readonly data: string;
  readonly verbose: boolean;
}

/** `pratique demo`: what `npm start` runs. */
export function demoCommand(): Command {
  return new Command('demo')
    .description('bring up everything with a demo fleet: databases, hub, three people to look through')
    .option('--reset', 'throw away the kept databases and begin anew', false)
    .option('--json', 'when all is ready, print one line of JSON with every address', false)
    .option('--dev', 'restart when a source changes, and show readable logs', false)
    .option('--data <folder>', 'where the databases are kept', defaultFolder())
    .option('--verbose', 'show the log of the hub', false)
    .addHelpText(
      'after',
      `
PORT sets the hub's port (default 8000); where it is taken, the next free one is used and said.

Examples:
  $ npm start
  $ npm start -- --reset
  $ PORT=9000 npm start -- --json

Exit codes: 0 stopped, 1 could not start (said why), 2 wrong command line or PORT, 70 a defect.`,
    )
    .action(async (flags: DemoFlags) => {
      if (flags.dev && process.env['PRATIQUE_WATCHED'] !== 'true') {
        await watchSources();
        return;
      }
      // Read before the program begins: a wrong value is a mistake of the command line, with its exit code.
      const port = wantedPort(process.env['PORT']);
      await runProgram({ name: 'demo', stopDeadlineMs: 20_000, start: () => start(flags, port) });
    });
}

function defaultFolder(): string {
  return fileURLToPath(new URL('../../../.pratique/demo', import.meta.url));
}

async function start(flags: DemoFlags, port: number): Promise<Constellation> {
  const { startConstellation } = await import('@pratique/testbed/constellation');
  const level = flags.dev || flags.verbose ? 'info' : 'warn';
  const log = createLog({ level, format: 'pretty', name: 'demo', destination: process.stderr });
  const progress = progressLine();
  const begun = performance.now();
  const constellation = await startConstellation({
    folder: flags.data,
    reset: flags.reset,
    port,
    log,
    version: productVersion,
    consoleRoot: consoleFolder(),
    now: () => new Date(),
    onProgress: (what) => progress.show(what),
  });
  progress.clear();
  if (port !== 0 && constellation.hub.port !== port) {
    say(emphasis.warning(`Port ${port} is taken; this demo uses ${constellation.hub.port}.`));
  }
  if (flags.json) {
    print(JSON.stringify(addresses(constellation)));
  } else {
    describe(constellation, (performance.now() - begun) / 1000);
  }
  return constellation;
}

/** A port from the environment; anything else is refused with what is allowed. */
export function wantedPort(text: string | undefined): number {
  if (text === undefined || text === '') {
    return 8000;
  }
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new Fault({
      code: 'usage',
      message: `PORT is "${text.slice(0, 20)}", which is no port.`,
      hint: 'Set PORT to a number from 0 to 65535; 0 takes any free one.',
    });
  }
  return port;
}

/** Everything a script needs, as one object. */
function addresses({ hub, spokeHub, databases, people, spokeKeys, registry, cluster }: Constellation) {
  return {
    hub: hub.url,
    spoke_api: spokeHub.url,
    databases: { app: databases.appUrl, stackrox: databases.centralUrl },
    people: people.map(({ id, name, role, namespaces }) => ({ id, name, role, namespaces })),
    spoke_keys: spokeKeys,
    registry: registry.address,
    images: registry.images.map(({ repository, tag, story }) => ({
      reference: `${registry.address}/${repository}:${tag}`,
      story,
    })),
    signing_key: registry.key,
    gate: { webhook: cluster.gate.url, metrics: cluster.gate.metricsUrl, authorities: cluster.gate.authorities() },
    api_server: { url: cluster.apiServer.url, kubeconfig: cluster.kubeconfig },
  };
}

function describe(constellation: Constellation, seconds: number): void {
  const { hub, spokeHub, people, spokeKeys, registry } = constellation;
  const { strong, link, quiet } = emphasis;
  print(`${strong('Pratique is ready')} ${quiet(`(${seconds.toFixed(1)} s)`)}`);
  print();
  print(`  Open   ${link(hub.url)}`);
  print('  Look through the eyes of (menu at the top right):');
  for (const { name, description } of people) {
    print(`    ${strong(name.padEnd(24))} ${description}`);
  }
  print();
  print('  Ask as a spoke does:');
  print(`    curl -s '${spokeHub.url}/api/cves?page_size=3' \\`);
  print(`      -H 'X-Api-Key: ${spokeKeys[0]?.key ?? ''}' \\`);
  print(`      -H 'X-Forwarded-User: somebody' -H 'X-Forwarded-Namespaces: payments:harbor-eu'`);
  print();
  describeRegistry(registry);
  print();
  describeGate(constellation);
  print();
  print(quiet('  The data is kept between starts; npm start -- --reset begins anew. Ctrl-C stops everything.'));
}

function describeRegistry({ address, images, key }: Constellation['registry']): void {
  const { strong } = emphasis;
  print(`  Look at images of the registry ${strong(address)}:`);
  for (const { repository, tag, story } of images) {
    print(`    ${strong(`${repository}:${tag}`.padEnd(24))} ${story}`);
  }
  const file = relative(process.cwd(), key.publicFile);
  print(`    npx pratique verify --insecure-ignore-tlog --key ${file} ${address}/shop/web:1.0`);
}

function describeGate({ hub, cluster, registry }: Constellation): void {
  const { link, quiet } = emphasis;
  print('  Try a deployment, signed or not, and see what the gate decides:');
  print(`    ${link(`${hub.url}/try`)}, then ${link(`${hub.url}/admission`)}`);
  const file = relative(process.cwd(), cluster.kubeconfig);
  print(
    `    kubectl --kubeconfig ${file} -n payments run x --image ${registry.address}/shop/web:1.1 ${quiet('# any kubectl')}`,
  );
}

/**
 * Starts this command again under Node's watcher, which restarts it whenever a file it imports changes, and beside it the console's own
 * development server, which shows a change at once.
 */
async function watchSources(): Promise<void> {
  const { spawn } = await import('node:child_process');
  const main = fileURLToPath(new URL('main.ts', import.meta.url));
  const vite = spawn(
    fileURLToPath(new URL('../../../node_modules/.bin/vite', import.meta.url)),
    ['--host', '127.0.0.1'],
    {
      cwd: fileURLToPath(new URL('../../hub/ui', import.meta.url)),
      stdio: 'inherit',
      env: { ...process.env, HUB_URL: `http://127.0.0.1:${wantedPort(process.env['PORT'])}` },
    },
  );
  const child = spawn(process.execPath, ['--watch', '--watch-preserve-output', main, ...process.argv.slice(2)], {
    stdio: 'inherit',
    env: { ...process.env, PRATIQUE_WATCHED: 'true' },
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      child.kill(signal);
      vite.kill(signal);
    });
  }
  process.exitCode = await new Promise<number>((resolve) => child.on('exit', (code) => resolve(code ?? 0)));
  vite.kill();
}
