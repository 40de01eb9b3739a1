/** Sorting, filtering and paging of the lists over HTTP, each compared with what the whole list says. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  imageSortKeys,
  sortKeys,
  type CveListItem,
  type CvePage,
  type ErrorBody,
  type ImageCveGroup,
  type ImageCveGroupPage,
} from '@pratique/hub/contract';
import { asOwner, get, hubForTest, installationForTest, people, untilRead } from './hub-for-test.ts';
import type { Hub } from './index.ts';

const installation = await installationForTest();
/** An id no digest looks like, as other sources of findings may give. */
const oddId = 'odd/path:with@marks';
let hub: Hub;
let fleet: readonly CveListItem[];

beforeAll(async () => {
  await asOwner(installation.central.url, async (client) => {
    const { rows } = await client.query<{ digest: string }>(
      'select image_id as digest from deployments_containers where image_id like $1 group by 1 order by count(*) desc, 1 limit 1',
      ['sha256:%'],
    );
    await client.query(`set session_replication_role = replica`);
    for (const [table, column] of [
      ['images', 'id'],
      ['images_v2', 'digest'],
      ['deployments_containers', 'image_id'],
      ['image_cves_v2', 'imageid'],
      ['image_component_v2', 'imageid'],
    ]) {
      await client.query(`update ${table} set ${column} = $1 where ${column} = $2`, [oddId, rows[0]?.digest]);
    }
  });
  hub = await hubForTest(installation);
  await untilRead(hub);
  await installation.decide();
  fleet = await whole('');
});
afterAll(() => hub.stop());

const ask = <T = Record<string, unknown>>(path: string, headers: Record<string, string> = people.security) =>
  get<T>(hub, path, headers);

/** A list over all its pages of the given size. */
async function whole(query: string, size = 200): Promise<readonly CveListItem[]> {
  const items: CveListItem[] = [];
  for (let page = 1; ; page += 1) {
    const { status, body } = await ask<CvePage>(`/api/cves?page=${page}&page_size=${size}&${query}`);
    expect(status, query).toBe(200);
    items.push(...body.items);
    if (page * size >= body.total) {
      expect(items).toHaveLength(body.total);
      return items;
    }
  }
}

const ids = (items: readonly CveListItem[]) => items.map(({ cve_id: id }) => id);
const sorted = (items: readonly CveListItem[]) => ids(items).toSorted();

/** What a key sorts by; a missing date is the earliest instant. */
function rank(item: CveListItem, key: (typeof sortKeys)[number]): number | string {
  const value = item[key];
  if (key === 'cve_id') return item.cve_id;
  if (typeof value === 'string') return Date.parse(value);
  return Number(value ?? Number.NEGATIVE_INFINITY);
}

describe('sorting', () => {
  it.each(sortKeys.flatMap((key) => [true, false].map((desc) => [key, desc] as const)))(
    'by %s, descending: %s, gives every CVE once over its pages',
    async (key, desc) => {
      const items = await whole(`sort_by=${key}&sort_desc=${desc}`, 173);
      expect(sorted(items)).toEqual(sorted(fleet));
      const firstPlain = items.findIndex(({ has_priority: has }) => !has);
      expect(items.slice(firstPlain).some(({ has_priority: has }) => has)).toBe(false);
      const ranks = items.slice(firstPlain).map((item) => rank(item, key));
      const wrong = ranks.filter((value, at) => at > 0 && (desc ? value > ranks[at - 1]! : value < ranks[at - 1]!));
      expect(wrong).toEqual([]);
    },
  );

  it('by something unknown is sorting by severity', async () => {
    expect(ids(await whole('sort_by=colour'))).toEqual(ids(await whole('sort_by=severity')));
  });

  it('is the same at every page size', async () => {
    expect(ids(await whole('sort_by=epss_probability', 61))).toEqual(ids(await whole('sort_by=epss_probability', 200)));
  });
});

