import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { ask } from './ask.ts';
import { openFleet, startBenchServer } from './fleet-cache.ts';
import { spokeKey, startHubProcess, untilAnswered } from './hub-process.ts';
import type { ConsoleAddress } from './page-measure.ts';

/** A console to look at, with a CVE and an image that it can show. */
export interface OpenConsole extends ConsoleAddress, AsyncDisposable {
  readonly cve: string;
  readonly imageId: string;
}

const root = fileURLToPath(new URL('../../../', import.meta.url));

/** The demo as `npm start` brings it up, in a process of its own. */
export async function openDemoConsole(): Promise<OpenConsole> {
  const data = `${root}.pratique/bench/demo`;
  const child = spawn(process.execPath, [`${root}apps/cli/src/main.ts`, 'demo', '--json', '--data', data], {
    env: { ...process.env, PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
  const { hub } = JSON.parse(line) as { hub: string };
  return {
    url: hub,
    headers: {},
    ...(await somethingToShow(hub, {})),
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM');
      await once(child, 'exit');
    },
  };
}

/** A hub on the fleet of a million rows, as the security team of a spoke sees it. */
export async function openFleetConsole(say: (text: string) => void): Promise<OpenConsole> {
  const server = await startBenchServer(`${root}.pratique/bench`);
  const fleet = await openFleet(server, 'medium', say);
  await server.dropDatabase('app_console');
  await server.createDatabase('app_console');
  const hub = await startHubProcess({
    appUrl: server.url('app_console'),
    centralUrl: server.url(fleet.name, fleet.reader),
    interval: 10,
    consoleRoot: `${root}apps/hub/ui/dist`,
    say,
  });
  const headers = { 'x-api-key': spokeKey, 'x-forwarded-user': 'bench', 'x-forwarded-groups': 'rhacs-sec-team' };
  await untilAnswered(`${hub.url}/api/cves?page_size=1`, headers);
  return {
    url: hub.url,
    headers,
    ...(await somethingToShow(hub.url, headers)),
    async [Symbol.asyncDispose]() {
      await hub.stop();
      await server.stop();
    },
  };
}

async function somethingToShow(
  url: string,
  headers: Readonly<Record<string, string>>,
): Promise<Pick<OpenConsole, 'cve' | 'imageId'>> {
  // Who has been welcomed: a dialog before the page would be measured instead of the page.
  await fetch(`${url}/api/auth/onboarding`, { method: 'PATCH', headers: { ...headers } });
  const cves = JSON.parse((await ask(`${url}/api/cves?page_size=1`, headers)).body.toString()) as {
    items: { cve_id: string }[];
  };
  const images = JSON.parse((await ask(`${url}/api/cves/by-image?page_size=1`, headers)).body.toString()) as {
    items: { image_id: string }[];
  };
  return { cve: cves.items[0]?.cve_id ?? '', imageId: images.items[0]?.image_id ?? '' };
}
