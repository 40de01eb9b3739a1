/** What the console asks beyond lists and details, of a real hub over the fleet of the demo. */
import { Validator } from '@seriousme/openapi-schema-validator';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type {
  CvePage,
  DashboardData,
  EpssEntry,
  ImageCveGroup,
  ImageDetail,
  SavedView,
  SourceEvent,
  SourcePoll,
  Today,
} from '@pratique/hub/contract';
import { linkedNumbers } from './dashboard/numbers-equal-lists-fixture.ts';
import { asOwner, get, hubForTest, installationForTest, people, somebody, untilRead } from './hub-for-test.ts';
import { authorisationMatrix } from './http/authorisation-matrix.ts';
import type { Hub } from './index.ts';
import { lintApi } from './openapi-lint.ts';

const installation = await installationForTest();
let hub: Hub;

beforeAll(async () => {
  hub = await hubForTest(installation, { intervalSeconds: 3 });
  await untilRead(hub);
  await installation.decide();
  await asOwner(installation.app.url, (client) =>
    client.query('update global_settings set min_cvss_score = 7.1, min_epss_score = 0.01'),
  );
});
afterAll(() => hub.stop());

const viewers = { ...people, team: somebody('bela', 'payments:harbor-eu,identity:harbor-eu,payments:harbor-us') };

function addressOf(path: string, query: Record<string, unknown>): string {
  const parts = Object.entries(query).flatMap(([name, value]) =>
    [value].flat().map((one) => [name, String(one)] as [string, string]),
  );
  return `${path}?${new URLSearchParams(parts).toString()}`;
}

describe('the description of the API', () => {
  it('is complete with every operation of a whole hub', async () => {
    const document = hub.app.swagger();
    expect(lintApi(document)).toEqual([]);
    const checked = await new Validator().validate(structuredClone(document) as unknown as Record<string, unknown>);
    expect(checked).toMatchObject({ valid: true });
    expect(document.paths?.['/api/events']?.get?.responses['200']).toMatchObject({
      content: { 'text/event-stream': {} },
    });
  });

  it('says truly who may do what', async () => {
    const callers = [
      { name: 'nobody', is: 'nobody' as const, headers: {} },
      { name: 'a member', is: 'somebody' as const, headers: people.payments },
      { name: 'a wildcard user', is: 'somebody' as const, headers: people.wildcard },
      { name: 'the security team', is: 'sec' as const, headers: people.security },
    ];
    const rows = await authorisationMatrix(hub.app, callers);
    expect(rows.filter((row) => row.violation !== null)).toEqual([]);
    expect(rows.filter((row) => row.route.url === '/api/events').map(({ status }) => status)).toEqual([
      401, 200, 200, 200,
    ]);
  });
});

describe('every number of the dashboard', () => {
  it.each(Object.keys(viewers) as (keyof typeof viewers)[])('is the total of its list for %s', async (who) => {
    const { body: figures } = await get<DashboardData>(hub, '/api/dashboard', viewers[who]);
    const differing = [];
    for (const { name, shown, query } of linkedNumbers(figures)) {
      const { body } = await get<CvePage>(hub, addressOf('/api/cves', { ...query, page_size: 1 }), viewers[who]);
      if (body.total !== shown) differing.push({ name, shown, listed: body.total });
    }
    expect(differing).toEqual([]);
  });
});

