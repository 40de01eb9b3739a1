import { describe, expect, it } from 'vitest';
import { answer } from '../questions/answer.ts';
import { layerOfOrigin } from '../findings/layout.ts';
import { Desk } from '../visibility/desk.ts';
import { worldNow, type World, type WorldRow } from '../visibility/small-world-fixture.ts';
import { snapshotOfWorld } from '../visibility/small-world-snapshot-fixture.ts';
import type { Viewer } from '../visibility/viewer.ts';
import { emptyWorkflow, type Workflow } from '../visibility/workflow.ts';

const day = 86_400;
const digests = [0, 1].map((at) => `sha256:${String(at).repeat(64)}`);
const shop: Viewer = {
  userId: 'me',
  reach: { kind: 'pairs', pairs: [{ namespace: 'shop', cluster_name: 'east' }] },
  isSecTeam: false,
  seesAll: false,
  hasNamespaces: true,
};
const security: Viewer = {
  userId: 'sec',
  reach: { kind: 'all' },
  isSecTeam: true,
  seesAll: true,
  hasNamespaces: false,
};

function row(cve: string, changes: Partial<WorldRow> = {}): WorldRow {
  return {
    cve,
    component: 0,
    severity: 2,
    cvss: 8,
    epss: 0.5,
    impact: 0,
    firstSeen: worldNow - day,
    published: null,
    fixable: false,
    fixedBy: null,
    kev: null,
    ...changes,
  };
}

const rows = [
  row('CVE-A', { severity: 4, fixable: true, fixedBy: '1.2.9' }),
  row('CVE-A', { component: 1, fixable: true, fixedBy: '1:0.1' }),
  row('CVE-B', { fixable: true, fixedBy: '1.2.10', firstSeen: worldNow - 5 * day }),
  row('CVE-C', { firstSeen: worldNow - 9 * day, cvss: 1 }),
  row('CVE-D', { component: null }),
];

const world: World = {
  clusters: ['east'],
  images: [
    {
      digest: digests[0]!,
      names: ['reg.test/a:1'],
      os: null,
      scanned: true,
      components: [
        { name: 'openssl', version: '1' },
        { name: 'zlib', version: '2' },
      ],
      rows,
      states: {},
      migration: 'v1',
    },
    {
      digest: digests[1]!,
      names: ['reg.test/b:1'],
      os: null,
      scanned: true,
      components: [{ name: 'openssl', version: '1' }],
      rows: [row('CVE-ELSEWHERE', { cvss: 9 }), row('CVE-LOW', { cvss: 2 })],
      states: {},
      migration: 'v1',
    },
  ],
  deployments: [
    ['web', 'shop', 0],
    ['api', 'shop', 0],
    ['api', 'bank', 0],
    ['job', 'bank', 1],
  ].map(([name, namespace, image], at) => {
    const containers = [{ name: `reg.test/${image === 0 ? 'a' : 'b'}:1`, digest: digests[image as number]! }];
    return {
      id: `00000000-0000-4000-8000-00000000000${at}`,
      name: name as string,
      namespace: namespace as string,
      cluster: 'east',
      containers,
    };
  }),
};

function deskWith(workflow: Partial<Workflow>): Desk {
  const desk = new Desk(snapshotOfWorld(world, 'v1'));
  desk.useWorkflow({ ...emptyWorkflow, ...workflow });
  return desk;
}

function pageOf(viewer: Viewer, workflow: Partial<Workflow> = {}) {
  return answer(deskWith(workflow), {
    kind: 'image-facts',
    ask: { viewer, imageId: digests[0]!, query: { show_suppressed: false } },
  })!;
}

describe('the components of an image', () => {
  it('are those that hold visible CVEs, worst first, with the version that ends all that can be ended', () => {
    const unknown = { layer: null };
    expect(pageOf(security).components).toEqual([
      {
        component_name: 'openssl',
        component_version: '1',
        cve_count: 3,
        worst_severity: 4,
        fixed_by: '1.2.10',
        ...unknown,
      },
      {
        component_name: 'zlib',
        component_version: '2',
        cve_count: 1,
        worst_severity: 2,
        fixed_by: '1:0.1',
        ...unknown,
      },
    ]);
  });

  it('count no hidden CVE', () => {
    const [openssl] = pageOf(shop, { thresholds: { minCvss: 7, minEpss: 0 } }).components;
    expect(openssl?.cve_count).toBe(2);
  });

  it.each([
    [0, null],
    [1 << 8, 'application'],
    [2 << 8, 'base'],
    [3 << 8, null],
    [(1 << 8) | 0xff, 'application'],
  ] as const)('with the origin %i came with the layer %s', (origin, layer) => {
    expect(layerOfOrigin(origin)).toBe(layer);
  });
});

describe('the deployments of an image', () => {
  it('are those of the scope, in order', () => {
    const named = (viewer: Viewer) =>
      pageOf(viewer).deployments.map(({ namespace, deployment_name }) => `${namespace}/${deployment_name}`);
    expect(named(shop)).toEqual(['shop/api', 'shop/web']);
    expect(named(security)).toEqual(['bank/api', 'shop/api', 'shop/web']);
  });

  it('do not betray by their dates when a hidden CVE was first seen', () => {
    const firstSeen = (workflow: Partial<Workflow>) => pageOf(shop, workflow).deployments[0]?.first_seen;
    expect(firstSeen({})).toBe(new Date((worldNow - 9 * day) * 1000).toISOString());
    expect(firstSeen({ thresholds: { minCvss: 7, minEpss: 0 } })).toBe(
      new Date((worldNow - 5 * day) * 1000).toISOString(),
    );
  });
});

describe('the history of an image', () => {
  const at = '2026-03-01T00:00:00.000Z';
  const ids = ['CVE-A', 'CVE-C', 'CVE-ELSEWHERE', 'CVE-LOW', 'CVE-NEVER-HEARD-OF'];
  const countGone = (viewer: Viewer, workflow: Partial<Workflow>) =>
    answer(deskWith(workflow), {
      kind: 'image-history',
      ask: { viewer, filter: {}, changes: [{ at, appeared: [], gone: ids, returned: [] }] },
    })[0]?.gone ?? 0;
  const strict = { thresholds: { minCvss: 7, minEpss: 0 } };

  it('tells the security team all of it', () => {
    expect(countGone(security, strict)).toBe(5);
  });

  it('tells others only of CVEs that show, or certainly did', () => {
    expect(countGone(shop, {})).toBe(4);
    expect(countGone(shop, strict)).toBe(2);
    const priorities = [{ cveId: 'CVE-LOW', level: 'low' as const, deadline: null }];
    expect(countGone(shop, { ...strict, priorities })).toBe(3);
    const rule = {
      id: '1',
      status: 'approved',
      rule: { type: 'cve', cveId: 'CVE-ELSEWHERE', mode: 'all', targets: [] },
    } as const;
    expect(countGone(shop, { ...strict, suppressions: [rule] })).toBe(1);
  });

  it('counts what returned apart, and leaves out changes of which nothing may be told', () => {
    const changes = [
      { at, appeared: ['CVE-A', 'CVE-B'], gone: [], returned: ['CVE-B'] },
      { at, appeared: ['CVE-C'], gone: [], returned: [] },
    ];
    const counted = answer(deskWith(strict), { kind: 'image-history', ask: { viewer: shop, filter: {}, changes } });
    expect(counted).toEqual([{ at, appeared: 1, gone: 0, returned: 1 }]);
  });
});
