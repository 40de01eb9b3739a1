import { describe, expect, it } from 'vitest';
import { centralForTest, insertImage } from './central-fixture.ts';
import type { CentralTestDatabase } from './central-fixture.ts';
import { readCveRecord } from './cve-details.ts';
import { readExceptions, readExceptionsFingerprint } from './exceptions.ts';
import { readImageFindings } from './findings.ts';
import { readFingerprints } from './fingerprints.ts';
import { readImageLayers } from './layers.ts';
import { inspectRights } from './rights.ts';
import { detectSchema } from './schema.ts';
import type { CentralRelease } from './schema.ts';
import { deployedRefs, readInventory } from './small-tables.ts';

const releases: readonly CentralRelease[] = ['4.8', '4.9', '4.10', '4.11', 'next'];
const databases = await Promise.all(releases.map((release) => centralForTest(release)));
const plain = await centralForTest('4.11');

/** The role that the operations guide tells an administrator to create. */
async function leastPrivilege(central: CentralTestDatabase, release: CentralRelease): Promise<string> {
  const role = `cve_reader_${central.database.name}`;
  const newer = release === '4.8' ? [] : release === '4.9' ? ['images_v2'] : ['images_v2', 'image_cve_infos'];
  const hash = release === '4.11' || release === 'next' ? ', hash' : '';
  await central.admin.query(`
    CREATE ROLE ${role} LOGIN PASSWORD 'x' CONNECTION LIMIT 4 NOSUPERUSER NOCREATEDB NOCREATEROLE NOINHERIT NOREPLICATION;
    ALTER ROLE ${role} SET default_transaction_read_only = on;
    GRANT USAGE ON SCHEMA public TO ${role};
    GRANT SELECT ON versions, clusters, cluster_health_statuses, namespaces, images, image_component_v2, image_cves_v2, deployments_containers TO ${role};
    GRANT SELECT (id, name, type, namespace, namespaceid, clusterid, clustername, labels, annotations, created, riskscore, orchestratorcomponent, platformcomponent${hash}) ON deployments TO ${role};
    GRANT SELECT ON ${[...newer, 'vulnerability_requests', 'vulnerability_requests_approvers_v2'].join(', ')} TO ${role}`);
  return role;
}

describe.each(releases.map((release, index) => ({ release, central: databases[index] as CentralTestDatabase })))(
  'the least-privilege role in $release',
  ({ release, central }) => {
    it('is enough for everything but the layers, and may change nothing', async () => {
      const role = await leastPrivilege(central, release);
      const generation = release === '4.11' || release === 'next' ? 2 : 1;
      await central.insert('deployments', { id: '00000000-0000-4000-8000-00000000000d', name: 'api' });
      await central.insert('deployments_containers', {
        deployments_id: '00000000-0000-4000-8000-00000000000d',
        idx: 0,
        image_id: 'the-image',
        ...(generation === 2 ? { image_idv2: 'the-image' } : {}),
      });
      await insertImage(central, { generation, ref: 'the-image', cves: [{ state: 1 }] });

      const connection = central.open({ user: role, password: 'x' });
      const schema = await detectSchema(connection);
      expect(schema).toMatchObject({ release, notGranted: [] });
      const refs = deployedRefs((await readInventory(connection, schema)).containers);
      expect(refs).toEqual([{ ref: 'the-image', generation }]);
      expect((await readFingerprints(connection, schema, refs)).get('the-image')).toMatch(/^x/);
      for await (const image of readImageFindings(connection, schema, refs)) expect(image.rows).toHaveLength(1);
      expect(await readExceptionsFingerprint(connection, schema)).toBe('[]');
      expect(await readExceptions(connection, schema)).toHaveLength(1);
      expect(await readCveRecord(connection, schema, { cve: 'CVE-2024-0001', refs })).toMatchObject({
        outcome: 'found',
      });
      expect(await readImageLayers(connection, schema, { ref: 'the-image', generation })).toEqual({
        outcome: 'not-granted',
      });

      const rights = await inspectRights(connection);
      expect(rights).toEqual({
        user: role,
        superuser: false,
        writable: [],
        readOnlyDefault: true,
        tlsInUse: false,
        missing: release === '4.11' || release === 'next' ? ['images_layers', 'images_v2_layers'] : ['images_layers'],
      });
      await connection.stop();
      await central.admin.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
    });
  },
);

describe('a role with too many rights', () => {
  it('is shown as superuser with every table writable', async () => {
    const rights = await inspectRights(plain.open());
    expect(rights).toMatchObject({ superuser: true, readOnlyDefault: false, missing: [] });
    expect(rights.writable).toContain('image_cves_v2');
    expect(rights.writable).toContain('deployments');
  });

  it('is shown with the tables it may change, even if only a column', async () => {
    const role = `writer_${plain.database.name}`;
    await plain.admin.query(
      `CREATE ROLE ${role} LOGIN PASSWORD 'x'; GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${role}; GRANT DELETE ON images TO ${role}; GRANT UPDATE (state) ON image_cves_v2 TO ${role}`,
    );
    const connection = plain.open({ user: role, password: 'x' });
    expect(await inspectRights(connection)).toMatchObject({ superuser: false, writable: ['image_cves_v2', 'images'] });
    await connection.stop();
    await plain.admin.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
  });
});
