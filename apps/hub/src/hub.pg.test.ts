/** The complete hub over real databases: who gets which part of the fleet, whatever they ask. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type {
  AdmissionDetail,
  AdmissionSummary,
  CvePage,
  DashboardData,
  ImageCveGroup,
  ImageDetail,
  Pair,
  SourceStatus,
} from '@pratique/hub/contract';
import { someDecision, someImage, someReport } from './admission/decision-for-test.ts';
import { foreignNames, leaksIn, ownNames } from './api-leaks-for-test.ts';
import {
  asOwner,
  get,
  hubForTest,
  installationForTest,
  keys,
  people,
  somebody,
  untilRead,
  type Answer,
} from './hub-for-test.ts';
import { allRoutes } from './http.ts';
import { authorisationMatrix, type MatrixCaller } from './http/authorisation-matrix.ts';
import type { Hub } from './index.ts';

const installation = await installationForTest();
/** Brought along, but not in dev mode: it must not be reachable. */
const noTrials = {
  clusterName: 'harbor-eu',
  examples: () => [],
  attempt: () => Promise.reject(new Error('tried outside dev mode')),
};
let hub: Hub;

beforeAll(async () => {
  hub = await hubForTest(installation, { options: { trials: noTrials } });
  await untilRead(hub);
  await installation.decide();
});
afterAll(() => hub.stop());

const ask = <T = Record<string, unknown>>(path: string, headers: Record<string, string>) => get<T>(hub, path, headers);
const list = (headers: Record<string, string>, query = '') => ask<CvePage>(`/api/cves?page_size=200${query}`, headers);
const total = async (headers: Record<string, string>, query = '') => (await list(headers, query)).body.total;

/** CVE ids with an observed finding in the given pair, straight from Central. */
async function cvesOf(namespace: string | null, cluster: string | null): Promise<readonly string[]> {
  return await asOwner(installation.central.url, async (client) => {
    const { rows } = await client.query<{ cve: string }>(
      `with images as (select distinct c.image_id, c.image_idv2 from deployments d join deployments_containers c on c.deployments_id = d.id
         where ($1::text is null or d.namespace = $1) and ($2::text is null or d.clustername = $2))
       select distinct cve from (
         select v.cvebaseinfo_cve as cve from images i join image_cves_v2 v on v.imageidv2 = i.image_idv2 and v.imageidv2 <> '' where v.state = 0
         union select v.cvebaseinfo_cve from images i join image_cves_v2 v on v.imageid = i.image_id and v.imageid <> '' where v.state = 0) x order by 1`,
      [namespace, cluster],
    );
    return rows.map(({ cve }) => cve);
  });
}

/** Every CVE id of a list, over all its pages. */
async function allIds(headers: Record<string, string>, query = ''): Promise<readonly string[]> {
  const ids: string[] = [];
  for (let page = 1; ; page += 1) {
    const { items } = (await list(headers, `${query}&page=${page}`)).body;
    ids.push(...items.map((item) => item.cve_id));
    if (items.length < 200) return ids;
  }
}

const callers: readonly MatrixCaller[] = [
  { name: 'anonymous', headers: {}, is: 'nobody' },
  { name: 'wrong key', headers: { ...people.payments, 'x-api-key': 'key-of-nobody' }, is: 'nobody' },
  {
    name: 'headers without a key',
    headers: { 'x-forwarded-user': 'sofia', 'x-forwarded-groups': 'rhacs-sec-team' },
    is: 'nobody',
  },
  { name: 'member without namespaces', headers: people.nobodysNamespaces, is: 'somebody' },
  { name: 'member', headers: people.payments, is: 'somebody' },
  { name: 'wildcard', headers: people.wildcard, is: 'somebody' },
  { name: 'security team', headers: people.security, is: 'sec' },
];

describe('every door', () => {
  it('opens for those it is for and for nobody else', async () => {
    const rows = await authorisationMatrix(hub.app, callers);
    expect(rows.length).toBe(allRoutes(hub.app).length * callers.length);
    expect(rows.length).toBeGreaterThan(100);
    expect(rows.filter(({ violation }) => violation !== null)).toEqual([]);
  });

  it('has no way to try workloads outside dev mode', async () => {
    expect((await ask('/api/dev/deployments', people.security)).status).toBe(404);
    const attempt = await fetch(`${hub.url}/api/dev/deployments`, {
      method: 'POST',
      headers: { ...people.security, 'content-type': 'application/json' },
      body: JSON.stringify({ namespace: 'payments', manifest: 'kind: Pod' }),
    });
    expect(attempt.status).toBe(404);
    expect(allRoutes(hub.app).filter(({ url }) => url.startsWith('/api/dev'))).toEqual([]);
  });

  it('never answers with a defect, whatever stands in its parameters', async () => {
    const odd = ['%00', '%E2%80%AE', 'a'.repeat(900), '..%2F..%2Fetc', '%27%3B--', 'null', '%F0%9F%92%A5'];
    for (const value of odd) {
      for (const path of [
        `/api/cves/${value}`,
        `/api/cves/${value}/timeline`,
        `/api/cves/${value}/visibility`,
        `/api/images/${value}`,
        `/api/cves?search=${value}`,
        `/api/cves?namespace=${value}`,
        `/api/admission/decisions/${value}`,
        `/api/admission/decisions?image=${value}&class=${value}`,
        `/api/admission/summary?namespace=${value}`,
      ]) {
        expect((await ask(path, people.payments)).status, path).toBeLessThan(500);
      }
    }
  });
});

