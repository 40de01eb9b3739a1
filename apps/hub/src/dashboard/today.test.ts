import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { todayReasons, type TodayReason } from '@pratique/hub/contract';
import { answer } from '../questions/answer.ts';
import { Desk } from '../visibility/desk.ts';
import { listItem, visibleOf, type Asked, type Identity, type Judged } from '../visibility/naive-oracle-fixture.ts';
import { smallFilter, smallViewer, smallWorkflow } from '../visibility/small-asks-fixture.ts';
import { smallWorld, worldNow } from '../visibility/small-world-fixture.ts';
import { snapshotOfWorld } from '../visibility/small-world-snapshot-fixture.ts';
import type { ScopeFilter } from '../visibility/reach.ts';
import { emptyWorkflow, type Workflow } from '../visibility/workflow.ts';

const day = 86_400;
const today = new Date(worldNow * 1000).toISOString().slice(0, 10);
const everyone = {
  userId: 'me',
  reach: { kind: 'all' },
  isSecTeam: true,
  seesAll: true,
  hasNamespaces: false,
} as const;

/** The reason as the words of the contract have it, or why it is not on the list. */
function naiveReason(asked: Asked, one: Judged, lastVisit: number | null): TodayReason | null {
  const item = listItem(asked, one);
  if (item.risk_acceptance_status === 'approved' || item.remediation_status === 'remediated') return null;
  if (item.kev === true) return item.kev_due_date != null && item.kev_due_date < today ? 'kev_overdue' : 'kev';
  if (item.has_priority) return 'priority';
  if (item.fixable && item.severity >= 3 && item.epss_probability >= 0.1) return 'likely';
  return lastVisit !== null && one.firstSeen !== null && Math.floor(one.firstSeen) * 1000 > lastVisit ? 'new' : null;
}

function naiveKinds(asked: Asked, filter: ScopeFilter, lastVisit: number | null): Map<string, TodayReason> {
  const reasons = visibleOf(asked, filter).map((one) => [one.cve, naiveReason(asked, one, lastVisit)] as const);
  return new Map(reasons.filter((entry): entry is readonly [string, TodayReason] => entry[1] !== null));
}

describe('what to do today', () => {
  it('is what is visible and open, each CVE once, under its first reason', () => {
    const lastVisits = fc.constantFrom(null, 0, (worldNow - 10 * day) * 1000, worldNow * 1000);
    fc.assert(
      fc.property(
        fc.record({
          world: smallWorld,
          identity: fc.constantFrom<Identity>('v1', 'v2'),
          workflow: smallWorkflow({ plain: false }),
          viewer: smallViewer,
          filter: smallFilter,
          lastVisit: lastVisits,
        }),
        ({ world, identity, workflow, viewer, filter, lastVisit }) => {
          const desk = new Desk(snapshotOfWorld(world, identity));
          desk.useWorkflow(workflow);
          const expected = naiveKinds({ world, identity, workflow, viewer, now: worldNow }, filter, lastVisit);
          const { items, counts } = answer(desk, { kind: 'today', ask: { viewer, filter, now: worldNow, lastVisit } });
          expect(new Map(items.map(({ cve_id, reason }) => [cve_id, reason]))).toEqual(expected);
          expect(items.length).toBe(expected.size);
          for (const reason of todayReasons)
            expect(counts[reason]).toBe([...expected.values()].filter((one) => one === reason).length);
        },
      ),
      { numRuns: 1500 },
    );
  });
});

interface Finding {
  readonly cve: string;
  readonly severity?: number;
  readonly epss?: number;
  readonly kev?: boolean;
  readonly fixable?: boolean;
  /** Days ago. */
  readonly seen?: number;
}

/** One workload with these findings, seen by the security team. */
function todayWith(findings: readonly Finding[], workflow: Partial<Workflow> = {}, lastVisit: number | null = null) {
  const rows = findings.map(({ cve, severity = 2, epss = 0, kev = false, fixable = false, seen = 100 }) => {
    const fix = { fixable, fixedBy: fixable ? '1.2.9' : null };
    return {
      cve,
      component: 0,
      severity,
      cvss: 5,
      epss,
      impact: 0,
      firstSeen: worldNow - seen * day,
      published: null,
      kev,
      ...fix,
    };
  });
  const digest = `sha256:${'0'.repeat(64)}`;
  const image = {
    digest,
    names: ['reg.test/a:1'],
    os: null,
    scanned: true,
    components: [{ name: 'openssl', version: '1' }],
    rows,
    states: {},
    migration: 'v1',
  } as const;
  const deployments = ['shop', 'bank', 'Shop', 'attic'].map((namespace, at) => {
    return {
      id: `00000000-0000-4000-8000-00000000000${at}`,
      name: 'api',
      namespace,
      cluster: 'east',
      containers: [{ name: 'reg.test/a:1', digest }],
    };
  });
  const desk = new Desk(snapshotOfWorld({ clusters: ['east'], images: [image], deployments }, 'v1'));
  desk.useWorkflow({ ...emptyWorkflow, ...workflow });
  return answer(desk, { kind: 'today', ask: { viewer: everyone, filter: {}, now: worldNow, lastVisit } });
}

