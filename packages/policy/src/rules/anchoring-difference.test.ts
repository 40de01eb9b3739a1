import { expect, it } from 'vitest';
import { anchoringDifferences } from './anchoring-difference.ts';
import { policyOf } from './policy-for-test.ts';

it('PAT-3 POL-04 names the running images for which anchoring chooses another rule', () => {
  const policy = policyOf(['*:*', 'registry.k8s.io/*:*', 'docker.io/test:*', 'redis']);
  const place = { namespace: 'shop' };
  const images = [
    'registry.k8s.io/pause:3',
    'attacker.example/registry.k8s.io/x:1',
    'test:1',
    'redis:7',
    'Not Readable',
  ];
  const found = anchoringDifferences(
    policy,
    images.map((image) => ({ image, place })),
  );
  expect(found.map(({ image, anchored, legacy }) => [image, anchored?.index, legacy?.index])).toEqual([
    ['attacker.example/registry.k8s.io/x:1', 0, 1],
    ['test:1', 2, 0],
  ]);
});
