import { describe, expect, it } from 'vitest';
import { centralForTest, insertImage } from './central-fixture.ts';
import type { CentralTestDatabase } from './central-fixture.ts';
import { detectSchema } from './schema.ts';
import type { CentralRelease } from './schema.ts';
import { readInventory } from './small-tables.ts';

const cluster = '00000000-0000-4000-8000-00000000000c';
const deployment = '00000000-0000-4000-8000-00000000000d';
const digest = 'sha256:1111';
const uuid = '00000000-0000-5000-8000-000000000001';
const name = 'registry.test/pay/api:1.2';

const releases: readonly CentralRelease[] = ['4.8', '4.9', '4.10', '4.11', 'next'];
const databases = await Promise.all(releases.map((release) => centralForTest(release)));
const nulls = await centralForTest('next');
const mixed = await centralForTest('4.11');
const empty = await centralForTest('4.11');

describe.each(releases.map((release, index) => ({ release, central: databases[index] as CentralTestDatabase })))(
  'the inventory of $release',
  ({ release, central }) => {
    const generation = release === '4.11' || release === 'next' ? 2 : 1;
    const ref = generation === 1 ? digest : uuid;

    it('holds clusters, namespaces, workloads, containers and deployed images', async () => {
      await fill(central, { release, generation, ref });
      const connection = central.open();
      const inventory = await readInventory(connection, await detectSchema(connection));
      expect(inventory.clusters).toEqual([
        { id: cluster, name: 'prod-1', health: 4, lastContact: Date.UTC(2026, 7, 1, 12) / 1000 },
      ]);
      expect(inventory.namespaces).toMatchObject([
        {
          name: 'pay',
          clusterId: cluster,
          clusterName: 'prod-1',
          labels: { team: 'pay' },
          annotations: { owner: 'alice,bob' },
        },
      ]);
      expect(inventory.deployments).toEqual([
        {
          id: deployment,
          name: 'api',
          type: 'Deployment',
          namespace: 'pay',
          clusterId: cluster,
          clusterName: 'prod-1',
          created: Date.UTC(2026, 0, 2, 3, 4, 5) / 1000,
          platformComponent: false,
        },
      ]);
      expect(inventory.containers).toEqual([
        {
          deploymentId: deployment,
          index: 0,
          imageName: name,
          digest,
          imageRef: ref,
          generation,
          type: generation === 2 ? 1 : null,
        },
        {
          deploymentId: deployment,
          index: 1,
          imageName: 'registry.test/new:1',
          digest: '',
          imageRef: null,
          generation: null,
          type: null,
        },
      ]);
      expect(inventory.images).toMatchObject([
        { ref, generation, digest, fullName: name, scanTime: Date.UTC(2026, 7, 1, 10) / 1000 },
      ]);
    });
  },
);

async function fill(
  central: CentralTestDatabase,
  image: { release: CentralRelease; generation: 1 | 2; ref: string },
): Promise<void> {
  const { insert } = central;
  await insert('clusters', { id: cluster, name: 'prod-1' });
  await insert('cluster_health_statuses', { id: cluster, overallhealthstatus: 4, lastcontact: '2026-08-01 12:00:00' });
  await insert('namespaces', {
    id: '00000000-0000-4000-8000-00000000000a',
    name: 'pay',
    clusterid: cluster,
    clustername: 'prod-1',
    labels: { team: 'pay' },
    annotations: {
      owner: 'alice,bob',
      'kubectl.kubernetes.io/last-applied-configuration': '{}',
      long: 'x'.repeat(70_000),
      odd: 1,
    },
  });
  await insert('deployments', {
    id: deployment,
    name: 'api',
    type: 'Deployment',
    namespace: 'pay',
    clusterid: cluster,
    clustername: 'prod-1',
    created: '2026-01-02 03:04:05.9',
    platformcomponent: false,
  });
  const v2 = image.generation === 2 ? { image_idv2: image.ref, type: 1 } : {};
  await insert('deployments_containers', {
    deployments_id: deployment,
    idx: 0,
    image_id: digest,
    image_name_fullname: name,
    ...v2,
  });
  await insert('deployments_containers', {
    deployments_id: deployment,
    idx: 1,
    image_id: '',
    image_name_fullname: 'registry.test/new:1',
  });
  await insertImage(central, { ...image, digest, name, cves: [{}] });
  await insertImage(central, { ...image, ref: `${image.ref}-watched`, digest: 'sha256:9999', cves: [{}] });
}

