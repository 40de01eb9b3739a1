import type { DemoPerson } from '@pratique/hub';

/** The namespace of the demo's team member. */
export const demoPair = { namespace: 'payments', cluster_name: 'harbor-eu' } as const;

/** Three ways to look at the same fleet. None of them is a person. */
export const demoPeople: readonly DemoPerson[] = [
  {
    id: 'demo-security',
    name: 'Security team (demo)',
    email: 'security@example.com',
    role: 'sec_team',
    namespaces: '',
    description: 'Sees the whole fleet; thresholds do not apply.',
  },
  {
    id: 'demo-payments',
    name: 'Payments team (demo)',
    email: 'payments@example.com',
    role: 'team_member',
    namespaces: `${demoPair.namespace}:${demoPair.cluster_name}`,
    description: 'Sees one namespace, payments in harbor-eu.',
  },
  {
    id: 'demo-wildcard',
    name: 'All namespaces (demo)',
    email: 'platform@example.com',
    role: 'team_member',
    namespaces: '*',
    description: 'Sees every namespace, but only what meets the thresholds.',
  },
];

/** Keys of the demo's spokes, one per cluster and bound to it. They open nothing but a demo on this machine. */
export const demoSpokeKeys = ['harbor-eu', 'harbor-us', 'quarantine-lab'].map((cluster) => ({
  key: `demo-key-of-${cluster}-not-a-secret`,
  name: cluster,
  clusters: [cluster],
}));
