/** Asks the desk and the naive oracle the same questions and expects the same answers. */
import { expect } from 'vitest';
import type { CveListItem, CveListQuery, ImageGroupQuery } from '@pratique/hub/contract';
import { answer } from '../questions/answer.ts';
import type { Desk } from './desk.ts';
import { naiveDashboard } from './naive-dashboard-fixture.ts';
import { naiveList } from './naive-list-fixture.ts';
import { imageOf, inScope, visibleOf, type Asked } from './naive-oracle-fixture.ts';
import { naiveDetail, naiveImage, naiveImageGroups, naiveNamespaces, naivePreview } from './naive-pages-fixture.ts';
import { naiveUpcoming } from './naive-upcoming-fixture.ts';
import type { ScopeFilter } from './reach.ts';
import { cvePool } from './small-world-fixture.ts';

/** What one comparison asks besides who and where. */
export interface Questions {
  readonly list: CveListQuery;
  readonly images: ImageGroupQuery;
  readonly filter: ScopeFilter;
}

/** Every question that the snapshot answers, once. */
export function expectSameAnswers(desk: Desk, asked: Asked, questions: Questions): void {
  desk.useWorkflow(asked.workflow);
  expectSameList(desk, asked, questions.list);
  expectSameDetails(desk, asked, questions.filter);
  expectSameExplanations(desk, asked, questions.filter);
  expectSameImages(desk, asked, questions.images);
  expectSameDashboard(desk, asked, questions.filter);
  expect(answer(desk, { kind: 'namespaces', ask: { viewer: asked.viewer } })).toEqual(naiveNamespaces(asked));
  const limits = { min_cvss: questions.list.cvss_min ?? 7.1, min_epss: questions.list.epss_min ?? 0.02 };
  expect(answer(desk, { kind: 'threshold-preview', ask: limits })).toEqual(naivePreview(asked, limits));
}

/** The page of the list: same ids in the same order with the same fields. */
export function expectSameList(desk: Desk, asked: Asked, query: CveListQuery): void {
  const { viewer, now } = asked;
  const page = answer(desk, { kind: 'cve-list', ask: { viewer, query, now } });
  const naive = naiveList(asked, query);
  expect({ total: page.total, items: comparable(page.items, naive.items) }).toEqual({
    total: naive.total,
    items: naive.items,
  });
}

/** Where no rule concerns a CVE, the number of its occurrences is left out; then none may be covered. */
function comparable(items: readonly CveListItem[], naive: readonly CveListItem[]): CveListItem[] {
  return items.map((item, at) =>
    item.total_occurrences === undefined ? { ...item, suppressed_occurrences: 0, ...pick(naive[at]) } : item,
  );
}

function pick(item: CveListItem | undefined): Pick<CveListItem, 'total_occurrences'> {
  return item?.total_occurrences === undefined ? {} : { total_occurrences: item.total_occurrences };
}

function expectSameDetails(desk: Desk, asked: Asked, filter: ScopeFilter): void {
  for (const cveId of [...cvePool, 'CVE-1999-0001']) {
    const ask = { viewer: asked.viewer, cveId, filter };
    const naive = naiveDetail(asked, filter, cveId);
    const facts = answer(desk, { kind: 'cve-facts', ask });
    const parts = answer(desk, { kind: 'cve-page', ask });
    const deployments = answer(desk, { kind: 'cve-deployments', ask });
    if (naive === null) {
      expect([facts, parts, deployments]).toEqual([null, null, []]);
      continue;
    }
    expect(comparable([facts!.item], [naive.item])).toEqual([naive.item]);
    const bare = deployments.map(({ deployment_type: _type, ...rest }) => rest);
    expect(sorted(bare)).toEqual(sorted(naive.deployments));
    expect(deployments.map(({ namespace, deployment_name }) => [namespace, deployment_name])).toEqual(
      naive.deployments.map(({ namespace, deployment_name }) => [namespace, deployment_name]).toSorted(byTexts),
    );
    expect(parts?.facts).toEqual(facts);
    const { page } = parts!;
    expect(page.affected_deployments_list).toEqual(deployments);
    expect(sorted(page.components)).toEqual(sorted(naive.components));
    expect(page.affected_images_list.map((image) => `${image.image_name} ${image.image_id}`).toSorted()).toEqual(
      naive.images,
    );
  }
}

