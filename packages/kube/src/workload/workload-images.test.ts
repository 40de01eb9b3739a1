import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { valueAt } from '../json-pointer.ts';
import { parseJsonPath } from './json-path.ts';
import { isWorkloadKind, workloadImages } from './workload-images.ts';
import type { ImageExtractor } from './workload-images.ts';

const podSpec = {
  containers: [
    { name: 'web', image: 'web:1' },
    { name: 'side', image: 'side:2' },
  ],
  initContainers: [{ name: 'init', image: 'init:3', restartPolicy: 'Always' }],
  ephemeralContainers: [{ name: 'debug', image: 'debug:4' }],
  volumes: [
    { name: 'config', configMap: {} },
    { name: 'model', image: { reference: 'model:5' } },
  ],
};
const nested = (spec: unknown) => ({ spec: { template: { spec } } });
const kinds = [
  ['', 'Pod', { spec: podSpec }, '/spec'],
  ['', 'ReplicationController', nested(podSpec), '/spec/template/spec'],
  ['apps', 'Deployment', nested(podSpec), '/spec/template/spec'],
  ['apps', 'ReplicaSet', nested(podSpec), '/spec/template/spec'],
  ['apps', 'DaemonSet', nested(podSpec), '/spec/template/spec'],
  ['apps', 'StatefulSet', nested(podSpec), '/spec/template/spec'],
  ['batch', 'Job', nested(podSpec), '/spec/template/spec'],
  ['batch', 'CronJob', { spec: { jobTemplate: nested(podSpec) } }, '/spec/jobTemplate/spec/template/spec'],
] as const;

function path(text: string) {
  const parsed = parseJsonPath(text);
  if (parsed === undefined) throw new Error(`${text} was not understood`);
  return parsed;
}

