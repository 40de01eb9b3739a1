/** Random things people say about the CVEs of a small world, random people, and what they ask. */
import fc from 'fast-check';
import {
  imageSortKeys,
  sortKeys,
  type CveListQuery,
  type EscalationRule,
  type ImageGroupQuery,
  type Pair,
} from '@pratique/hub/contract';
import type { ScopeFilter } from './reach.ts';
import {
  clusterPool,
  componentPool,
  cvePool,
  deploymentNamePool,
  imageNamePool,
  namespacePool,
  worldNow,
} from './small-world-fixture.ts';
import type { Viewer } from './viewer.ts';
import type { AcceptanceTarget, Workflow, WorkflowAcceptance, WorkflowSuppression } from './workflow.ts';

const cve = fc.constantFrom(...cvePool);
const pair: fc.Arbitrary<Pair> = fc.record({
  namespace: fc.constantFrom(...namespacePool, 'ghost'),
  cluster_name: fc.constantFrom(...clusterPool),
});
/** Half of the rules cover all there is in the pools, so that unions of targets often suffice. */
const pairs = fc.oneof(
  fc.array(pair, { minLength: 1, maxLength: 4 }),
  fc.constantFrom(allPairs(), allPairs().slice(1), allPairs().slice(0, 5)),
);

function allPairs(): Pair[] {
  return clusterPool.flatMap((cluster_name) => namespacePool.map((namespace) => ({ namespace, cluster_name })));
}

const target: fc.Arbitrary<AcceptanceTarget> = fc
  .record({
    place: pair,
    image: fc.constantFrom(undefined, ...imageNamePool),
    deployment: fc.constantFrom(undefined, '00000000-0000-4000-8000-000000000000'),
  })
  .map(({ place, image, deployment }) => ({
    ...place,
    ...(image === undefined ? {} : { image_name: image }),
    ...(deployment === undefined ? {} : { deployment_id: deployment }),
  }));

const acceptances: fc.Arbitrary<WorkflowAcceptance[]> = fc
  .array(
    fc.record({
      cveId: cve,
      status: fc.constantFrom('requested' as const, 'approved' as const),
      mode: fc.constantFrom('all' as const, 'namespace' as const, 'image' as const, 'deployment' as const),
      targets: fc.array(target, { minLength: 1, maxLength: 3 }),
      createdBy: fc.constantFrom('me', 'somebody'),
      createdAt: fc.nat(1000),
    }),
    { maxLength: 4 },
  )
  .map((list) =>
    list.map((one, at) => ({
      ...one,
      id: `acceptance-${at}`,
      createdAt: one.createdAt * 10 + at,
      targets: one.mode === 'all' ? [] : one.targets,
    })),
  );

/** Patterns without metacharacters can be asked of plain SQL, the others cannot. */
export const plainPatterns = [null, '1.1.1', '3.0.7', ''] as const;
const patterns = [...plainPatterns, '*', '?.*', '[13].*', '[!1]*', '2.1[0-5]', '[*'] as const;

function suppressions(versions: readonly (string | null)[]): fc.Arbitrary<WorkflowSuppression[]> {
  const component = fc.record({
    type: fc.constant('component' as const),
    componentName: fc.constantFrom(...componentPool.flatMap(({ name }) => (name === null ? [] : [name]))),
    versionPattern: fc.constantFrom(...versions),
  });
  const ofCve = fc
    .record({
      type: fc.constant('cve' as const),
      cveId: cve,
      mode: fc.constantFrom('all' as const, 'namespace' as const, 'namespace' as const),
      targets: pairs,
    })
    .map((rule) => ({ ...rule, targets: rule.mode === 'all' ? [] : rule.targets }));
  const rule = fc.record({
    status: fc.constantFrom('requested' as const, 'approved' as const, 'approved' as const),
    rule: fc.oneof(component, ofCve),
  });
  return fc.array(rule, { maxLength: 5 }).map((list) => list.map((one, at) => ({ id: `rule-${at}`, ...one })));
}

const days = fc.constantFrom(1, 2, 7, 9, 30, 32, 400);
const escalationRule: fc.Arbitrary<EscalationRule> = fc
  .record({
    severity_min: fc.constantFrom(0, 2, 3, 4),
    epss_threshold: fc.constantFrom(0, 0.01, 0.02, 0.03, 0.97, 1),
    days_to_level1: days,
    days_to_level2: days,
    days_to_level3: days,
    match: fc.constantFrom('any' as const, 'all' as const, undefined),
  })
  .map(present);

/** A random workflow; `plain` keeps its version patterns free of metacharacters. */
export function smallWorkflow(options: { readonly plain: boolean }): fc.Arbitrary<Workflow> {
  return fc.record({
    revision: fc.constant('1'),
    thresholds: fc.record({
      minCvss: fc.constantFrom(0, 4.3, 6.9, 7.1, 9.8),
      minEpss: fc.constantFrom(0, 0, 0.01, 0.02, 0.03, 0.97),
    }),
    escalation: fc.record({
      rules: fc.array(escalationRule, { maxLength: 3 }),
      warningDays: fc.constantFrom(0, 1, 3, 30),
    }),
    priorities: fc.uniqueArray(
      fc.record({
        cveId: cve,
        level: fc.constantFrom('critical' as const, 'high' as const, 'medium' as const, 'low' as const),
        deadline: fc.constantFrom(null, worldNow * 1000, worldNow * 1000 - 86_400_000),
      }),
      { maxLength: 3, selector: ({ cveId }) => cveId },
    ),
    acceptances,
    suppressions: suppressions(options.plain ? plainPatterns : patterns),
    remediations: fc.array(
      fc.record({
        cveId: cve,
        namespace: fc.constantFrom(...namespacePool),
        cluster_name: fc.constantFrom(...clusterPool),
        status: fc.constantFrom(
          'open' as const,
          'in_progress' as const,
          'resolved' as const,
          'verified' as const,
          'wont_fix' as const,
        ),
        resolvedAt: fc.constantFrom(null, worldNow * 1000, (worldNow - 20 * 86_400) * 1000),
      }),
      { maxLength: 8, size: 'max' },
    ),
    knownExploited: fc.uniqueArray(fc.tuple(cve, fc.constantFrom(null, '2026-01-31')), {
      maxLength: 1,
      selector: ([id]) => id,
    }),
  });
}