describe('an inventory that is not as expected', () => {
  it('survives NULL in every nullable column', async () => {
    await nulls.insert('clusters', { id: cluster });
    await nulls.insert('cluster_health_statuses', { id: cluster });
    await nulls.insert('namespaces', { id: cluster });
    await nulls.insert('deployments', { id: deployment });
    await nulls.insert('deployments_containers', { deployments_id: deployment, idx: 0 });
    await nulls.insert('deployments_containers', { deployments_id: deployment, idx: 1, image_idv2: uuid });
    await nulls.insert('images_v2', { id: uuid });
    const connection = nulls.open();
    const inventory = await readInventory(connection, await detectSchema(connection));
    expect(inventory.clusters).toEqual([{ id: cluster, name: '', health: null, lastContact: null }]);
    expect(inventory.namespaces).toEqual([
      { id: cluster, name: '', clusterId: '', clusterName: '', labels: {}, annotations: {} },
    ]);
    expect(inventory.deployments).toMatchObject([
      { id: deployment, name: '', namespace: '', clusterId: '', created: null, platformComponent: null },
    ]);
    expect(inventory.containers).toMatchObject([
      { imageRef: null, generation: null, digest: '', imageName: '' },
      { imageRef: uuid, generation: 2 },
    ]);
    expect(inventory.images).toEqual([
      {
        ref: uuid,
        generation: 2,
        digest: '',
        fullName: '',
        registry: '',
        remote: '',
        tag: '',
        created: null,
        user: '',
        scanTime: null,
        os: '',
        lastUpdated: null,
        riskScore: 0,
        topCvss: 0,
        componentCount: 0,
      },
    ]);
  });

  it('is empty, not an error, where nothing is deployed', async () => {
    const connection = empty.open();
    expect(await readInventory(connection, await detectSchema(connection))).toEqual({
      clusters: [],
      namespaces: [],
      deployments: [],
      containers: [],
      images: [],
    });
  });
});

describe('the image a container stands for while Central migrates', () => {
  it('is the generation that has components, per image', async () => {
    const { insert } = mixed;
    await insert('deployments', { id: deployment });
    const cases = [
      { index: 0, digest: 'sha256:both', v2: 'v2-both', expected: { imageRef: 'v2-both', generation: 2 } },
      { index: 1, digest: 'sha256:only-v1', v2: 'v2-missing', expected: { imageRef: 'sha256:only-v1', generation: 1 } },
      {
        index: 2,
        digest: 'sha256:v2-still-empty',
        v2: 'v2-still-empty',
        expected: { imageRef: 'sha256:v2-still-empty', generation: 1 },
      },
      { index: 3, digest: 'sha256:new', v2: 'v2-new', expected: { imageRef: 'v2-new', generation: 2 } },
      { index: 4, digest: 'sha256:none', v2: 'v2-none', expected: { imageRef: null, generation: null } },
      {
        index: 5,
        digest: 'sha256:unscanned',
        v2: 'v2-unscanned',
        expected: { imageRef: 'v2-unscanned', generation: 2 },
      },
      { index: 6, digest: '', v2: null, expected: { imageRef: null, generation: null } },
      { index: 7, digest: 'sha256:both', v2: null, expected: { imageRef: 'sha256:both', generation: 1 } },
    ] as const;
    for (const { index, digest: image_id, v2 } of cases) {
      await insert('deployments_containers', { deployments_id: deployment, idx: index, image_id, image_idv2: v2 });
    }
    await insertImage(mixed, { generation: 1, ref: 'sha256:both', cves: [{}] });
    await insertImage(mixed, { generation: 2, ref: 'v2-both', cves: [{}] });
    await insertImage(mixed, { generation: 1, ref: 'sha256:only-v1', cves: [{}] });
    await insertImage(mixed, { generation: 1, ref: 'sha256:v2-still-empty', cves: [{}] });
    await insertImage(mixed, { generation: 2, ref: 'v2-still-empty', component: null });
    await insertImage(mixed, { generation: 2, ref: 'v2-new', cves: [] });
    await insertImage(mixed, { generation: 1, ref: 'sha256:unscanned', component: null, scanTime: null });
    await insertImage(mixed, { generation: 2, ref: 'v2-unscanned', component: null, scanTime: null });
    const connection = mixed.open();
    const schema = await detectSchema(connection);
    expect(schema.mode).toBe('mixed');
    const { containers, images } = await readInventory(connection, schema);
    const byIndex = new Map(containers.map((container) => [container.index, container]));
    for (const { index, expected } of cases) expect(byIndex.get(index), `container ${index}`).toMatchObject(expected);
    expect(containers).toHaveLength(cases.length);
    expect(images.map((image) => image.ref).sort()).toEqual([
      'sha256:both',
      'sha256:only-v1',
      'sha256:v2-still-empty',
      'v2-both',
      'v2-new',
      'v2-unscanned',
    ]);
  });
});