describe('GET /api/dashboard/today', () => {
  it('names what the list shows, too', async () => {
    const { status, body } = await get<Today>(hub, '/api/dashboard/today', people.payments);
    expect([status, body.items.length > 0, body.last_visit]).toEqual([200, true, null]);
    for (const item of body.items) {
      const { body: listed } = await get<CvePage>(
        hub,
        addressOf('/api/cves', { search: item.cve_id }),
        people.payments,
      );
      const found = listed.items.find(({ cve_id }) => cve_id === item.cve_id);
      expect(found).toMatchObject({ severity: item.severity, cvss: item.cvss, fixable: item.fixable });
      expect(found?.risk_acceptance_status).not.toBe('approved');
    }
  });

  it('calls new what was first seen since the last visit, as the list counts it', async () => {
    const returning = somebody('rita', '*');
    await get(hub, '/api/auth/me', returning);
    const lastVisit = new Date(Date.now() - 2_000 * 86_400_000).toISOString();
    await asOwner(installation.app.url, (client) =>
      client.query(`update users set previous_visit_at = $1 where username = 'rita'`, [lastVisit]),
    );
    const { body } = await get<Today>(hub, '/api/dashboard/today', returning);
    const { body: first } = await get<Today>(hub, '/api/dashboard/today', somebody('ferdinand', '*'));
    const { body: listed } = await get<CvePage>(
      hub,
      addressOf('/api/cves', { first_seen_after: lastVisit }),
      returning,
    );
    expect(body.last_visit).toBe(lastVisit);
    expect(first.counts.new).toBe(0);
    expect(body.counts.new).toBeGreaterThan(0);
    expect(body.counts.new).toBeLessThanOrEqual(listed.total);
  });

  it('is empty for somebody without namespaces', async () => {
    const { body } = await get<Today>(hub, '/api/dashboard/today', people.nobodysNamespaces);
    expect([body.items, body.counts]).toEqual([[], { kev_overdue: 0, kev: 0, priority: 0, likely: 0, new: 0 }]);
  });
});

describe('a search', () => {
  it('finds CVEs by image and by deployment, and no others than an exact filter does', async () => {
    const { body: groups } = await get<ImageCveGroup[]>(hub, '/api/cves/by-image', people.payments);
    const image = groups[0]!;
    const ids = async (query: Record<string, string>) =>
      (await get<CvePage>(hub, addressOf('/api/cves', { ...query, page_size: 200 }), people.payments)).body.items.map(
        ({ cve_id }) => cve_id,
      );
    expect(await ids({ search: `image:${image.image_name}` })).toEqual(await ids({ image_name: image.image_name }));
    expect(await ids({ search: image.image_name })).toEqual(await ids({ image_name: image.image_name }));
    const { body: detail } = await get<ImageDetail>(hub, `/api/images/${image.image_id}`, people.payments);
    const { deployment_name: name } = detail.deployments![0]!;
    const exact = await ids({ deployment: name });
    expect(await ids({ search: `deployment:${name}` })).toEqual(expect.arrayContaining(exact));
    const { body: found } = await get<ImageCveGroup[]>(
      hub,
      addressOf('/api/cves/by-image', { search: `image:${image.image_name}` }),
      people.payments,
    );
    expect(found).toEqual([image]);
  });

  it('does not find workloads of others', async () => {
    const { body: all } = await get<ImageCveGroup[]>(hub, '/api/cves/by-image', people.security);
    const foreign = all.find(({ namespaces }) => !namespaces.includes('payments'))!;
    const { body } = await get<CvePage>(
      hub,
      addressOf('/api/cves', { search: `image:${foreign.image_name}` }),
      people.payments,
    );
    expect(body.total).toBe(0);
  });
});

describe('the page of an image', () => {
  it('names components with their layers, and the deployments of the scope', async () => {
    const { body: groups } = await get<ImageCveGroup[]>(hub, '/api/cves/by-image', people.payments);
    const { body } = await get<ImageDetail>(hub, `/api/images/${groups[0]!.image_id}`, people.payments);
    expect(body.components!.length).toBeGreaterThan(0);
    expect(new Set(body.components!.map(({ layer }) => layer))).toContain('base');
    expect(Math.max(...body.components!.map((one) => one.worst_severity))).toBe(body.cves[0]!.severity);
    expect(new Set(body.deployments!.map(({ namespace, cluster_name }) => `${namespace}:${cluster_name}`))).toEqual(
      new Set(['payments:harbor-eu']),
    );
    expect(body.history).toEqual([]);
  });

  it('tells a team of scans only what it may know', async () => {
    const { body: groups } = await get<ImageCveGroup[]>(hub, '/api/cves/by-image', people.payments);
    const id = groups[0]!.image_id;
    const { body: page } = await get<ImageDetail>(hub, `/api/images/${id}`, people.payments);
    const { body: all } = await get<ImageDetail>(hub, `/api/images/${id}`, people.security);
    const visible = new Set(page.cves.map(({ cve_id }) => cve_id));
    const hidden = all.cves.map(({ cve_id }) => cve_id).filter((cve) => !visible.has(cve));
    expect(hidden.length).toBeGreaterThan(0);
    const appeared = [...hidden, ...[...visible].slice(0, 1)];
    await asOwner(installation.app.url, (client) =>
      client.query(
        `insert into image_history (source, ref, at, appeared) select source, ref, now(), $1 from findings_segments`,
        [appeared],
      ),
    );
    const history = async (who: Record<string, string>) =>
      (await get<ImageDetail>(hub, `/api/images/${id}`, who)).body.history?.map(({ appeared }) => appeared);
    expect(await history(people.payments)).toEqual([1]);
    expect(await history(people.security)).toEqual([hidden.length + 1]);
  });
});

