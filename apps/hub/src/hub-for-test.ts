import { createServer, connect, type AddressInfo, type Socket } from 'node:net';
import { Client } from 'pg';
import { afterAll, expect, vi } from 'vitest';
import { dataFiles } from '@pratique/testbed/data';
import { seedDemoWorkflow } from '@pratique/testbed/demo-workflow';
import { buildDemoFleet, fleetRole } from '@pratique/testbed/fleet';
import { databaseForTest, type TestDatabase } from '@pratique/testbed/vitest';
import { appDatabaseForTest } from './database/for-test.ts';
import { keptLog } from './http/for-test.ts';
import { configForTest, keys, type ConfigChanges } from './hub-config-for-test.ts';
import { startHub, type Hub, type HubOptions } from './index.ts';

export { keys } from './hub-config-for-test.ts';

/** The headers of somebody, as the spoke that may say anything stamps them. */
export function somebody(user: string, namespaces: string, groups = ''): Record<string, string> {
  return {
    'x-api-key': keys.any,
    'x-forwarded-user': user,
    'x-forwarded-namespaces': namespaces,
    'x-forwarded-groups': groups,
  };
}

/** One person of every role. */
export const people = {
  security: somebody('sofia', '', 'rhacs-sec-team'),
  wildcard: somebody('walter', '*'),
  payments: somebody('alice', 'payments:harbor-eu'),
  nobodysNamespaces: somebody('nora', ''),
} as const;

/** The fleet of the demo with nothing decided, and the application database of one test file. */
export interface Installation {
  readonly app: TestDatabase;
  readonly central: TestDatabase;
  /** Central as the least-privilege role. */
  readonly centralUrl: string;
  /** Writes what the people of the demo have decided. The catalogue must have been loaded, so start a hub first. */
  decide(): Promise<void>;
}

/** Makes both databases; call it at the top of the file. */
export async function installationForTest(): Promise<Installation> {
  const central = await databaseForTest({ template: { name: 'demo_fleet', build: buildFleet } });
  const { test: app } = await appDatabaseForTest();
  const reader = { name: `reader_of_${central.name}`, password: 'only-reads' };
  await asOwner(central.url, (client) => fleetRole(client, { database: central.name, ...reader }));
  afterAll(() => asOwner(central.url, (client) => client.query(`drop owned by ${reader.name}`)));
  return {
    app,
    central,
    centralUrl: central.urlAs({ user: reader.name, password: reader.password }),
    decide: () =>
      asOwner(app.url, (appClient) =>
        asOwner(central.url, (centralClient) =>
          seedDemoWorkflow({ app: appClient, central: centralClient, now: new Date() }),
        ),
      ),
  };
}

async function buildFleet(url: string): Promise<void> {
  await asOwner(url, (client) => buildDemoFleet(client, { seed: 20_260_821, release: '4.11', now: new Date() }));
}

/** Runs `work` on a connection of its own. */
export async function asOwner<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client(url);
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** How a hub of a test differs from the usual one. */
export interface HubChanges extends ConfigChanges {
  readonly options?: Partial<HubOptions>;
}

/** Starts a hub whose every answer is compared with the contract. The caller stops it. */
export async function hubForTest(
  installation: Parameters<typeof configForTest>[0],
  changes: HubChanges = {},
): Promise<Hub> {
  return await startHub({
    config: configForTest(installation, changes),
    log: keptLog().log,
    version: '0.0.0-test',
    defaultKevFile: dataFiles.kev,
    checkResponses: true,
    // Tests share two cores with a database and each other; turning questions away for that is tested in `http/`.
    maxEventLoopDelayMs: 0,
    ...changes.options,
  });
}

/** Waits until a hub serves a version of the findings, or a later one than `after`. */
export async function untilRead(hub: Hub, after = 0): Promise<number> {
  await vi.waitFor(() => expect(hub.source.loadedVersion).toBeGreaterThan(after), { timeout: 40_000, interval: 50 });
  return hub.source.loadedVersion;
}

/** An answer with its body read. */
export interface Answer<T = unknown> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: T;
  readonly text: string;
}

/** Asks a hub over HTTP. */
export async function get<T = Record<string, unknown>>(
  hub: Hub,
  path: string,
  headers: Record<string, string>,
): Promise<Answer<T>> {
  const response = await fetch(`${hub.url}${path}`, { headers });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    text,
    body: JSON.parse(text === '' ? 'null' : text) as T,
  };
}

/** A way to a database that can be cut and laid again, like a network. */
export interface Wire {
  /** The URL of the database through this wire. */
  readonly url: string;
  /** Resets every connection and refuses new ones. */
  cut(): Promise<void>;
  /** Keeps connections open, but lets nothing through: a peer that has fallen silent. */
  freeze(): void;
  /** Undoes `cut` and `freeze`. */
  mend(): Promise<void>;
}

/** Lays a wire to the database of a URL; it is taken away after the tests of the file. */
export async function wireTo(url: string): Promise<Wire> {
  const target = new URL(url);
  const sockets = new Set<Socket>();
  let frozen = false;
  const server = createServer((near) => {
    const far = connect(Number(target.port), target.hostname);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.on('error', () => to.destroy());
      from.on('close', () => {
        sockets.delete(from);
        to.destroy();
      });
      from.pipe(to);
      if (frozen) from.pause();
    }
  });
  const listen = (port: number) => new Promise<void>((done) => server.listen(port, '127.0.0.1', done));
  await listen(0);
  const { port } = server.address() as AddressInfo;
  const cut = async () => {
    const closed = server.listening ? new Promise((done) => server.close(done)) : null;
    sockets.forEach((socket) => socket.destroy());
    await closed;
  };
  afterAll(cut);
  const through = new URL(url);
  through.port = String(port);
  return {
    url: through.href,
    cut,
    freeze() {
      frozen = true;
      sockets.forEach((socket) => socket.unpipe().pause());
    },
    async mend() {
      frozen = false;
      // What a frozen wire swallowed is lost; both ends have to begin anew.
      sockets.forEach((socket) => socket.destroy());
      if (!server.listening) await listen(port);
    },
  };
}