/** The explanation says what the list shows, and names no place the person may not know of. */
function expectSameExplanations(desk: Desk, asked: Asked, filter: ScopeFilter): void {
  const shown = visibleOf(asked, filter).map(({ cve }) => cve);
  for (const cveId of [...cvePool, 'CVE-1999-0001']) {
    const ask = {
      viewer: asked.viewer,
      cveId,
      filter,
      asksAsSecTeam: false,
      annotations: { users: 'users', groups: 'groups' },
      epssFeed: null,
    };
    const explanation = answer(desk, { kind: 'explain', ask });
    expect([cveId, explanation.visible]).toEqual([cveId, shown.includes(cveId)]);
    const unheld = explanation.occurs_in.filter(
      ({ namespace, cluster_name }) => !inScope(asked, {}, { namespace, cluster: cluster_name }),
    );
    expect(unheld).toEqual([]);
  }
}

function byTexts(a: readonly string[], b: readonly string[]): number {
  const at = a.findIndex((text, index) => text !== b[index]);
  return at === -1 ? 0 : a[at]! < b[at]! ? -1 : 1;
}

function sorted(items: readonly unknown[]): string[] {
  return items
    .map((item) => JSON.stringify(Object.entries(item as object).toSorted(([a], [b]) => (a < b ? -1 : 1))))
    .toSorted();
}

function expectSameImages(desk: Desk, asked: Asked, query: ImageGroupQuery): void {
  const { viewer } = asked;
  const naive = naiveImageGroups(asked, query);
  expect(answer(desk, { kind: 'image-groups', ask: { viewer, query } })).toEqual(naive);
  const page = answer(desk, { kind: 'image-page', ask: { viewer, query: { ...query, page: 2, page_size: 1 } } });
  expect(page).toEqual({ items: naive.slice(1, 2), total: naive.length, page: 2, page_size: 1 });
  const { image_name: _name, sort_by: _key, sort_desc: _direction, ...filters } = query;
  for (const image of asked.world.images) {
    for (const name of namesOf(asked, image.digest)) {
      const found = answer(desk, {
        kind: 'image-facts',
        ask: { viewer, imageId: image.digest, query: { ...filters, name } },
      });
      expect(found?.cves ?? null).toEqual(naiveImage(asked, filters, { name, digest: image.digest }));
    }
  }
}

/** Names the image runs under anywhere, and one it does not. */
function namesOf(asked: Asked, digest: string): string[] {
  const used = asked.world.deployments.flatMap(({ containers }) =>
    containers.filter((one) => one.digest === digest).map((one) => imageOf(asked, one)?.name ?? 'nothing'),
  );
  return [...new Set([...used, 'nothing'])];
}

function expectSameDashboard(desk: Desk, asked: Asked, filter: ScopeFilter): void {
  const { viewer, now } = asked;
  const dashboard = answer(desk, { kind: 'dashboard', ask: { viewer, filter, now } });
  const { data_as_of: _age, stat_upcoming_escalations: upcoming, ...figures } = dashboard;
  expect(upcoming).toBe(naiveUpcoming(asked, filter));
  const naive = naiveDashboard(asked, filter);
  expect({
    ...figures,
    priority_cves: comparable(figures.priority_cves, naive.priority_cves),
    high_epss_cves: comparable(figures.high_epss_cves, naive.high_epss_cves),
  }).toEqual(naive);
  const buckets = figures.severity_distribution.reduce((sum, { count }) => sum + count, 0);
  expect(buckets).toBe(figures.stat_total_cves);
}