describe('the feed of exploit probabilities', () => {
  it('is told for many CVEs at once, and unknown ones are left out', async () => {
    const { body: known } = await get<CvePage>(hub, '/api/cves?page_size=20&sort_by=epss_probability', people.security);
    const cves = [...known.items.map(({ cve_id }) => cve_id), 'CVE-1900-0001'];
    const { status, body } = await get<EpssEntry[]>(hub, addressOf('/api/epss', { cve: cves }), people.payments);
    expect(status).toBe(200);
    expect(body.length).toBeGreaterThan(0);
    expect(body.every(({ cve_id, probability }) => cves.includes(cve_id) && probability > 0 && probability <= 1)).toBe(
      true,
    );
    expect(body.map(({ cve_id }) => cve_id)).not.toContain('CVE-1900-0001');
    expect((await get(hub, '/api/epss', people.payments)).status).toBe(422);
    expect(
      (
        await get(
          hub,
          addressOf('/api/epss', { cve: Array.from({ length: 201 }, (_, at) => `CVE-${at}`) }),
          people.payments,
        )
      ).status,
    ).toBe(422);
  });
});

describe('polls of the source', () => {
  it('are listed for the security team, newest first', async () => {
    const { body } = await get<SourcePoll[]>(hub, '/api/source/polls', people.security);
    const first = body.at(-1)!;
    expect(first).toMatchObject({ outcome: 'published', version: 1, message: null });
    expect(first.images_read).toBeGreaterThan(0);
    expect(body.map(({ at }) => at)).toEqual(
      body
        .map(({ at }) => at)
        .toSorted()
        .toReversed(),
    );
    expect((await get(hub, '/api/source/polls', people.wildcard)).status).toBe(403);
  });
});

describe('saved views', () => {
  it('answer as the contract says', async () => {
    const post = (payload: object) =>
      fetch(`${hub.url}/api/views`, {
        method: 'POST',
        headers: { ...people.payments, 'content-type': 'application/json' },
        body: JSON.stringify(payload),
      });
    const made = await post({ name: 'Mine', search: 'severity=4' });
    const view = (await made.json()) as SavedView;
    expect([made.status, view.name]).toEqual([201, 'Mine']);
    expect((await post({ name: 'Mine', search: '' })).status).toBe(409);
    expect((await get<SavedView[]>(hub, '/api/views', people.payments)).body).toEqual([view]);
    expect((await get<SavedView[]>(hub, '/api/views', people.security)).body).toEqual([]);
    const removed = await fetch(`${hub.url}/api/views/${view.id}`, { method: 'DELETE', headers: people.payments });
    expect([removed.status, await removed.text()]).toEqual([204, '']);
  });
});

/** Asks until a hub that has just started on a busy machine no longer turns requests away. */
async function opened(asked: Hub, path: string, headers: Record<string, string>): Promise<Response> {
  return await vi.waitFor(
    async () => {
      const response = await fetch(`${asked.url}${path}`, { headers });
      if (response.status === 503) throw new Error(await response.text());
      return response;
    },
    { timeout: 30_000, interval: 250 },
  );
}