const daysOld = ({ first_seen: at }: CveListItem) =>
  at === null ? Number.NaN : Math.floor((Date.now() - Date.parse(at)) / 86_400_000);
const filters: readonly (readonly [string, (item: CveListItem) => boolean])[] = [
  [
    'search=cve-2021',
    ({ cve_id: id, component_names: names }) => [id, ...names].some((text) => text.toLowerCase().includes('cve-2021')),
  ],
  ['search=log4j', ({ component_names: names }) => names.some((name) => name.includes('log4j'))],
  ['search=component:openssl', ({ component_names: names }) => names.some((name) => name.includes('openssl'))],
  ['severity=4', ({ severity }) => severity === 4],
  ['severity=critical&severity=2', ({ severity }) => severity === 4 || severity === 2],
  ['severity=important', ({ severity }) => severity === 3],
  ['fixable=true', ({ fixable }) => fixable],
  ['fixable=false', ({ fixable }) => !fixable],
  ['prioritized_only=true', ({ has_priority: has }) => has],
  ['cvss_min=9.8', ({ cvss }) => cvss >= 9.8],
  ['epss_min=0.5', ({ epss_probability: epss }) => epss >= 0.5],
  ['component=SSL', ({ component_names: names }) => names.some((name) => name.toLowerCase().includes('ssl'))],
  ['risk_status=any', ({ has_risk_acceptance: has }) => has],
  ['risk_status=requested', ({ risk_acceptance_status: status }) => status === 'requested'],
  ['risk_status=approved', ({ risk_acceptance_status: status }) => status === 'approved'],
  ['risk_status=whatever', () => true],
  ['remediation_status=in_progress', ({ remediation_status: status }) => status === 'in_progress'],
  ['remediation_status=remediated', ({ remediation_status: status }) => status === 'remediated'],
  ['remediation_status=unremediated', ({ remediation_status: status }) => status === 'unremediated'],
  ['kev=true', ({ kev }) => kev === true],
  ['kev=false', ({ kev }) => kev !== true],
  ['age_max=30', (item) => daysOld(item) <= 30],
  ['age_min=31&age_max=200', (item) => daysOld(item) >= 31 && daysOld(item) <= 200],
  [
    'severity=4&fixable=true&epss_min=0.1&cvss_min=9',
    (item) => item.severity === 4 && item.fixable && item.epss_probability >= 0.1 && item.cvss >= 9,
  ],
];

describe('filtering', () => {
  it.each(filters)('%s leaves exactly what fits', async (query, fits) => {
    const expected = fleet.filter(fits);
    expect(expected.length, 'this filter would prove nothing').toBeGreaterThan(0);
    expect(sorted(await whole(query))).toEqual(sorted(expected));
  });

  it('by deployment leaves what runs in deployments of that name', async () => {
    const { body } = await ask<{ deployment_name: string }[]>('/api/cves/CVE-2021-44228/deployments');
    const name = body[0]!.deployment_name;
    const found = await whole(`deployment=${encodeURIComponent(name)}`);
    expect(ids(found)).toContain('CVE-2021-44228');
    for (const { cve_id: cve } of found.slice(0, 20)) {
      const { body: where } = await ask<{ deployment_name: string }[]>(`/api/cves/${cve}/deployments`);
      expect(where.map((one) => one.deployment_name)).toContain(name);
    }
    expect(await whole('deployment=no-such-deployment')).toEqual([]);
  });

  it('shows suppressed CVEs and exceptions of RHACS on request only', async () => {
    const suppressed = (await whole('show_suppressed=true')).filter(({ is_suppressed: is }) => is);
    expect(suppressed.length).toBeGreaterThan(0);
    expect(fleet.filter(({ is_suppressed: is }) => is)).toEqual([]);
    for (const [state, number] of [
      ['deferred', 1],
      ['false_positive', 2],
    ] as const) {
      const found = await whole(`rhacs_state=${state}`);
      expect(found.length).toBeGreaterThan(0);
      expect(found.every(({ rhacs_state: is }) => is === number)).toBe(true);
    }
  });

  it('ignores parameters nobody knows', async () => {
    expect((await ask<CvePage>('/api/cves?colour=blue&utm_source=mail&page_size=1')).body.total).toBe(fleet.length);
  });

  it('answers beyond the end with no items and the true total', async () => {
    expect((await ask<CvePage>('/api/cves?page=9999')).body).toMatchObject({
      items: [],
      total: fleet.length,
      page: 9999,
    });
  });
});

