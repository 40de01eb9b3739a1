/** What the hub says while something it needs is away: never "no CVEs", always what is missing, and it recovers by itself. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import type {
  CveDetail,
  CvePage,
  ErrorBody,
  ImageCveGroup,
  ImageDetail,
  SourceStatus,
  VisibilityAnswer,
} from '@pratique/hub/contract';
import { asOwner, get, hubForTest, installationForTest, people, untilRead, wireTo } from './hub-for-test.ts';
import type { Hub } from './index.ts';

const [first, second, third, empty, emptied] = await Promise.all([
  installationForTest(),
  installationForTest(),
  installationForTest(),
  installationForTest(),
  installationForTest(),
]);
const intervalSeconds = 0.5;
let hub: Hub | null = null;

afterEach(async () => {
  await hub?.stop();
  hub = null;
});

const patience = { timeout: 20_000, interval: 100 };
const questions = [
  '/api/cves',
  '/api/cves/CVE-2021-44228',
  '/api/cves/CVE-2021-44228/deployments',
  '/api/cves/CVE-2021-44228/visibility',
  '/api/cves/by-image',
  '/api/images/sha256:0',
  '/api/dashboard',
  '/api/namespaces',
];

async function expectRefusals(running: Hub, code: string): Promise<void> {
  for (const path of questions) {
    for (const headers of [people.security, people.payments, people.nobodysNamespaces]) {
      const { status, body } = await get<ErrorBody>(running, path, headers);
      expect([status, body.code], path).toEqual([503, code]);
      expect(body.hint?.length).toBeGreaterThan(20);
      expect(JSON.stringify(body)).not.toMatch(/127\.0\.0\.1|ECONN|postgres|stack":/);
    }
  }
}

const ready = async (running: Hub) =>
  (await get<{ status: string; checks: Record<string, string> }>(running, '/ready', {})).body;

describe('when StackRox goes away', () => {
  it('the last list stays, marked with its age and the reason, and the mark goes when StackRox is back', async () => {
    const wire = await wireTo(first.centralUrl);
    // Above a third of the time between two looks at the state, so that a healthy hub is never stale.
    hub = await hubForTest({ app: first.app, centralUrl: wire.url }, { intervalSeconds: 2 });
    await untilRead(hub);
    const running = hub;
    const list = () => get<CvePage>(running, '/api/cves', people.payments);
    const before = await list();
    const cve = before.body.items[0]!.cve_id;
    const detail = async () => (await get<CveDetail>(running, `/api/cves/${cve}`, people.payments)).body;
    expect((await detail()).record_state).toBe('read');
    expect(await ready(running)).toEqual({ status: 'ok', checks: { app_db: 'ok', stackrox_db: 'ok' } });

    await wire.cut();
    await vi.waitFor(async () => expect((await list()).headers.get('x-data-stale')).toBe('true'), patience);
    const after = await list();
    expect(after.body.total).toBe(before.body.total);
    expect(after.body.items).toEqual(before.body.items);
    const source = async (headers: Record<string, string>) =>
      (await get<SourceStatus>(running, '/api/source', headers)).body;
    await vi.waitFor(
      async () =>
        expect(await source(people.security)).toMatchObject({
          state: 'stale',
          problem: { code: 'stackrox-unavailable' },
        }),
      patience,
    );
    const forMember = await source(people.payments);
    expect(forMember.problem?.code).toBe('stackrox-unavailable');
    expect(JSON.stringify(forMember.problem)).not.toContain('127.0.0.1');
    expect(await ready(running)).toEqual({ status: 'degraded', checks: { app_db: 'ok', stackrox_db: 'unreachable' } });
    const { body: why } = await get<VisibilityAnswer>(running, `/api/cves/${cve}/visibility`, people.payments);
    expect(why.terms.map(({ term }) => term)).toContain('source_stale');

    await wire.mend();
    await vi.waitFor(async () => expect((await list()).headers.get('x-data-stale')).toBeNull(), patience);
    expect((await source(people.security)).problem).toBeNull();
  });

  it('the page of a CVE says that its record could not be looked at, an image the same of its layers', async () => {
    const wire = await wireTo(second.centralUrl);
    hub = await hubForTest({ app: second.app, centralUrl: wire.url }, { intervalSeconds });
    await untilRead(hub);
    const running = hub;
    await wire.cut();
    const { body: list } = await get<CvePage>(running, '/api/cves?sort_by=cve_id', people.security);
    const { status, body } = await get<CveDetail>(running, `/api/cves/${list.items[0]!.cve_id}`, people.security);
    expect([status, body.record_state, body.summary]).toEqual([200, 'unavailable', null]);
    expect(body.affected_deployments_list.length).toBeGreaterThan(0);
    const { body: groups } = await get<ImageCveGroup[]>(running, '/api/cves/by-image', people.security);
    const image = await get<ImageDetail>(running, `/api/images/${groups[0]!.image_id}`, people.security);
    expect([image.status, image.body.layers_state, image.body.layers]).toEqual([200, 'unavailable', []]);
  });

  it('a StackRox that falls silent does not make the list wait', async () => {
    const wire = await wireTo(second.centralUrl);
    hub = await hubForTest({ app: second.app, centralUrl: wire.url }, { intervalSeconds });
    await untilRead(hub);
    wire.freeze();
    expect((await get<CvePage>(hub, '/api/cves', people.payments)).body.total).toBeGreaterThan(100);
    expect((await ready(hub)).checks).toEqual({ app_db: 'ok', stackrox_db: 'timeout' });
    await wire.cut();
  });
});

describe('when StackRox was never read', () => {
  it('every question is refused with the reason, and answered once StackRox comes', async () => {
    const wire = await wireTo(third.centralUrl);
    await wire.cut();
    hub = await hubForTest({ app: third.app, centralUrl: wire.url }, { intervalSeconds });
    await expectRefusals(hub, 'stackrox_unavailable');
    expect((await get(hub, '/health', {})).body).toEqual({ status: 'ok' });
    expect((await ready(hub)).checks).toEqual({ app_db: 'ok', stackrox_db: 'unreachable' });
    expect((await get<SourceStatus>(hub, '/api/source', people.security)).body.state).toBe('never_read');
    await wire.mend();
    await untilRead(hub);
    expect((await get<CvePage>(hub, '/api/cves', people.security)).body.total).toBeGreaterThan(1000);
  });

  it('an empty Central counts as not read: 503, never an empty list', async () => {
    await asOwner(empty.central.url, (client) => client.query('truncate deployments cascade'));
    hub = await hubForTest(empty, { intervalSeconds });
    const running = hub;
    await vi.waitFor(
      async () =>
        expect((await get<SourceStatus>(running, '/api/source', people.security)).body.problem?.code).toBe(
          'source-empty',
        ),
      patience,
    );
    await expectRefusals(hub, 'stackrox_unavailable');
  });
});

it('a Central that is suddenly empty keeps the last list', async () => {
  hub = await hubForTest(emptied, { intervalSeconds });
  await untilRead(hub);
  const running = hub;
  const list = () => get<CvePage>(running, '/api/cves', people.payments);
  const { body: before } = await list();
  await asOwner(emptied.central.url, (client) => client.query('truncate deployments cascade'));
  await vi.waitFor(
    async () =>
      expect((await get<SourceStatus>(running, '/api/source', people.security)).body).toMatchObject({
        state: 'stale',
        problem: { code: 'source-empty' },
      }),
    patience,
  );
  const after = await list();
  expect(after.headers.get('x-data-stale')).toBe('true');
  expect(after.body.items).toEqual(before.items);
});

it('when the own database is away every question says so, and /ready names it', async () => {
  const wire = await wireTo(third.app.url);
  hub = await hubForTest({ app: { url: wire.url }, centralUrl: third.centralUrl }, { intervalSeconds });
  await untilRead(hub);
  await wire.cut();
  await expectRefusals(hub, 'app_db_unavailable');
  expect((await get(hub, '/health', {})).status).toBe(200);
  expect((await ready(hub)).checks).toEqual({ app_db: 'unreachable', stackrox_db: 'ok' });
  await wire.mend();
  const running = hub;
  await vi.waitFor(async () => expect((await get(running, '/api/cves', people.payments)).status).toBe(200), patience);
  await vi.waitFor(async () => expect((await ready(running)).status).toBe('ok'), patience);
});
