import { describe, expect, it } from 'vitest';
import { centralForTest, insertImage } from './central-fixture.ts';
import { detectSchema } from './schema.ts';

const v48 = await centralForTest('4.8');
const v49 = await centralForTest('4.9');
const v410 = await centralForTest('4.10');
const v411 = await centralForTest('4.11');
const next = await centralForTest('next');
const fresh = await centralForTest('4.11');
const upgraded = await centralForTest('4.11');
const rolledBack = await centralForTest('4.11');
const damaged = await centralForTest('4.11');
const granted = await centralForTest('4.11');

const digest = 'sha256:aaaa';
const uuid = '6f1d2c3b-0000-5000-8000-000000000001';

describe('detecting the release and the generation of image rows', () => {
  it('finds 4.8: V1 and none of the later columns', async () => {
    await insertImage(v48, { generation: 1, ref: digest, cves: [{}] });
    const schema = await detectSchema(v48.open());
    expect(schema).toMatchObject({
      mode: 'v1',
      release: '4.8',
      seqnum: 211,
      newerThanKnown: false,
      forced: false,
      notGranted: [],
    });
    expect(schema.columns).toMatchObject({
      imageIdV2: false,
      fixAvailable: false,
      kev: false,
      layerType: false,
      containerType: false,
      platformComponent: true,
    });
    expect(schema.serverVersion).toBeGreaterThanOrEqual(150_000);
    expect(schema.databaseOid).toBeGreaterThan(0);
  });

  it('finds 4.9 and 4.10 with the flag off: V1 although images_v2 exists', async () => {
    await insertImage(v49, { generation: 1, ref: digest, cves: [{}] });
    await insertImage(v410, { generation: 1, ref: digest, cves: [{}] });
    expect(await detectSchema(v49.open())).toMatchObject({
      mode: 'v1',
      release: '4.9',
      columns: { imageIdV2: true, fixAvailable: false, layerType: false },
    });
    expect(await detectSchema(v410.open())).toMatchObject({
      mode: 'v1',
      release: '4.10',
      columns: { imageIdV2: true, fixAvailable: true, layerType: true, containerType: false },
    });
  });

  it('finds 4.11 with V2 rows only, and next with its KEV column', async () => {
    await insertImage(v411, { generation: 2, ref: uuid, digest, cves: [{}] });
    await insertImage(next, { generation: 2, ref: uuid, digest, cves: [{}] });
    expect(await detectSchema(v411.open())).toMatchObject({
      mode: 'v2',
      release: '4.11',
      columns: { kev: false, containerType: true, deploymentHash: true },
    });
    expect(await detectSchema(next.open())).toMatchObject({
      mode: 'v2',
      release: 'next',
      seqnum: 226,
      columns: { kev: true },
    });
  });

  it('takes an empty 4.11 for a fresh V2 installation and an empty 4.10 for V1', async () => {
    expect((await detectSchema(fresh.open())).mode).toBe('v2');
    await fresh.admin.query('UPDATE versions SET seqnum = 220');
    expect((await detectSchema(fresh.open())).mode).toBe('v1');
  });

  it('follows an upgrade from V1 over mixed to V2', async () => {
    const central = upgraded.open();
    await insertImage(upgraded, { generation: 1, ref: digest, cves: [{}] });
    expect((await detectSchema(central)).mode).toBe('v1');
    await insertImage(upgraded, { generation: 2, ref: uuid, digest, cves: [{}] });
    expect((await detectSchema(central)).mode).toBe('mixed');
    await upgraded.admin.query('DELETE FROM images');
    expect((await detectSchema(central)).mode).toBe('v2');
  });

  it('takes the V1 rows after a rollback to 4.10, where the V2 rows are the stale ones', async () => {
    await insertImage(rolledBack, { generation: 1, ref: digest, cves: [{}] });
    await insertImage(rolledBack, { generation: 2, ref: uuid, digest, cves: [{}] });
    await rolledBack.admin.query('UPDATE versions SET seqnum = 220');
    expect(await detectSchema(rolledBack.open())).toMatchObject({ mode: 'v1', release: '4.10' });
  });

  it('lets a person force the mode, but not one whose columns are missing', async () => {
    expect(await detectSchema(rolledBack.open(), { force: 'v2' })).toMatchObject({ mode: 'v2', forced: true });
    await expect(detectSchema(v48.open(), { force: 'mixed' })).rejects.toMatchObject({
      code: 'stackrox-schema-unsupported',
      message: expect.stringContaining('image_cves_v2.imageidv2'),
    });
  });
});

describe('refusing what cannot be read', () => {
  it('accepts a newer migration number as long as everything needed is there', async () => {
    await damaged.admin.query('UPDATE versions SET seqnum = 240');
    expect(await detectSchema(damaged.open())).toMatchObject({ release: 'next', newerThanKnown: true });
    await damaged.admin.query('ALTER TABLE image_cves_v2 RENAME COLUMN fixedby TO fixed_in');
    await expect(detectSchema(damaged.open())).rejects.toMatchObject({
      code: 'stackrox-schema-unsupported',
      message: expect.stringContaining('image_cves_v2.fixedby'),
    });
    await damaged.admin.query('ALTER TABLE image_cves_v2 RENAME COLUMN fixed_in TO fixedby');
  });

  it('says that Central is migrating while versions is empty', async () => {
    await damaged.admin.query('DELETE FROM versions');
    await expect(detectSchema(damaged.open())).rejects.toMatchObject({ code: 'stackrox-migrating' });
  });

  it('names the tables that are missing', async () => {
    await damaged.admin.query('DROP TABLE versions');
    await expect(detectSchema(damaged.open())).rejects.toMatchObject({
      code: 'stackrox-schema-unsupported',
      values: { absent: ['versions'] },
    });
    await damaged.admin.query('DROP TABLE image_cves_v2');
    await expect(detectSchema(damaged.open())).rejects.toMatchObject({
      message: expect.stringContaining('older than release 4.8'),
    });
  });

  it('tells a database without any of the tables from one that is too old', async () => {
    await damaged.admin.query('DROP SCHEMA public CASCADE; CREATE SCHEMA public');
    await expect(detectSchema(damaged.open())).rejects.toMatchObject({ code: 'stackrox-empty' });
  });

  it('tells what is not granted from what is not there', async () => {
    const role = `reader_${granted.database.name}`;
    await granted.admin.query(`CREATE ROLE ${role} LOGIN PASSWORD 'x'`);
    const central = granted.open({ user: role, password: 'x' });
    await expect(detectSchema(central)).rejects.toMatchObject({ code: 'stackrox-permission-denied' });
    await granted.admin.query(`GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${role}`);
    await granted.admin.query(`REVOKE SELECT ON images_v2, vulnerability_requests FROM ${role}`);
    await expect(detectSchema(central)).rejects.toMatchObject({
      code: 'stackrox-permission-denied',
      values: { notGranted: ['images_v2'] },
    });
    await granted.admin.query(`GRANT SELECT ON images_v2 TO ${role}`);
    expect(await detectSchema(central)).toMatchObject({
      columns: { exceptions: false },
      notGranted: ['vulnerability_requests'],
    });
    await granted.admin.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
  });
});
