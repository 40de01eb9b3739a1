import { expect, it } from 'vitest';
import { createParents } from './parents.ts';
import type { Owner } from './needs.ts';

const owner: Owner = {
  apiVersion: 'apps/v1',
  group: 'apps',
  kind: 'ReplicaSet',
  name: 'web',
  uid: 'u',
  namespace: 'shop',
};
const parent = (...images: readonly string[]) => ({
  metadata: { uid: 'u' },
  spec: { template: { spec: { containers: images.map((image) => ({ image })) } } },
});

function world(answer: () => unknown) {
  let ms = 1;
  let fetches = 0;
  const troubles: unknown[] = [];
  const parents = createParents({
    async fetch() {
      fetches += 1;
      return answer();
    },
    ...{ extractors: [], clock: () => ms, keepMs: 10_000, entries: 10 },
    onTrouble: (_owner, error) => troubles.push(error),
  });
  return { parents, troubles, fetches: () => fetches, pass: (by: number) => void (ms += by) };
}

it('ADM-11 a parent is asked for once in ten seconds, however many children ask', async () => {
  const { parents, fetches, pass } = world(() => parent('web:1'));
  const answers = await Promise.all(Array.from({ length: 100 }, () => parents.names(owner, 'web:1')));
  expect(answers.every(Boolean)).toBe(true);
  expect(fetches()).toBe(1);
  pass(10_001);
  await parents.names(owner, 'web:1');
  expect(fetches()).toBe(2);
});

it('ADM-11 a remembered parent that does not name the image is asked again: it may have changed just now', async () => {
  let now = parent('web:1');
  const { parents, fetches } = world(() => now);
  expect(await parents.names(owner, 'web:1')).toBe(true);
  now = parent('web:2');
  expect(await parents.names(owner, 'web:2')).toBe(true);
  expect(fetches()).toBe(2);
});

it.each([
  ['it is not there', () => undefined],
  ['its uid is another', () => ({ ...parent('web:1'), metadata: { uid: 'other' } })],
  ['it has no uid', () => ({ ...parent('web:1'), metadata: {} })],
  ['it cannot be read', () => ({ metadata: { uid: 'u' }, spec: 5 })],
  ['it names another image', () => parent('web:2')],
  [
    'it is being deleted: it makes no children, and is changed unseen',
    () => ({ ...parent('web:1'), metadata: { uid: 'u', deletionTimestamp: '2026-01-01T00:00:00Z' } }),
  ],
  [
    'the API server does not answer',
    () => {
      throw new Error('away');
    },
  ],
])('ADM-11 nothing is passed where %s', async (_why, answer) => {
  const { parents } = world(answer);
  expect(await parents.names(owner, 'web:1')).toBe(false);
});

it('remembers parents by how much they name, not only by how many they are', async () => {
  const many = Array.from({ length: 1_000 }, (_, at) => `${'x'.repeat(1_000)}${at}`);
  const { parents, fetches } = world(() => parent('web:1', ...many));
  for (let at = 0; at < 9; at += 1) await parents.names({ ...owner, name: `web-${at}` }, 'web:1');
  await parents.names(owner, 'web:1');
  await parents.names({ ...owner, name: 'web-0' }, 'web:1');
  expect(fetches(), 'the first was let go of').toBe(11);
});