/** Listens until a stream has told something that `isEnough` says yes to; gives back what it told. */
async function listen(
  url: string,
  headers: Record<string, string>,
  isEnough: (events: readonly SourceEvent[]) => boolean,
) {
  const leaving = new AbortController();
  const response = await fetch(`${url}/api/events`, { headers, signal: leaving.signal });
  const events: SourceEvent[] = [];
  let text = '';
  for await (const chunk of response.body!) {
    text += Buffer.from(chunk).toString('utf8');
    events.splice(
      0,
      events.length,
      ...[...text.matchAll(/^event: source\ndata: (.*)\n\n/gm)].map(([, data]) => JSON.parse(data!) as SourceEvent),
    );
    if (isEnough(events)) break;
  }
  leaving.abort();
  return { response, events };
}

describe('GET /api/events', () => {
  it('tells the state at once and again when the source was read', async () => {
    const { response, events } = await listen(
      hub.url,
      people.payments,
      (told) => told.at(-1)?.data_as_of !== told[0]?.data_as_of,
    );
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect([response.headers.get('cache-control'), response.headers.get('x-accel-buffering')]).toEqual([
      'no-store',
      'no',
    ]);
    expect(events[0]?.version).toBe(hub.source.loadedVersion);
    expect(events.at(-1)!.data_as_of! > events[0]!.data_as_of!).toBe(true);
  });

  it('is closed to nobody in particular', async () => {
    const response = await fetch(`${hub.url}/api/events`);
    expect(response.status).toBe(401);
    await response.body?.cancel();
  });

  it('gives one person ten streams, and the eleventh when one has gone', async () => {
    const greedy = somebody('greta', '*');
    const leaving = Array.from({ length: 11 }, () => new AbortController());
    const answers = [];
    for (const { signal } of leaving) answers.push(await fetch(`${hub.url}/api/events`, { headers: greedy, signal }));
    expect(answers.map(({ status }) => status)).toEqual([...Array.from({ length: 10 }, () => 200), 429]);
    expect(answers[10]?.headers.get('retry-after')).toBe('60');
    leaving[0]!.abort();
    await vi.waitFor(async () => {
      const again = await fetch(`${hub.url}/api/events`, { headers: greedy, signal: leaving[10]!.signal });
      expect(again.status).toBe(200);
    });
    leaving.forEach((one) => one.abort());
  });

  it('is not opened by a question about its headers alone', async () => {
    const curious = somebody('carla', '*');
    const asked = await Promise.all(
      Array.from({ length: 12 }, () => fetch(`${hub.url}/api/events`, { method: 'HEAD', headers: curious })),
    );
    expect(new Set(asked.map(({ status }) => status))).toEqual(new Set([200]));
  });

  it('does not keep a hub from stopping', async () => {
    const second = await hubForTest(installation, { options: { reads: false } });
    const response = await opened(second, '/api/events', people.payments);
    const text = response.text();
    const closed = second.app.close();
    expect(await text).toContain('event: source');
    await closed;
    await second.stop();
  });

  it('takes the person of a demo by the query, in dev mode only', async () => {
    const demo = {
      id: 'demo-ana',
      name: 'Ana',
      email: 'ana@example.com',
      role: 'team_member',
      namespaces: 'payments:harbor-eu',
      description: '',
    } as const;
    const dev = await hubForTest(installation, {
      env: { DEV_MODE: 'true' },
      options: { reads: false, people: [demo] },
    });
    const status = async (path: string) => {
      const response = await opened(dev, path, {});
      await response.body?.cancel();
      return response.status;
    };
    expect(await status('/api/events?once=true&dev_person=demo-ana')).toBe(200);
    expect(await status('/api/events?once=true&dev_person=nobody-of-it')).toBe(401);
    expect(await status('/api/auth/me?dev_person=nobody-of-it')).toBe(200);
    await dev.stop();
    const real = await fetch(`${hub.url}/api/events?once=true&dev_person=demo-ana`);
    expect(real.status).toBe(401);
    await real.body?.cancel();
  });
});
