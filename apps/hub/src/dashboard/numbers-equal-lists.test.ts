import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CveListQuery } from '@pratique/hub/contract';
import { answer } from '../questions/answer.ts';
import { Desk } from '../visibility/desk.ts';
import type { Identity } from '../visibility/naive-oracle-fixture.ts';
import type { ScopeFilter } from '../visibility/reach.ts';
import { smallFilter, smallViewer, smallWorkflow } from '../visibility/small-asks-fixture.ts';
import { smallWorld, worldNow } from '../visibility/small-world-fixture.ts';
import { snapshotOfWorld } from '../visibility/small-world-snapshot-fixture.ts';
import type { Viewer } from '../visibility/viewer.ts';
import { emptyWorkflow, type Workflow } from '../visibility/workflow.ts';
import { linkedNumbers } from './numbers-equal-lists-fixture.ts';

const plainQuery = {
  page: 1,
  page_size: 50,
  sort_by: 'severity',
  sort_desc: true,
  show_suppressed: false,
  prioritized_only: false,
};

function totalOf(desk: Desk, viewer: Viewer, query: Partial<CveListQuery>): number {
  return answer(desk, { kind: 'cve-list', ask: { viewer, query: { ...plainQuery, ...query }, now: worldNow } }).total;
}

/** Numbers that differ from their lists. */
function differences(desk: Desk, viewer: Viewer, filter: ScopeFilter): unknown[] {
  const figures = answer(desk, { kind: 'dashboard', ask: { viewer, filter, now: worldNow } });
  return linkedNumbers(figures).flatMap(({ name, shown, query }) => {
    const listed = totalOf(desk, viewer, { ...filter, ...query });
    return listed === shown ? [] : [{ name, shown, listed }];
  });
}

const case_ = fc.record({
  world: smallWorld,
  identity: fc.constantFrom<Identity>('v1', 'v2'),
  workflow: smallWorkflow({ plain: false }),
  viewers: fc.array(smallViewer, { minLength: 1, maxLength: 3 }),
  filter: smallFilter,
});

describe('every number of the dashboard', () => {
  it('is the total of the list it links to, for any world, workflow, person and scope', { timeout: 120_000 }, () => {
    fc.assert(
      fc.property(case_, ({ world, identity, workflow, viewers, filter }) => {
        const desk = new Desk(snapshotOfWorld(world, identity));
        desk.useWorkflow(workflow);
        for (const viewer of viewers) expect(differences(desk, viewer, filter)).toEqual([]);
      }),
      { numRuns: 1500 },
    );
  });

  it('is judged by the values in the place: here the score is in one cluster, the probability in the other', () => {
    const { figures, total } = twoClusters({ thresholds: { minCvss: 7.1, minEpss: 0.02 } });
    expect([
      figures.stat_total_cves,
      figures.cluster_heatmap.map((row) => row.total),
      figures.cves_per_namespace,
    ]).toEqual([1, [0, 0], []]);
    expect([total({ cluster: 'east' }), total({ cluster: 'west' }), total({ namespace: 'shop' })]).toEqual([0, 0, 0]);
  });

  it('is judged by the rules that hold in the place: here one cluster is covered, and one component', () => {
    const targets = [{ namespace: 'shop', cluster_name: 'east' }];
    const rules = [
      { id: '1', status: 'approved', rule: { type: 'cve', cveId: 'CVE-1', mode: 'namespace', targets } },
      { id: '2', status: 'approved', rule: { type: 'component', componentName: 'zlib', versionPattern: null } },
    ] as const;
    for (const rule of rules) {
      const { figures, total } = twoClusters({ suppressions: [rule] });
      const covered = rule.rule.type === 'cve' ? [0, 1] : [1, 0];
      expect([figures.stat_total_cves, figures.cluster_heatmap.map((row) => row.total)]).toEqual([1, covered]);
      expect([total({ cluster: 'east' }), total({ cluster: 'west' })]).toEqual(covered);
    }
  });
});

/** A CVE with a high score in one cluster and a high probability in the other, in a component each, as a wildcard user sees it. */
function twoClusters(workflow: Partial<Workflow>) {
  const viewer: Viewer = { userId: 'me', reach: { kind: 'all' }, isSecTeam: false, seesAll: true, hasNamespaces: true };
  const place = (at: number, name: string, scores: { readonly cvss: number; readonly epss: number }) => {
    const row = {
      cve: 'CVE-1',
      component: 0,
      severity: 3,
      ...scores,
      impact: 0,
      firstSeen: worldNow,
      published: null,
      fixable: false,
      fixedBy: null,
      kev: null,
    };
    const digest = `sha256:${String(at).repeat(64)}`;
    return {
      digest,
      names: [`reg.test/${at}:1`],
      os: null,
      scanned: true,
      components: [{ name, version: '1' }],
      rows: [row],
      states: {},
      migration: 'v1' as const,
    };
  };
  const images = [place(0, 'openssl', { cvss: 9.8, epss: 0 }), place(1, 'zlib', { cvss: 0, epss: 0.97 })];
  const deployments = images.map(({ digest, names }, at) => {
    const containers = [{ name: names[0]!, digest }];
    return {
      id: `00000000-0000-4000-8000-00000000000${at}`,
      name: 'api',
      namespace: at === 0 ? 'shop' : 'bank',
      cluster: at === 0 ? 'east' : 'west',
      containers,
    };
  });
  const desk = new Desk(snapshotOfWorld({ clusters: ['east', 'west'], images, deployments }, 'v1'));
  desk.useWorkflow({ ...emptyWorkflow, ...workflow });
  const figures = answer(desk, { kind: 'dashboard', ask: { viewer, filter: {}, now: worldNow } });
  return { figures, total: (query: Partial<CveListQuery>) => totalOf(desk, viewer, query) };
}