describe('a decision of a gate', () => {
  it('leads to the page of an image that runs within reach, and to no other', async () => {
    const { body: groups } = await ask<ImageCveGroup[]>('/api/cves/by-image', people.payments);
    const known = groups.find(({ image_id }) => image_id.startsWith('sha256:'))?.image_id ?? '';
    const images = [someImage({ digest: known }), someImage({ digest: `sha256:${'0'.repeat(64)}` })];
    const at = '2020-01-01T00:00:00Z';
    const decisions = [someDecision({ at, namespace: 'payments', images }), someDecision({ at, uid: 'other', images })];
    const reported = await fetch(`${hub.url}/api/admission/decisions`, {
      method: 'POST',
      headers: { 'x-api-key': keys.eu, 'content-type': 'application/json' },
      body: JSON.stringify(someReport(decisions, { cluster_name: 'harbor-eu' })),
    });
    expect([reported.status, await reported.json()]).toEqual([202, { accepted: 2, known: 0 }]);
    const detail = await ask<AdmissionDetail>('/api/admission/decisions/uid-1', people.payments);
    expect(detail.body.known_images).toEqual([known]);
    expect((await ask('/api/admission/decisions/other', people.payments)).status).toBe(404);
    expect((await ask<AdmissionSummary>('/api/admission/summary', people.security)).body).toMatchObject({
      state: 'current',
      refused: 0, // What a gate says of long ago is kept, and is not of the last 24 hours.
      clusters: [
        { cluster_name: 'harbor-eu', state: 'current' },
        { cluster_name: 'harbor-us', state: 'never_reported' },
        { cluster_name: 'quarantine-lab', state: 'never_reported' },
      ],
    });
  });
});

describe('the list', () => {
  it('is the whole fleet for the security team, thresholds notwithstanding', async () => {
    expect((await allIds(people.security, '&show_suppressed=true')).toSorted()).toEqual(await cvesOf(null, null));
  });

  it('is nothing but the own namespaces for a member, and differs from the fleet as it must', async () => {
    const own = new Set(await cvesOf('payments', 'harbor-eu'));
    const shown = await allIds(people.payments, '&show_suppressed=true');
    expect(shown.filter((id) => !own.has(id))).toEqual([]);
    expect(shown.length).toBeGreaterThan(500);
    const [security, wildcard, member] = [
      await total(people.security),
      await total(people.wildcard),
      await total(people.payments),
    ];
    expect(member).toBeLessThan(wildcard);
    expect(wildcard).toBeLessThan(security);
  });

  it('gives two users of the same name and namespace in two clusters what runs in their own', async () => {
    const [eu, us] = [somebody('alice', 'payments:harbor-eu'), somebody('alice', 'payments:harbor-us')];
    const query = '&show_suppressed=true&rhacs_state=any';
    const [inEu, inUs] = [await allIds(eu, query), await allIds(us, query)];
    expect(inEu).not.toEqual(inUs);
    for (const { namespace, cluster_name: cluster } of [
      ...(await deploymentsOf(inEu[0]!, eu)),
      ...(await deploymentsOf(inUs[0]!, us)),
    ]) {
      expect(namespace).toBe('payments');
      expect(['harbor-eu', 'harbor-us']).toContain(cluster);
    }
    expect((await deploymentsOf(inEu[0]!, eu)).every(({ cluster_name }) => cluster_name === 'harbor-eu')).toBe(true);
  });

  it('says how old the data is, in a header and in the body', async () => {
    const { headers, body } = await list(people.payments);
    expect(Date.parse(headers.get('x-data-as-of') ?? '')).toBeGreaterThan(Date.now() - 600_000);
    expect(body.data_as_of).toBe(headers.get('x-data-as-of'));
    expect(headers.get('x-data-stale')).toBeNull();
    expect(headers.get('cache-control')).toBe('no-store');
  });
});

