import { describe, expect, it } from 'vitest';
import { clustersOf, namespacesOf, readScope, withCluster } from './scope.ts';

const pairs = [
  { namespace: 'payments', cluster_name: 'prod-2' },
  { namespace: 'checkout', cluster_name: 'prod-1' },
  { namespace: 'payments', cluster_name: 'prod-1' },
];

describe('the scope', () => {
  it('reads names, also those that look like numbers, and drops what is no name', () => {
    expect(readScope({ cluster: '1', ns: 7 })).toEqual({ cluster: '1', ns: '7' });
    expect(readScope({ cluster: '', ns: ['a', 'b'] })).toEqual({});
    expect(readScope({ ns: 'x'.repeat(300) })).toEqual({});
  });

  it('lists clusters and namespaces once each, in order', () => {
    expect(clustersOf(pairs)).toEqual(['prod-1', 'prod-2']);
    expect(namespacesOf(pairs, undefined)).toEqual(['checkout', 'payments']);
    expect(namespacesOf(pairs, 'prod-2')).toEqual(['payments']);
  });

  it('drops a namespace that does not exist in the chosen cluster', () => {
    expect(withCluster({ ns: 'checkout' }, 'prod-2', pairs)).toEqual({ cluster: 'prod-2', ns: undefined });
    expect(withCluster({ ns: 'payments' }, 'prod-2', pairs)).toEqual({ cluster: 'prod-2', ns: 'payments' });
  });
});