/** A random person: the security team, the wildcard, the wildcard of a cluster's key, a team with any pairs or none. */
export const smallViewer: fc.Arbitrary<Viewer> = fc.oneof(
  {
    weight: 1,
    arbitrary: fc.constant<Viewer>({
      userId: 'me',
      reach: { kind: 'all' },
      isSecTeam: true,
      seesAll: true,
      hasNamespaces: false,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.constant<Viewer>({
      userId: 'me',
      reach: { kind: 'all' },
      isSecTeam: false,
      seesAll: true,
      hasNamespaces: true,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.subarray([...clusterPool, 'nowhere'], { minLength: 1 }).map<Viewer>((clusters) => ({
      userId: 'me',
      reach: { kind: 'clusters', clusters },
      isSecTeam: false,
      seesAll: true,
      hasNamespaces: true,
    })),
  },
  {
    weight: 5,
    arbitrary: fc.oneof(fc.array(pair, { maxLength: 5 }), fc.constant(allPairs())).map<Viewer>((held) => ({
      userId: 'me',
      reach: { kind: 'pairs', pairs: held },
      isSecTeam: false,
      seesAll: false,
      hasNamespaces: held.length > 0,
    })),
  },
);

/** The optional narrowing of a request. */
export const smallFilter: fc.Arbitrary<ScopeFilter> = fc
  .record({
    cluster: seldom(fc.constantFrom(...clusterPool, 'nowhere')),
    namespace: seldom(fc.constantFrom(...namespacePool, 'ghost')),
  })
  .map(present);

const findingFilters = {
  cluster: seldom(fc.constantFrom(...clusterPool, 'nowhere')),
  namespace: seldom(fc.constantFrom(...namespacePool, 'ghost')),
  search: seldom(
    fc.constantFrom(
      '',
      'cve-2024',
      'RHSA',
      'og4',
      'OPENSSL',
      'component:cve',
      'component:LOG',
      'nothing',
      'TEST/b',
      'image:reg.test/A',
      'image:api',
      'we',
      'deployment:AP',
      'deployment:reg',
    ),
  ),
  severity: seldom(fc.subarray(['0', '1', 'moderate', 'important', '4'], { minLength: 1 })),
  fixable: seldom(fc.boolean()),
  cvss_min: seldom(fc.constantFrom(0, 4.3, 7.1, 9.8)),
  epss_min: seldom(fc.constantFrom(0, 0.01, 0.02, 0.03, 0.97)),
  component: seldom(fc.constantFrom('ssl', 'LOG4J', 'nothing')),
  kev: seldom(fc.boolean()),
  rhacs_state: seldom(
    fc.constantFrom('observed' as const, 'deferred' as const, 'false_positive' as const, 'any' as const),
  ),
  show_suppressed: fc.boolean(),
};

/** Any list query; most filters are absent in most queries, so that something is left to compare. */
export const smallListQuery: fc.Arbitrary<CveListQuery> = fc
  .record({
    ...findingFilters,
    page: fc.constantFrom(1, 1, 1, 2, 3),
    page_size: fc.constantFrom(1, 2, 50, 50),
    prioritized_only: fc.constantFrom(false, false, false, true),
    sort_by: fc.constantFrom('severity', ...sortKeys, 'no_such_key'),
    sort_desc: fc.boolean(),
    risk_status: seldom(fc.constantFrom('any', 'requested', 'approved', 'whatever')),
    remediation_status: seldom(fc.constantFrom('unremediated', 'in_progress', 'remediated', 'whatever')),
    age_min: seldom(fc.constantFrom(0, 7, 8, 31)),
    age_max: seldom(fc.constantFrom(0, 7, 31, 500)),
    deployment: seldom(fc.constantFrom(...deploymentNamePool, 'ap')),
    image_name: seldom(fc.constantFrom(...imageNamePool)),
    component_name: seldom(fc.constantFrom('openssl', 'log4j', 'ssl')),
    first_seen_after: seldom(
      fc.constantFrom(0, 8, 31).map((days) => new Date((worldNow - days * 86_400) * 1000).toISOString()),
    ),
  })
  .map(present);

/** Any query of the view by image. */
export const smallImageQuery: fc.Arbitrary<ImageGroupQuery> = fc
  .record({
    ...findingFilters,
    image_name: seldom(fc.constantFrom(...imageNamePool)),
    sort_by: fc.constantFrom('total_cves', ...imageSortKeys, 'no_such_key'),
    sort_desc: fc.boolean(),
  })
  .map(present);

/** One value in eight; else absent. */
function seldom<T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> {
  return fc.oneof({ weight: 7, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: value });
}

/** The record without the entries that are undefined, as a parsed query has it. */
function present<T extends object>(record: T): T {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)) as T;
}