async function deploymentsOf(
  cve: string,
  headers: Record<string, string>,
): Promise<readonly (Pair & { readonly deployment_name: string })[]> {
  return (await ask<(Pair & { deployment_name: string })[]>(`/api/cves/${cve}/deployments`, headers)).body;
}

/** Every question that has an answer without anything in scope, and how that answer looks. */
function isNothing({ status, body }: Answer, path: string): boolean {
  if (/^\/api\/(cves\/CVE[^/]*(\?|$|\/timeline)|images\/)/.test(path)) return status === 404;
  if (path.startsWith('/api/dashboard')) return status === 200 && allZero(body as DashboardData);
  const items = Array.isArray(body) ? (body as unknown[]) : (body as { items?: unknown[] }).items;
  return status === 200 && items?.length === 0;
}

function allZero(data: DashboardData): boolean {
  const numbers =
    JSON.stringify({
      ...data,
      data_as_of: null,
      aging_distribution: data.aging_distribution.map(({ count }) => count),
      cve_trend: data.cve_trend.map(({ date: _date, ...counts }) => counts),
      fixable_trend: data.fixable_trend.map(({ date: _date, ...counts }) => counts),
    }).match(/(?<=[:[,])-?\d+(\.\d+)?/g) ?? [];
  return (
    data.priority_cves.length === 0 &&
    data.high_epss_cves.length === 0 &&
    data.cves_per_namespace.length === 0 &&
    numbers.every((number) => Number(number) === 0)
  );
}

describe('nothing in scope', () => {
  let paths: readonly string[];
  beforeAll(async () => {
    const cve = (await list(people.payments)).body.items[0]!.cve_id;
    const [image] = (await ask<ImageCveGroup[]>('/api/cves/by-image', people.payments)).body;
    const id = encodeURIComponent(image!.image_id);
    paths = [
      '/api/cves',
      `/api/cves/${cve}`,
      `/api/cves/${cve}/deployments`,
      `/api/cves/${cve}/timeline`,
      '/api/cves/by-image',
      '/api/cves/by-image?page=1',
      `/api/images/${id}`,
      '/api/dashboard',
    ];
  });

  it('is an empty list, not found or zero for a member without namespaces', async () => {
    for (const path of [...paths, '/api/namespaces'])
      expect(isNothing(await ask(path, people.nobodysNamespaces), path), path).toBe(true);
  });

  it.each([
    ['a cluster that is not theirs', '&cluster=harbor-us', people.payments],
    ['a namespace that is not theirs', '&namespace=checkout', people.payments],
    ['a namespace in the wrong cluster', '&cluster=quarantine-lab&namespace=payments', people.payments],
    ['a cluster that does not exist', '&cluster=atlantis', people.wildcard],
    ['a namespace that does not exist', '&namespace=atlantis', people.security],
  ])('is the same for %s: empty never means all', async (_what, query, headers) => {
    for (const path of paths) {
      const address = `${path}${path.includes('?') ? '&' : '?'}${query.slice(1)}`;
      expect(isNothing(await ask(address, headers), path), address).toBe(true);
    }
  });

  it('is nothing for namespaces that nothing runs in', async () => {
    const headers = somebody('olga', 'payments:atlantis,atlantis:harbor-eu');
    for (const path of paths) expect(isNothing(await ask(path, headers), path), path).toBe(true);
    expect((await ask<Pair[]>('/api/namespaces', headers)).body).toHaveLength(2);
  });
});

describe('narrowing', () => {
  it('of the security team to a cluster or a pair leaves exactly what runs there', async () => {
    const query = '&show_suppressed=true&cluster=harbor-eu';
    expect((await allIds(people.security, query)).toSorted()).toEqual(await cvesOf(null, 'harbor-eu'));
    expect((await allIds(people.security, `${query}&namespace=payments`)).toSorted()).toEqual(
      await cvesOf('payments', 'harbor-eu'),
    );
  });

  it('to the only own pair changes nothing', async () => {
    expect(await allIds(people.payments, '&cluster=harbor-eu&namespace=payments')).toEqual(
      await allIds(people.payments),
    );
  });

  it('holds in the dashboard, whose total is that of the list', async () => {
    for (const headers of [people.security, people.wildcard, people.payments]) {
      for (const query of ['', 'cluster=harbor-eu', 'namespace=payments']) {
        const { body } = await ask<DashboardData>(`/api/dashboard?${query}`, headers);
        expect(body.stat_total_cves, query).toBe(await total(headers, `&${query}`));
        expect(body.severity_distribution.reduce((sum, { count }) => sum + count, 0)).toBe(body.stat_total_cves);
        expect(body.aging_distribution.map(({ bucket }) => bucket)).toEqual(['0-7', '8-30', '31-90', '91-180', '180+']);
      }
    }
  });

  it('counts escalations of the own pairs only', async () => {
    const escalations = async (headers: Record<string, string>, query = '') =>
      (await ask<DashboardData>(`/api/dashboard?${query}`, headers)).body.stat_escalations;
    expect(await escalations(people.security)).toBe(5);
    expect(await escalations(people.payments)).toBe(2);
    expect(await escalations(people.security, 'namespace=payments&cluster=harbor-eu')).toBe(2);
    expect(await escalations(somebody('bob', 'checkout:harbor-eu'))).toBe(0);
  });
});

describe('a member', () => {
  it('never reads a foreign namespace, deployment or image in any answer', async () => {
    const names = await foreignNames(installation.central.url, { namespace: 'payments', cluster_name: 'harbor-eu' });
    expect(names.deployments.size).toBeGreaterThan(200);
    const mine = await allIds(people.payments, '&rhacs_state=any&show_suppressed=true');
    const everything = await allIds(people.security, '&rhacs_state=any&show_suppressed=true');
    const sampled = [
      ...mine.filter((_, at) => at % 25 === 0),
      ...everything.filter((id) => !mine.includes(id)).filter((_, at) => at % 40 === 0),
      'CVE-2021-44228',
    ];
    const paths = [
      ...[
        '/api/dashboard',
        '/api/namespaces',
        '/api/source',
        '/api/version',
        '/api/auth/me',
        '/api/auth/users/search',
        '/api/settings/thresholds',
      ],
      ...[1, 2, 3, 4, 5, 6].map((page) => `/api/cves?page=${page}&page_size=200&rhacs_state=any&show_suppressed=true`),
      ...['/api/cves/by-image', '/api/cves/by-image?page_size=200', '/api/dashboard?cluster=harbor-us'],
      ...sampled.flatMap((id) =>
        ['', '/deployments', '/timeline', '/visibility'].map((rest) => `/api/cves/${id}${rest}`),
      ),
      ...(await imageIds(people.security)).flatMap((id) => [`/api/images/${id}`, `/api/cves/by-image/${id}/cves`]),
    ];
    const leaks: string[] = [];
    for (const path of paths) {
      const { status, body } = await ask(path, people.payments);
      // "Not found: …" repeats what was asked and nothing else.
      const read = status === 404 ? { ...body, detail: String(body['detail']).replace(/(?<=: ).*/, '') } : body;
      leaks.push(...leaksIn(read, names).map((leak) => `${path}: ${leak}`));
    }
    expect(leaks).toEqual([]);
  });

  it('is what the scan above would catch: the security team reads many of these names', async () => {
    const names = await foreignNames(installation.central.url, { namespace: 'payments', cluster_name: 'harbor-eu' });
    for (const path of ['/api/cves/CVE-2021-44228', '/api/cves/by-image', '/api/namespaces', '/api/dashboard'])
      expect(leaksIn((await ask(path, people.security)).body, names).length, path).toBeGreaterThan(3);
  });

  it('reads the images of the own namespace and no others, whatever the id', async () => {
    const own = await ownNames(installation.central.url, { namespace: 'payments', cluster_name: 'harbor-eu' });
    const groups = (await ask<ImageCveGroup[]>('/api/cves/by-image', people.payments)).body;
    expect(groups.length).toBeGreaterThan(2);
    expect(groups.filter(({ image_name }) => !own.images.has(image_name))).toEqual([]);
    const mine = new Set(groups.map(({ image_id }) => image_id));
    const others = (await ask<ImageCveGroup[]>('/api/cves/by-image', people.security)).body.filter(
      ({ image_id }) => !mine.has(image_id),
    );
    for (const { image_id: id } of others.slice(0, 40))
      expect((await ask(`/api/images/${encodeURIComponent(id)}`, people.payments)).status).toBe(404);
    const { body } = await ask<ImageDetail>(`/api/images/${encodeURIComponent(groups[0]!.image_id)}`, people.payments);
    expect(body.cve_count).toBe(groups[0]!.total_cves);
  });

  it('learns of clusters only the own', async () => {
    expect((await ask<SourceStatus>('/api/source', people.payments)).body.clusters.map(({ name }) => name)).toEqual([
      'harbor-eu',
    ]);
    expect((await ask<SourceStatus>('/api/source', people.nobodysNamespaces)).body.clusters).toEqual([]);
    expect((await ask<SourceStatus>('/api/source', people.security)).body.clusters).toHaveLength(3);
  });
});

async function imageIds(headers: Record<string, string>): Promise<readonly string[]> {
  const { body } = await ask<ImageCveGroup[]>('/api/cves/by-image', headers);
  return body.map(({ image_id: id }) => encodeURIComponent(id));
}