describe('images of a workload', () => {
  it.each(kinds)('ADM-4 are found in every list of a %s/%s', (group, kind, object, prefix) => {
    const reading = workloadImages({ group, kind }, object);
    expect(reading).toEqual({
      state: 'read',
      images: [
        { path: `${prefix}/containers/0/image`, list: 'containers', name: 'web', image: 'web:1' },
        { path: `${prefix}/containers/1/image`, list: 'containers', name: 'side', image: 'side:2' },
        { path: `${prefix}/initContainers/0/image`, list: 'initContainers', name: 'init', image: 'init:3' },
        { path: `${prefix}/ephemeralContainers/0/image`, list: 'ephemeralContainers', name: 'debug', image: 'debug:4' },
        { path: `${prefix}/volumes/1/image/reference`, list: 'volumes', name: 'model', image: 'model:5' },
      ],
    });
  });

  it.each([
    [{ group: '', kind: '' }, {}, 'unknown workload kind ""'],
    [{ group: '', kind: 'Ingress' }, {}, 'unknown workload kind "Ingress"'],
    [{ group: 'apps.example.com', kind: 'Deployment' }, nested(podSpec), 'unknown workload kind "Deployment"'],
    [{ group: '', kind: 'constructor' }, {}, 'unknown workload kind "constructor"'],
    [{ group: '', kind: 'Pod' }, {}, 'no containers found in workload object'],
    [{ group: '', kind: 'Pod' }, { spec: { containers: null } }, 'no containers found in workload object'],
    [{ group: 'apps', kind: 'Deployment' }, { spec: { template: null } }, 'no containers found in workload object'],
    [{ group: 'batch', kind: 'CronJob' }, { spec: null }, 'no containers found in workload object'],
    [{ group: '', kind: 'Pod' }, null, 'deserialize conversion to Pod failed: the object is null'],
    [{ group: '', kind: 'Pod' }, 'text', 'deserialize conversion to Pod failed: the object is not an object'],
    [{ group: '', kind: 'Pod' }, { spec: [] }, 'deserialize conversion to Pod failed: /spec is not an object'],
    [
      { group: '', kind: 'Pod' },
      { spec: { containers: { 0: {} } } },
      'deserialize conversion to Pod failed: /spec/containers is not a list',
    ],
    [
      { group: '', kind: 'Pod' },
      { spec: { initContainers: [{ image: 1 }] } },
      'deserialize conversion to Pod failed: /spec/initContainers/0/image is not a string',
    ],
    [
      { group: '', kind: 'Pod' },
      { spec: { containers: ['web:1'] } },
      'deserialize conversion to Pod failed: /spec/containers/0 is not an object',
    ],
  ])('ADM-4 of %j that cannot be read are a problem in words: %j', (kind, object, problem) => {
    expect(workloadImages(kind, object)).toEqual({ state: 'unreadable', problem });
  });

  it('keep a container without an image, so that it is refused and not passed over', () => {
    const reading = workloadImages({ group: '', kind: 'Pod' }, { spec: { containers: [{ name: 'a' }, null] } });
    expect(reading).toMatchObject({ state: 'read', images: [{ image: '' }, { image: '' }] });
  });

  it('are refused whole where there are too many to look at', () => {
    const containers = Array.from({ length: 600 }, (_, at) => ({ image: `web:${at}` }));
    const object = { spec: { containers, initContainers: containers } };
    expect(workloadImages({ group: '', kind: 'Pod' }, object)).toMatchObject({
      state: 'unreadable',
      problem: expect.stringContaining('more than 1000 images') as string,
    });
  });

  it('of custom resources are found by extractors, once each, with escaped pointers', () => {
    const extractor: ImageExtractor = {
      group: 'ci.example.com',
      kind: 'Pipeline',
      podSpecs: [path('$.spec.runs[*].template.spec')],
      images: [path('{.spec.steps[*].image}'), path('$.spec.steps[0].image'), path("$.spec['a/b~c'].*.image")],
    };
    const object = {
      spec: {
        runs: [{ template: { spec: { containers: [{ name: 'run', image: 'run:1' }] } } }, { template: null }],
        steps: [{ image: 'step:1' }, { script: 'none' }],
        'a/b~c': { x: { image: 'odd:1' } },
      },
    };
    const reading = workloadImages({ group: 'ci.example.com', kind: 'Pipeline' }, object, [extractor]);
    expect(reading).toMatchObject({
      images: [
        { path: '/spec/runs/0/template/spec/containers/0/image', image: 'run:1' },
        { path: '/spec/steps/0/image', image: 'step:1' },
        { path: '/spec/a~1b~0c/x/image', image: 'odd:1' },
      ],
    });
    expect(isWorkloadKind({ group: 'ci.example.com', kind: 'Pipeline' }, [extractor])).toBe(true);
    expect(workloadImages({ group: 'ci.example.com', kind: 'Other' }, object, [extractor]).state).toBe('unreadable');
  });

  it('never crash a reader, and every path leads to its image', () => {
    const spec = fc.letrec((tie) => ({
      node: fc.oneof(
        { maxDepth: 5 },
        fc.jsonValue({ maxDepth: 1 }),
        fc.array(tie('node'), { maxLength: 3 }),
        fc.dictionary(
          fc.constantFrom(
            ...['spec', 'template', 'jobTemplate', 'containers', 'initContainers', 'volumes', 'image', 'reference'],
            ...['__proto__', 'name', '0', ''],
          ),
          tie('node'),
        ),
      ),
    })).node;
    const kind = fc.constantFrom(...kinds.map(([group, name]) => ({ group, kind: name })));
    const property = fc.property(spec, kind, (object, of) => {
      const reading = workloadImages(of, object);
      if (reading.state === 'unreadable') expect(reading.problem).not.toBe('');
      else for (const { path: at, image } of reading.images) expect(valueAt(object, at) ?? '').toBe(image);
    });
    fc.assert(property, { numRuns: 300 });
  });
});

describe('a path to images', () => {
  it.each(['', '$', '.', '$..image', '$.a[', '$.a[-1]', '$.a[?(@.b)]', '$.a b', '$.a[*', `$${'.a'.repeat(40)}`])(
    'is refused where it is not understood: %j',
    (text) => {
      expect(parseJsonPath(text)).toBeUndefined();
    },
  );

  it('never finds what objects inherit', () => {
    const reading = workloadImages({ group: 'x', kind: 'Y' }, {}, [
      { group: 'x', kind: 'Y', podSpecs: [], images: [path('$.constructor.name')] },
    ]);
    expect(reading.state).toBe('unreadable');
  });
});