const many = (prefix: string, count: number, finding: Omit<Finding, 'cve'>): Finding[] =>
  Array.from({ length: count }, (_, at) => ({ cve: `${prefix}-${at}`, ...finding }));

describe('the order of the list', () => {
  it('lets no kind starve another, and ranks kinds as the contract says', () => {
    const findings = [
      ...many('LIKELY', 9, { severity: 4, epss: 0.5, fixable: true }),
      ...many('NEW', 9, { seen: 1 }),
      ...many('KEV', 9, { kev: true }),
      ...many('PRIO', 9, {}),
    ];
    const priorities = many('PRIO', 9, {}).map(({ cve }) => ({ cveId: cve, level: 'high' as const, deadline: null }));
    const { items, counts } = todayWith(findings, { priorities }, (worldNow - 7 * day) * 1000);
    expect(items.map(({ reason }) => reason)).toEqual([
      'kev',
      'kev',
      'priority',
      'priority',
      'likely',
      'likely',
      'new',
      'new',
    ]);
    expect(counts).toEqual({ kev_overdue: 0, kev: 9, priority: 9, likely: 9, new: 9 });
  });

  it('fills up with one kind where there is no other', () => {
    expect(todayWith(many('KEV', 9, { kev: true })).items).toHaveLength(8);
  });

  it('puts what is due first first, and nothing without a day before something with one', () => {
    const findings = ['A', 'B', 'C', 'D'].map((cve) => ({ cve }));
    const at = (days: number) => (worldNow + days * day) * 1000;
    const priorities = [
      { cveId: 'A', level: 'critical' as const, deadline: null },
      { cveId: 'B', level: 'low' as const, deadline: at(9) },
      { cveId: 'C', level: 'low' as const, deadline: at(2) },
      { cveId: 'D', level: 'critical' as const, deadline: at(9) },
    ];
    const { items } = todayWith(findings, { priorities });
    expect(items.map(({ cve_id }) => cve_id)).toEqual(['C', 'D', 'B', 'A']);
    expect(items.map(({ due }) => due)).toEqual(
      [2, 9, 9].map((days) => new Date(at(days)).toISOString().slice(0, 10)).concat([null as never]),
    );
  });

  it('calls a known exploited CVE overdue from the day after it was due', () => {
    const yesterday = new Date((worldNow - day) * 1000).toISOString().slice(0, 10);
    const { items } = todayWith([{ cve: 'A' }, { cve: 'B' }], {
      knownExploited: [
        ['A', today],
        ['B', yesterday],
      ],
    });
    expect(items.map(({ cve_id, reason, due }) => [cve_id, reason, due])).toEqual([
      ['B', 'kev_overdue', yesterday],
      ['A', 'kev', today],
    ]);
  });

  it('ranks likely ones by likelihood before severity', () => {
    const { items } = todayWith([
      { cve: 'A', severity: 4, epss: 0.2, fixable: true },
      { cve: 'B', severity: 3, epss: 0.9, fixable: true },
      { cve: 'C', severity: 4, epss: 0.9, fixable: true },
      { cve: 'D', severity: 4, epss: 0.9, fixable: false },
      { cve: 'E', severity: 2, epss: 0.9, fixable: true },
      { cve: 'F', severity: 4, epss: 0.0999, fixable: true },
    ]);
    expect(items.map(({ cve_id }) => cve_id)).toEqual(['C', 'B', 'A']);
  });

  it('names three namespaces and counts all', () => {
    const [item] = todayWith([{ cve: 'A', kev: true }]).items;
    expect(item).toMatchObject({ namespaces: ['Shop', 'attic', 'bank'], namespace_count: 4, affected_deployments: 4 });
  });

  it('calls nothing new at the first visit', () => {
    expect(todayWith(many('NEW', 3, { seen: 0.1 })).items).toEqual([]);
  });
});

describe('of what is overdue', () => {
  it('what the security team called critical comes first, then the likeliest, not the longest overdue', () => {
    const { items } = todayWith(
      [
        { cve: 'CVE-2020-1', kev: true, epss: 0.2, severity: 4 },
        { cve: 'CVE-2021-2', kev: true, epss: 0.9, severity: 3 },
        { cve: 'CVE-2022-3', kev: true, epss: 0.1, severity: 3 },
      ],
      {
        knownExploited: [
          ['CVE-2020-1', '2020-01-01'],
          ['CVE-2021-2', '2021-01-01'],
          ['CVE-2022-3', '2022-01-01'],
        ],
        priorities: [{ cveId: 'CVE-2022-3', level: 'critical', deadline: null }],
      },
    );
    expect(items.map(({ cve_id }) => cve_id)).toEqual(['CVE-2022-3', 'CVE-2021-2', 'CVE-2020-1']);
  });
});
