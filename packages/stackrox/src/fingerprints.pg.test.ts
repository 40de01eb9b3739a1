import { describe, expect, it } from 'vitest';
import { centralForTest, insertImage } from './central-fixture.ts';
import { readExceptions, readExceptionsFingerprint } from './exceptions.ts';
import { readFingerprints } from './fingerprints.ts';
import type { ImageRef } from './image-ref.ts';
import { detectSchema } from './schema.ts';

const v1 = await centralForTest('4.8');
const v2 = await centralForTest('4.11');
const columnsOnly = await centralForTest('4.10');
const exceptions = await centralForTest('4.11');
const withoutRequests = await centralForTest('4.8');

describe('the fingerprint of an image', () => {
  it.each([
    { central: v1, generation: 1 as const },
    { central: v2, generation: 2 as const },
  ])('moves with a new scan result and only then (generation $generation)', async ({ central, generation }) => {
    const table = generation === 1 ? 'images' : 'images_v2';
    const refs = ['a', 'b', 'clean', 'unscanned', 'gone'].map((ref): ImageRef => ({ ref, generation }));
    await insertImage(central, { generation, ref: 'a', cves: [{}, { cvebaseinfo_cve: 'CVE-2024-2' }] });
    await insertImage(central, { generation, ref: 'b', cves: [{}] });
    await insertImage(central, { generation, ref: 'clean', cves: [] });
    await insertImage(central, { generation, ref: 'unscanned', scanTime: null, component: null });
    const connection = central.open();
    const schema = await detectSchema(connection);
    const before = await readFingerprints(connection, schema, refs);
    expect(before.size).toBe(5);
    expect(before.get('a')).toMatch(/^x\d+$/);
    expect([before.get('clean')?.[0], before.get('unscanned'), before.get('gone')]).toEqual(['s', 'u', 'g']);

    await central.admin.query(`UPDATE ${table} SET lastupdated = '2026-09-01'`);
    expect(await readFingerprints(connection, schema, refs)).toEqual(before);

    await central.admin.query(`BEGIN; DELETE FROM ${table} WHERE id = 'a'`);
    await insertImage(central, { generation, ref: 'a', cves: [{}] });
    await central.admin.query(`UPDATE ${table} SET scan_scantime = '2026-09-02' WHERE id = 'clean'; COMMIT`);
    await central.admin.query('VACUUM FREEZE image_cves_v2');
    const after = await readFingerprints(connection, schema, refs);
    expect(after.get('a')).not.toBe(before.get('a'));
    expect(after.get('clean')).not.toBe(before.get('clean'));
    expect(after.get('b')).toBe(before.get('b'));
  });

  it('falls back to the scan time where only columns are granted', async () => {
    await insertImage(columnsOnly, { generation: 1, ref: 'a', cves: [{}] });
    await insertImage(columnsOnly, { generation: 1, ref: 'unscanned', scanTime: null, component: null });
    const role = `columns_${columnsOnly.database.name}`;
    await columnsOnly.admin.query(
      `CREATE ROLE ${role} LOGIN PASSWORD 'x'; GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${role}; REVOKE SELECT ON image_cves_v2 FROM ${role}`,
    );
    const { rows } = await columnsOnly.admin.query<{ list: string }>(
      `SELECT string_agg(quote_ident(column_name), ', ') AS list FROM information_schema.columns WHERE table_name = 'image_cves_v2'`,
    );
    await columnsOnly.admin.query(`GRANT SELECT (${rows[0]?.list}) ON image_cves_v2 TO ${role}`);
    const connection = columnsOnly.open({ user: role, password: 'x' });
    const found = await readFingerprints(
      connection,
      await detectSchema(connection),
      ['a', 'unscanned', 'gone'].map((ref): ImageRef => ({ ref, generation: 1 })),
    );
    expect(found.get('a')).toMatch(/^t\d/);
    expect([found.get('unscanned'), found.get('gone')]).toEqual(['u', 'g']);
    await columnsOnly.admin.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
  });
});

describe('exceptions', () => {
  it('have a fingerprint that moves with each decision and with each expiry', async () => {
    const connection = exceptions.open();
    const schema = await detectSchema(connection);
    const seen = [await readExceptionsFingerprint(connection, schema)];
    await exceptions.insert('vulnerability_requests', {
      id: '1',
      name: 'AB-1',
      status: 0,
      expired: false,
      lastupdated: '2026-08-01 10:00:00',
    });
    seen.push(await readExceptionsFingerprint(connection, schema));
    await exceptions.admin.query(`UPDATE vulnerability_requests SET status = 1`);
    seen.push(await readExceptionsFingerprint(connection, schema));
    await exceptions.admin.query(`UPDATE vulnerability_requests SET expired = true`);
    seen.push(await readExceptionsFingerprint(connection, schema));
    expect(new Set(seen).size).toBe(4);
    expect(await readExceptionsFingerprint(connection, schema)).toBe(seen[3]);
  });

  it('are listed by image and CVE, of the generations that count', async () => {
    await insertImage(exceptions, { generation: 1, ref: 'sha256:1', cves: [{ state: 1 }] });
    await insertImage(exceptions, {
      generation: 2,
      ref: 'uuid-1',
      cves: [
        { state: 2 },
        { state: 2 },
        { cvebaseinfo_cve: 'CVE-2024-2' },
        { cvebaseinfo_cve: 'CVE-2024-3', state: 1 },
      ],
    });
    const connection = exceptions.open();
    const schema = await detectSchema(connection);
    expect(schema.mode).toBe('mixed');
    const listed = (await readExceptions(connection, schema))
      .map((one) => `${one.generation} ${one.ref} ${one.cve} ${one.state}`)
      .sort();
    expect(listed).toEqual([
      '1 sha256:1 CVE-2024-0001 deferred',
      '2 uuid-1 CVE-2024-0001 false-positive',
      '2 uuid-1 CVE-2024-3 deferred',
    ]);
    expect(await readExceptions(connection, { ...schema, mode: 'v1' })).toHaveLength(1);
  });

  it('are read each time where the table of requests is not granted or not there', async () => {
    const role = `norequests_${exceptions.database.name}`;
    await exceptions.admin.query(
      `CREATE ROLE ${role} LOGIN PASSWORD 'x'; GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${role}`,
    );
    const connection = exceptions.open({ user: role, password: 'x' });
    const granted = await detectSchema(connection);
    expect(await readExceptionsFingerprint(connection, granted)).not.toBeNull();
    await exceptions.admin.query(`REVOKE SELECT ON vulnerability_requests FROM ${role}`);
    expect(await readExceptionsFingerprint(connection, granted)).toBeNull();
    expect(await readExceptionsFingerprint(connection, await detectSchema(connection))).toBeNull();
    await exceptions.admin.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);

    await withoutRequests.admin.query('DROP TABLE vulnerability_requests CASCADE');
    const old = withoutRequests.open();
    const schema = await detectSchema(old);
    expect(await readExceptionsFingerprint(old, schema)).toBeNull();
    expect(await readExceptions(old, schema)).toEqual([]);
  });
});
