import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import type { PostgresServer } from '../postgres.ts';
import { createEmptyCentral, openFleet, withClient } from './fleet-cache.ts';
import type { FleetSize } from './fleet-cache.ts';
import { startHubProcess } from './hub-process.ts';
import type { HubRequest } from './hub-process.ts';
import { measureFilters } from './measure-filters.ts';
import type { FilterFigure } from './measure-filters.ts';
import { measureHub, untilLoaded } from './measure-hub.ts';
import type { HubFigure } from './measure-hub.ts';
import { measurePolls } from './measure-polls.ts';
import type { PollFigure } from './measure-polls.ts';
import { measureReference } from './measure-reference.ts';
import type { ReferenceFigure } from './measure-reference.ts';
import { measureStarts } from './measure-starts.ts';
import type { StartFigure } from './measure-starts.ts';
import { measureLoad } from './mixed-load.ts';
import type { LoadFigure } from './mixed-load.ts';
import { readFromDisk } from './read-from-disk.ts';
import { plans } from './plan.ts';
import { scopeDraw } from './scopes.ts';
import type { ScopeDraw } from './scopes.ts';
import { seedWorkflow } from './workflow.ts';

/** Everything measured at one size. Times in milliseconds, memory in bytes. */
export interface SizeResult {
  readonly size: FleetSize;
  readonly rows: Readonly<Record<string, number>>;
  readonly reference: readonly ReferenceFigure[];
  readonly hub: readonly HubFigure[];
  readonly filters: readonly FilterFigure[];
  readonly load: LoadFigure;
  /** The first poll of a new installation, as the reader tells it. */
  readonly fullPoll: number;
  /** Resident after that poll, and after all the questions. */
  readonly memoryAfterFullPoll: number;
  readonly memoryAfterQuestions: number;
  /** Starts from kept segments, and with both databases empty. */
  readonly restart: StartFigure;
  readonly emptyStart: StartFigure;
  readonly polls: PollFigure;
}

/** What measuring a size needs. */
export interface SizeWork {
  readonly server: PostgresServer;
  readonly size: FleetSize;
  /** Without the reference there are no ratios and no bars of speed. */
  readonly hubOnly: boolean;
  readonly say: (text: string) => void;
}

const appDatabase = 'bench_app';
const emptyApp = 'bench_empty_app';
const emptyCentral = 'bench_empty_central';
/** A hub gives back what starting and reading took within ten seconds. */
const settleMs = 12_000;
/** Long enough that no poll disturbs what is timed. */
const quietInterval = 3_600;

/** Measures one size: the reference with nothing else running, then the hub. */
export async function measureSize({ server, size, hubOnly, say: report }: SizeWork): Promise<SizeResult> {
  const say = (text: string) => report(`${size}: ${text}`);
  const fleet = await openFleet(server, size, say);
  return withClient(server.url(fleet.name), async (central) => {
    const plan = plans[size];
    const draw = await scopeDraw(central);
    const rows = await countRows(central);
    await readFromDisk(central);
    const reference = hubOnly ? [] : await measureReference({ url: server.url(fleet.name), central, draw, plan, say });
    await server.dropDatabase(appDatabase);
    await server.createDatabase(appDatabase);
    const request = { appUrl: server.url(appDatabase), centralUrl: server.url(fleet.name, fleet.reader), say };
    const asked = await askHub(request, { size, central, draw });
    const restart = await measureStarts(request, { starts: plan.starts, holds: 'findings' });
    say(
      `restart to first answer ${Math.round(restart.firstAnswer?.median ?? Number.NaN)} ms, then ${megabytes(restart.memory)} resident`,
    );
    const emptyStart = await startEmpty(server, say, plan.starts);
    const polls = await measurePolls(request, { central, polls: plan.changedPolls });
    // Leaves the fleet as it was found: no dead rows for the next run to read over.
    await central.query('VACUUM image_cves_v2');
    return { size, rows, reference, ...asked, restart, emptyStart, polls };
  });
}

type Asked = Pick<SizeResult, 'hub' | 'filters' | 'load' | 'fullPoll' | 'memoryAfterFullPoll' | 'memoryAfterQuestions'>;

/** A new installation: first poll, then pages, filters and a crowd. */
async function askHub(
  request: Omit<HubRequest, 'interval'>,
  { size, central, draw }: { readonly size: FleetSize; readonly central: Client; readonly draw: ScopeDraw },
): Promise<Asked> {
  const { say } = request;
  const hub = await startHubProcess({ ...request, interval: quietInterval });
  try {
    const { milliseconds: fullPoll } = await hub.poll(() => true);
    await untilLoaded(hub);
    await sleep(settleMs);
    const memoryAfterFullPoll = await hub.memory();
    say(`first poll ${(fullPoll / 1000).toFixed(1)} s, then ${megabytes(memoryAfterFullPoll)} resident`);
    return await withClient(request.appUrl, async (app) => {
      await seedWorkflow(app, central);
      const work = { hub, app, draw, plan: plans[size], say };
      const pages = await measureHub(work);
      const filters = await measureFilters(work);
      const load = await measureLoad(work);
      const memoryAfterQuestions = await hub.memory();
      say(`${megabytes(memoryAfterQuestions)} resident after all questions`);
      return { hub: pages, filters, load, fullPoll, memoryAfterFullPoll, memoryAfterQuestions };
    });
  } finally {
    await hub.stop();
  }
}

async function startEmpty(server: PostgresServer, say: (text: string) => void, starts: number): Promise<StartFigure> {
  const central = await createEmptyCentral(server, emptyCentral);
  const fresh = async (): Promise<void> => {
    await server.dropDatabase(emptyApp);
    await server.createDatabase(emptyApp);
  };
  const request = { appUrl: server.url(emptyApp), centralUrl: server.url(central.name, central.reader), say };
  const figure = await measureStarts(request, { starts, holds: 'nothing', fresh });
  say(`start with empty databases ${Math.round(figure.ready.median)} ms`);
  await server.dropDatabase(emptyApp);
  return figure;
}

async function countRows(central: Client): Promise<Readonly<Record<string, number>>> {
  const { rows } = await central.query<{ name: string; rows: number }>(
    `SELECT relname AS name, reltuples::int AS rows FROM pg_class WHERE relname IN
       ('deployments', 'deployments_containers', 'images_v2', 'image_component_v2', 'image_cves_v2', 'namespaces', 'clusters')`,
  );
  return Object.fromEntries(rows.map((row) => [row.name, row.rows]));
}

/** Bytes as people read them. */
export function megabytes(bytes: number): string {
  return `${Math.round(bytes / 2 ** 20)} MiB`;
}
