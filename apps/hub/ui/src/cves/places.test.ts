import type { AffectedDeployment, AffectedImage } from '@pratique/hub/contract';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openAtFirst, type PlaceRow, rowsOf } from './place-rows.ts';
import { narrowed, type Place, placedImages, placesOf } from './places.ts';

function deployment(change: Partial<AffectedDeployment>): AffectedDeployment {
  return {
    deployment_id: 'd1',
    deployment_name: 'api',
    namespace: 'checkout',
    cluster_name: 'prod-1',
    image_name: 'registry.example.com/api:1',
    image_id: 'sha256:a',
    first_seen: null,
    ...change,
  };
}

const image: AffectedImage = {
  image_id: 'sha256:a',
  image_name: 'registry.example.com/api:1',
  operating_system: null,
  severity: 4,
  cvss: 10,
  affected_deployments: 1,
  components: [{ component_name: 'log4j-core', component_version: '2.14.1', fixable: true, fixed_by: '2.15.0' }],
};

function fleet(size: number): readonly AffectedDeployment[] {
  return Array.from({ length: size }, (_unused, at) =>
    deployment({
      deployment_id: `d${at}`,
      deployment_name: `app-${at}`,
      namespace: `ns-${at % 400}`,
      cluster_name: `c-${at % 9}`,
    }),
  );
}

function shown(places: readonly Place[], folds: readonly string[] = []): readonly PlaceRow[] {
  return rowsOf(places, { folds: new Set(folds), openFirst: openAtFirst(places), shownOf: () => 25 });
}

describe('where a CVE runs', () => {
  it('counts deployments and images at every level, each once', () => {
    const rows = [
      deployment({}),
      deployment({ image_id: 'sha256:b', image_name: 'registry.example.com/sidecar:1' }),
      deployment({ deployment_id: 'd2', deployment_name: 'web', namespace: 'shop' }),
      deployment({ deployment_id: 'd3', cluster_name: 'prod-2' }),
    ];
    const [first, second] = placesOf(placedImages(rows, [image]));
    expect([first?.name, first?.deployments, first?.images]).toEqual(['prod-1', 2, 2]);
    expect([second?.name, second?.deployments, second?.images]).toEqual(['prod-2', 1, 1]);
    expect(first?.children.map(({ name, deployments }) => [name, deployments])).toEqual([
      ['checkout', 1],
      ['shop', 1],
    ]);
    expect(first?.children[0]?.children[0]?.leaves.length).toBe(2);
  });

  it('names the component and its fix for each image', () => {
    const [cluster] = placesOf(placedImages([deployment({})], [image]));
    expect(cluster?.children[0]?.children[0]?.leaves[0]?.components[0]?.fixed_by).toBe('2.15.0');
  });

  it('finds places by any of their names, and by component', () => {
    const rows = placedImages(
      [deployment({}), deployment({ deployment_id: 'd2', image_id: 'x', image_name: 'other', cluster_name: 'LAB' })],
      [image],
    );
    expect(narrowed(rows, ' LOG4J ').length).toBe(1);
    expect(narrowed(rows, 'lab').length).toBe(1);
    expect(narrowed(rows, 'nowhere')).toEqual([]);
  });

  it('keeps every deployment, whatever its names are', () => {
    const names = fc.constantFrom('a', 'b', 'a/b', '%2F', '', '\u202e', '__proto__', '🧨');
    const anyRow = fc.record({ deployment_id: fc.string({ minLength: 1 }), namespace: names, cluster_name: names });
    fc.assert(
      fc.property(fc.uniqueArray(anyRow, { selector: (row) => row.deployment_id, maxLength: 60 }), (rows) => {
        const places = placesOf(
          placedImages(
            rows.map((row) => deployment(row)),
            [],
          ),
        );
        expect(places.reduce((sum, place) => sum + place.deployments, 0)).toBe(rows.length);
        const keys = rowsOf(places, { folds: new Set(), openFirst: () => true, shownOf: () => Infinity }).map(
          ({ key }) => key,
        );
        expect(new Set(keys).size).toBe(keys.length);
      }),
    );
  });

  it('opens a small CVE wholly and a wide-spread one not at all', () => {
    expect(shown(placesOf(placedImages(fleet(3), []))).filter(({ level }) => level === 3).length).toBe(3);
    expect(shown(placesOf(placedImages(fleet(25_000), []))).every(({ level }) => level === 1)).toBe(true);
  });

  it('draws few rows of 25,000 deployments, even with a cluster and a namespace open', () => {
    const places = placesOf(placedImages(fleet(25_000), []));
    const rows = shown(places, ['c-0', 'c-0/ns-0']);
    expect(rows.length).toBeLessThan(100);
    expect(rows.some(({ content }) => content.kind === 'more')).toBe(true);
  });

  it('stands a deployment of one image in one row, of several in one row each', () => {
    const two = [deployment({}), deployment({ image_id: 'sha256:b', image_name: 'b' })];
    expect(shown(placesOf(placedImages(two, []))).map(({ content }) => content.kind)).toEqual([
      'place',
      'place',
      'place',
      'image',
      'image',
    ]);
    expect(shown(placesOf(placedImages([deployment({})], []))).length).toBe(3);
  });
});