describe('a value that cannot be', () => {
  it.each([
    ...[
      'page=0',
      'page=-1',
      'page=two',
      'page_size=0',
      'page_size=201',
      'cvss_min=11',
      'cvss_min=high',
      'epss_min=1.1',
    ],
    ...[
      'age_min=-1',
      'fixable=perhaps',
      'severity=purple',
      'severity=7',
      'rhacs_state=sleeping',
      `search=${'x'.repeat(201)}`,
      `cluster=${'x'.repeat(256)}`,
    ],
  ])('%s is refused with 422 and says where', async (query) => {
    const { status, body } = await ask<ErrorBody>(`/api/cves?${query}`);
    expect([status, body.code]).toEqual([422, 'validation']);
    expect(body.request_id).toMatch(/^[\w-]{8,}$/);
    const [issue] = body.detail as { loc: unknown[]; msg: string }[];
    expect(issue?.loc.slice(0, 2)).toEqual(['query', query.split('=')[0]]);
  });
});

describe('the list by image', () => {
  it.each(imageSortKeys.flatMap((key) => [true, false].map((desc) => [key, desc] as const)))(
    'sorted by %s, descending: %s, has every image once over its pages',
    async (key, desc) => {
      const { body: bare } = await ask<ImageCveGroup[]>('/api/cves/by-image');
      const items: ImageCveGroup[] = [];
      for (let page = 1; items.length < bare.length; page += 1) {
        const { body } = await ask<ImageCveGroupPage>(
          `/api/cves/by-image?page=${page}&page_size=50&sort_by=${key}&sort_desc=${desc}`,
        );
        expect(body.total).toBe(bare.length);
        expect(body.items.length).toBeGreaterThan(0);
        items.push(...body.items);
      }
      const names = (groups: readonly ImageCveGroup[]) =>
        groups.map((group) => `${group.image_name} ${group.image_id}`).toSorted();
      expect(names(items)).toEqual(names(bare));
      const wrong = items.filter(
        (item, at) => at > 0 && (desc ? item[key] > items[at - 1]![key] : item[key] < items[at - 1]![key]),
      );
      expect(wrong).toEqual([]);
    },
  );

  it('puts every CVE of an image into one severity', async () => {
    const { body } = await ask<ImageCveGroup[]>('/api/cves/by-image', people.payments);
    for (const group of body)
      expect(group.critical_cves + group.high_cves + group.medium_cves + group.low_cves).toBe(group.total_cves);
  });
});

describe('an image id', () => {
  it.each([
    ['raw', oddId],
    ['percent-encoded', encodeURIComponent(oddId)],
    ['half and half', 'odd%2Fpath:with%40marks'],
  ])('with slashes and marks is understood %s', async (_how, id) => {
    const { status, body } = await ask(`/api/images/${id}`);
    expect([status, body['image_id']]).toEqual([200, oddId]);
    const { body: cves } = await ask<unknown[]>(`/api/cves/by-image/${id}/cves`);
    expect(cves).toHaveLength(Number(body['cve_count']));
  });

  it('that nobody runs is not found, in words and with a code', async () => {
    for (const id of ['sha256:0000', 'a/b/c', 'a%2Fb%2Fc', '%2F', 'cves']) {
      const { status, body } = await ask<ErrorBody>(`/api/images/${id}`);
      expect([status, body.code], id).toEqual([404, 'not_found']);
    }
  });
});
