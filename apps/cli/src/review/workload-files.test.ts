import { describe, expect, it } from 'vitest';
import { imagesIn } from './workload-files.ts';

function read(text: string, namespace = 'default') {
  return imagesIn([{ file: 'a.yaml', text }], namespace);
}

function shown(text: string): readonly string[] {
  return read(text).uses.map(
    ({ image, namespace, place }) => `${place?.line}:${place?.column} ${namespace}/${place?.name} ${image}`,
  );
}

describe('manifests', () => {
  it('are read with every document, and the line of every image field', () => {
    const text = `# first
apiVersion: v1
kind: Pod
metadata: {name: one}
spec:
  initContainers:
    - {name: i, image: "init:1"}
  containers:
    - name: c
      image: web:1
---
---
apiVersion: batch/v1
kind: CronJob
metadata:
  name: two
  namespace: jobs
spec:
  jobTemplate: {spec: {template: {spec: {containers: [{image: job:1}]}}}}
`;
    expect(shown(text)).toEqual(['10:14 default/one web:1', '7:24 default/one init:1', '19:63 jobs/two job:1']);
  });

  it('are read through lists, also those whose items name no kind, and as JSON', () => {
    const pod = (name: string) => ({ metadata: { name }, spec: { containers: [{ image: `${name}:1` }] } });
    const list = { apiVersion: 'v1', kind: 'List', items: [{ apiVersion: 'v1', kind: 'Pod', ...pod('a') }] };
    expect(shown(JSON.stringify(list))).toHaveLength(1);
    const typed = { apiVersion: 'v1', kind: 'PodList', items: [pod('b'), pod('c')] };
    expect(shown(JSON.stringify(typed)).map((line) => line.split(' ')[1])).toEqual(['default/b', 'default/c']);
  });

  it('tell the kinds that hold no images, and the labels of namespaces', () => {
    const { uses, otherKinds, namespaceLabels } = read(
      'apiVersion: v1\nkind: Service\n---\napiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {team: a}}\n',
    );
    expect(uses).toEqual([]);
    expect([...otherKinds]).toEqual([
      ['Service', 1],
      ['Namespace', 1],
    ]);
    expect(namespaceLabels.get('shop')).toEqual({ team: 'a' });
  });

  it('name the line above where an image stands behind an alias', () => {
    const text = `apiVersion: v1
kind: Pod
metadata: {name: a, annotations: &c {image: "x:1"}}
spec:
  containers: [*c]
`;
    expect(shown(text)).toEqual([expect.stringMatching(/^5:\d+ default\/a x:1$/)]);
  });

  it('see what is behind a merge key, as kubectl does', () => {
    const text = `apiVersion: v1
kind: Pod
metadata: {name: a, annotations: &hidden {containers: [{image: "evil:1"}]}}
spec:
  <<: *hidden
  initContainers: [{image: "init:1"}]
`;
    expect(read(text).uses.map(({ image }) => image)).toEqual(['evil:1', 'init:1']);
  });

  it.each([
    ['a: [', 1],
    ['kind: Pod\napiVersion: v1\nspec: {containers: 5}', 3],
    ['apiVersion: v1\nkind: Pod\nspec:\n  containers:\n    - image: {{ .Values.image }}', 5],
    ['apiVersion: v1\nkind: Pod\nkind: Pod', 3],
  ])('that cannot be read are a mistake with file and line, never without images: %#', (text, line) => {
    expect(() => read(text)).toThrow(
      expect.objectContaining({ code: 'manifest-unreadable', message: expect.stringContaining(`a.yaml:${line}`) }),
    );
  });

  it('that expand to more than anybody can hold are refused', () => {
    const bomb = [
      'a: &a [x,x,x,x,x,x,x,x,x]',
      ...['b', 'c', 'd', 'e', 'f'].map(
        (name, at) => `${name}: &${name} [${Array.from({ length: 9 }, () => `*${'abcdef'[at]}`).join()}]`,
      ),
    ];
    expect(() => read(bomb.join('\n'))).toThrow(expect.objectContaining({ code: 'manifest-unreadable' }));
  });
});
