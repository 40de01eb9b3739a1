/** Several hubs of one installation: one of them reads StackRox, all say the same, and none is needed by the others. */
import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { CvePage } from '@pratique/hub/contract';
import {
  asOwner,
  get,
  hubForTest,
  installationForTest,
  people,
  untilRead,
  wireTo,
  type Installation,
} from './hub-for-test.ts';
import type { ChildAsk } from './hub-child-for-test.ts';
import { keptLog } from './http/for-test.ts';
import type { Hub } from './index.ts';

const [agreeing, handedOver, killed] = await Promise.all([
  installationForTest(),
  installationForTest(),
  installationForTest(),
]);
const intervalSeconds = 0.5;
const running: { stop(): Promise<void> }[] = [];
const children: ChildProcess[] = [];

afterEach(async () => {
  children.splice(0).forEach((child) => child.kill('SIGKILL'));
  await Promise.all(running.splice(0).map((hub) => hub.stop()));
});

async function start(
  databases: Parameters<typeof hubForTest>[0],
): Promise<{ readonly hub: Hub; readonly lines: readonly string[] }> {
  const { log, lines } = keptLog();
  const hub = await hubForTest(databases, { intervalSeconds, options: { log } });
  running.push(hub);
  return { hub, lines };
}

const patience = { timeout: 30_000, interval: 100 };
const elected = (lines: readonly string[]) => lines.some((line) => line.includes('"this process reads StackRox'));
const pages = async (hub: Hub) => {
  const { body } = await get<CvePage>(hub, '/api/cves?page_size=200', people.security);
  return { total: body.total, items: body.items };
};

/** Something happens in the fleet: a deployment goes. */
async function change({ central }: Installation): Promise<void> {
  await asOwner(central.url, (client) =>
    client.query(`delete from deployments where id = (select id from deployments order by id limit 1)`),
  );
}

describe('two hubs of one installation', () => {
  it('serve the same version with the same answers, and only one of them reads', async () => {
    const [one, other] = [await start(agreeing), await start(agreeing)];
    await untilRead(one.hub);
    await untilRead(other.hub);
    expect(await pages(other.hub)).toEqual(await pages(one.hub));
    expect([elected(one.lines), elected(other.lines)].filter(Boolean)).toHaveLength(1);
    const version = one.hub.source.loadedVersion;
    await change(agreeing);
    await untilRead(one.hub, version);
    await vi.waitFor(() => expect(other.hub.source.loadedVersion).toBe(one.hub.source.loadedVersion), patience);
    expect(await pages(other.hub)).toEqual(await pages(one.hub));
  });

  it('hand over the reading when the one that reads is stopped', async () => {
    const one = await start(handedOver);
    await untilRead(one.hub);
    const other = await start(handedOver);
    const version = await untilRead(other.hub);
    running.splice(running.indexOf(one.hub), 1);
    await one.hub.stop();
    await change(handedOver);
    await untilRead(other.hub, version);
    expect(elected(other.lines)).toBe(true);
  });

  it('survive the death of the one that reads in the middle of reading', async () => {
    const wire = await wireTo(killed.centralUrl);
    const ask: ChildAsk = { appUrl: killed.app.url, centralUrl: wire.url, intervalSeconds };
    const child = fork(fileURLToPath(new URL('hub-child-for-test.ts', import.meta.url)), [JSON.stringify(ask)], {
      stdio: 'ignore',
    });
    children.push(child);
    const said: string[] = [];
    child.on('message', (message: { log?: string }) => said.push(message.log ?? ''));
    await vi.waitFor(() => expect(said.some((line) => line.includes('a new version'))).toBe(true), patience);
    const { hub, lines } = await start(killed);
    const version = await untilRead(hub);
    expect(elected(lines)).toBe(false);

    wire.freeze();
    await change(killed);
    // Longer than its interval: it is waiting for an answer that never comes, holding the lock.
    await new Promise((resolve) => setTimeout(resolve, 3 * intervalSeconds * 1000));
    const dead = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await dead;
    await untilRead(hub, version);
    expect(elected(lines)).toBe(true);
    expect((await pages(hub)).total).toBeGreaterThan(1000);
  });
});
