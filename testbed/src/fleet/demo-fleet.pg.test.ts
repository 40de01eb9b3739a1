import { BinaryReader } from '@bufbuild/protobuf/wire';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isFault } from '@pratique/runtime/fault';
import { databaseForTest } from '../vitest.ts';
import { readCatalogue, readKev } from './catalogue.ts';
import { buildDemoFleet, fleetRole, imageV2Id } from './fleet.ts';
import type { DemoFleetRequest } from './fleet.ts';

const now = new Date('2026-11-20T09:30:00Z');
const [current, again, old, next] = await Promise.all([
  databaseForTest(),
  databaseForTest(),
  databaseForTest(),
  databaseForTest(),
]);
const clients = {
  current: new Client(current.url),
  again: new Client(again.url),
  old: new Client(old.url),
  next: new Client(next.url),
};

async function build(client: Client, request: Omit<DemoFleetRequest, 'now'>): Promise<void> {
  await client.connect();
  await buildDemoFleet(client, { ...request, now });
}

async function rowsOf<T extends Record<string, unknown>>(client: Client, sql: string): Promise<readonly T[]> {
  return (await client.query<T>(sql)).rows;
}

async function one(client: Client, sql: string): Promise<number> {
  const [row] = await rowsOf<{ n: string | number }>(client, sql);
  return Number(row?.n);
}

async function digestOf(client: Client): Promise<Readonly<Record<string, string | null>>> {
  const tables = await rowsOf<{ name: string }>(
    client,
    `SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' ORDER BY 1`,
  );
  const digests: Record<string, string | null> = {};
  for (const { name } of tables) {
    const rows = await rowsOf<{ d: string | null }>(
      client,
      `SELECT md5(string_agg(md5(t::text), '' ORDER BY md5(t::text))) AS d FROM "${name}" t`,
    );
    digests[name] = rows[0]?.d ?? null;
  }
  return digests;
}

beforeAll(async () => {
  await build(clients.current, { seed: 7, release: '4.11', identity: 'mixed' });
  await build(clients.again, { seed: 7, release: '4.11', identity: 'mixed' });
  await build(clients.old, { seed: 8, release: '4.8' });
  await build(clients.next, { seed: 9, release: 'next' });
}, 240_000);

afterAll(() => Promise.all(Object.values(clients).map((client) => client.end())));

describe('the demo fleet', () => {
  it('is the same for the same seed and another one for another seed', async () => {
    const [first, second, other] = await Promise.all([
      digestOf(clients.current),
      digestOf(clients.again),
      digestOf(clients.next),
    ]);
    expect(second).toEqual(first);
    expect(first['image_cves_v2']).not.toBeNull();
    expect(other['namespaces']).not.toBe(first['namespaces']);
  });

  it('is large enough in every layout', async () => {
    for (const client of Object.values(clients)) {
      expect(await one(client, 'SELECT count(*) AS n FROM clusters')).toBe(3);
      expect(await one(client, 'SELECT count(*) AS n FROM namespaces')).toBeGreaterThanOrEqual(40);
      expect(await one(client, 'SELECT count(*) AS n FROM deployments')).toBeGreaterThanOrEqual(300);
      expect(await one(client, 'SELECT count(DISTINCT type) AS n FROM deployments')).toBeGreaterThanOrEqual(6);
      expect(await one(client, 'SELECT count(*) AS n FROM image_cves_v2')).toBeGreaterThanOrEqual(100_000);
    }
    expect(await one(clients.old, 'SELECT count(*) AS n FROM images')).toBeGreaterThanOrEqual(250);
    expect(await one(clients.next, 'SELECT count(*) AS n FROM images_v2')).toBeGreaterThanOrEqual(250);
  });

  it('keeps every foreign key, and its containers point at images except where Central would not know them', async () => {
    const keys = await rowsOf<{ convalidated: boolean }>(
      clients.current,
      `SELECT convalidated FROM pg_constraint WHERE contype = 'f'`,
    );
    expect(keys.length).toBeGreaterThan(8);
    expect(keys.every((key) => key.convalidated)).toBe(true);
    const dangling = `SELECT count(*) AS n FROM deployments_containers dc WHERE image_id <> '' AND NOT EXISTS (SELECT 1 FROM images i WHERE i.id = dc.image_id)`;
    expect(await one(clients.old, dangling)).toBeGreaterThan(0);
    expect(await one(clients.old, dangling)).toBeLessThan(10);
  });

  it('says of EPSS and KEV exactly what the data files say, as 32-bit floats', async () => {
    const catalogue = readCatalogue();
    const kev = readKev();
    const rows = await rowsOf<{ cve: string; epss: string; kev: boolean }>(
      clients.next,
      `SELECT DISTINCT cvebaseinfo_cve AS cve, cvebaseinfo_epss_epssprobability AS epss, cvebaseinfo_cisakev AS kev
       FROM image_cves_v2 WHERE cvebaseinfo_cve LIKE 'CVE-%'`,
    );
    const wrong = rows.filter(
      (row) => Number(row.epss) !== Math.fround(catalogue.get(row.cve)?.epss ?? 0) || row.kev !== kev.has(row.cve),
    );
    expect(wrong).toEqual([]);
    expect(rows.filter((row) => row.kev).length).toBeGreaterThan(50);
    expect(await one(clients.next, `SELECT cvss AS n FROM image_cves_v2 WHERE cvss::real = 7.1::real LIMIT 1`)).toBe(
      7.099999904632568,
    );
  });

  it('rates severities by CVSS, at most one step lower', async () => {
    const band = `CASE WHEN cvss >= 8.9999 THEN 4 WHEN cvss >= 6.9999 THEN 3 WHEN cvss >= 3.9999 THEN 2 WHEN cvss > 0 THEN 1 ELSE 0 END`;
    expect(
      await one(clients.next, `SELECT count(*) AS n FROM image_cves_v2 WHERE severity NOT IN (${band}, ${band} - 1)`),
    ).toBe(0);
    expect(await one(clients.next, `SELECT count(DISTINCT severity) AS n FROM image_cves_v2`)).toBe(5);
  });

  it('fixes about 60 % with a version that is not the installed one, and says so consistently', async () => {
    const share = await one(clients.next, 'SELECT avg(isfixable::int) AS n FROM image_cves_v2');
    expect(share).toBeGreaterThan(0.5);
    expect(share).toBeLessThan(0.7);
    expect(await one(clients.next, `SELECT count(*) AS n FROM image_cves_v2 WHERE isfixable <> (fixedby <> '')`)).toBe(
      0,
    );
    const same = `SELECT count(*) AS n FROM image_cves_v2 c JOIN image_component_v2 k ON k.id = c.componentid WHERE c.fixedby = k.version`;
    expect(await one(clients.next, same)).toBe(0);
    expect(
      await one(clients.next, `SELECT count(*) AS n FROM image_cves_v2 WHERE advisory_name LIKE 'RHSA-20__:____'`),
    ).toBeGreaterThan(1000);
    expect(
      await one(clients.next, `SELECT count(*) AS n FROM image_cves_v2 WHERE advisory_name LIKE 'DSA-____'`),
    ).toBeGreaterThan(1000);
  });

  it('orders its dates: published, first in the system, first in the image, now; one per image and CVE', async () => {
    const disorder = `SELECT count(*) AS n FROM image_cves_v2 WHERE cvebaseinfo_publishedon > cvebaseinfo_createdat
      OR cvebaseinfo_createdat > firstimageoccurrence OR firstimageoccurrence > '2026-11-20 09:30:00'`;
    expect(await one(clients.next, disorder)).toBe(0);
    const differing = `SELECT count(*) AS n FROM (SELECT 1 FROM image_cves_v2 GROUP BY coalesce(imageid, imageidv2), cvebaseinfo_cve
      HAVING count(DISTINCT firstimageoccurrence) > 1) x`;
    expect(await one(clients.next, differing)).toBe(0);
    const spread = `SELECT extract(epoch FROM max(firstimageoccurrence) - min(firstimageoccurrence)) / 86400 AS n FROM image_cves_v2`;
    expect(await one(clients.next, spread)).toBeGreaterThan(350);
  });

  it('holds the odd cases: unscanned, clean, inactive and unknown images, a silent cluster, other names than CVE', async () => {
    const { old: v1 } = clients;
    expect(await one(v1, 'SELECT count(*) AS n FROM images WHERE scan_scantime IS NULL')).toBeGreaterThan(0);
    expect(
      await one(v1, 'SELECT count(*) AS n FROM images WHERE scan_scantime IS NOT NULL AND cves = 0'),
    ).toBeGreaterThan(0);
    expect(await one(v1, `SELECT count(*) AS n FROM deployments_containers WHERE image_id = ''`)).toBeGreaterThan(0);
    const inactive =
      'SELECT count(*) AS n FROM images i WHERE NOT EXISTS (SELECT 1 FROM deployments_containers WHERE image_id = i.id)';
    expect(await one(v1, inactive)).toBeGreaterThan(20);
    expect(
      await one(v1, `SELECT count(*) AS n FROM cluster_health_statuses WHERE lastcontact < '2026-11-20 06:00'`),
    ).toBe(1);
    const names = await rowsOf<{ p: string }>(
      clients.next,
      `SELECT DISTINCT split_part(cvebaseinfo_cve, '-', 1) AS p FROM image_cves_v2 ORDER BY 1`,
    );
    expect(names.map((row) => row.p)).toEqual(['CVE', 'GHSA', 'RHSA']);
    const twoNames = `SELECT count(*) AS n FROM (SELECT 1 FROM deployments_containers WHERE image_id <> '' GROUP BY image_id HAVING count(DISTINCT image_name_fullname) > 1) x`;
    expect(await one(v1, twoNames)).toBeGreaterThan(0);
  });

  it('reaches every namespace with a side-car', async () => {
    const reached = `SELECT count(DISTINCT d.namespaceid) AS n FROM deployments d JOIN deployments_containers c ON c.deployments_id = d.id
      WHERE c.image_name_remote = 'observability/log-shipper'`;
    expect(await one(clients.old, reached)).toBe(await one(clients.old, 'SELECT count(*) AS n FROM namespaces'));
  });

  it('has exceptions in force with matching states, and others without effect', async () => {
    const states = `SELECT count(*) AS n FROM image_cves_v2 WHERE state = `;
    expect(await one(clients.next, `${states} 1`)).toBeGreaterThan(0);
    expect(await one(clients.next, `${states} 2`)).toBeGreaterThan(0);
    const unexplained = `SELECT count(*) AS n FROM image_cves_v2 c WHERE state <> 0 AND NOT EXISTS (SELECT 1 FROM vulnerability_requests r
      WHERE r.status IN (1, 3) AND NOT r.expired AND r.targetstate = c.state AND c.cvebaseinfo_cve = ANY (r.cves_cves))`;
    expect(await one(clients.next, unexplained)).toBe(0);
    expect(await one(clients.next, 'SELECT count(DISTINCT status) AS n FROM vulnerability_requests')).toBe(4);
  });

  it('lets both generations lie side by side in the middle of the step to V2', async () => {
    const { current: mixed } = clients;
    expect(
      await one(mixed, 'SELECT count(*) AS n FROM image_cves_v2 WHERE (imageid IS NULL) = (imageidv2 IS NULL)'),
    ).toBe(0);
    const both = `SELECT count(*) AS n FROM images_v2 v WHERE EXISTS (SELECT 1 FROM images i WHERE i.id = v.digest)`;
    const bare = `${both} AND scan_scantime IS NOT NULL AND NOT EXISTS (SELECT 1 FROM image_component_v2 k WHERE k.imageidv2 = v.id)`;
    const onlyV2 =
      'SELECT count(*) AS n FROM images_v2 v WHERE NOT EXISTS (SELECT 1 FROM images i WHERE i.id = v.digest)';
    const onlyV1 =
      'SELECT count(*) AS n FROM images i WHERE NOT EXISTS (SELECT 1 FROM images_v2 v WHERE v.digest = i.id)';
    for (const question of [both, bare, onlyV2, onlyV1]) {
      expect(await one(mixed, question)).toBeGreaterThan(0);
    }
    const [image] = await rowsOf<{ id: string; name: string; digest: string }>(
      mixed,
      'SELECT id, name_fullname AS name, digest FROM images_v2 LIMIT 1',
    );
    expect(image?.id).toBe(imageV2Id(image?.name ?? '', image?.digest ?? ''));
    expect(image?.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  it('writes the protobuf with the description that CISA gave', async () => {
    const [row] = await rowsOf<{ bytes: Buffer }>(
      clients.next,
      `SELECT serialized AS bytes FROM image_cves_v2 WHERE cvebaseinfo_cve = 'CVE-2021-44228' LIMIT 1`,
    );
    const info = fieldOf(row?.bytes ?? new Uint8Array(), 3);
    const summary = Buffer.from(fieldOf(info, 2)).toString('utf8');
    expect(summary).toBe(readKev().get('CVE-2021-44228')?.description);
    expect(Buffer.from(fieldOf(info, 3)).toString('utf8')).toBe('https://nvd.nist.gov/vuln/detail/CVE-2021-44228');
  });

  it('refuses an identity that the release cannot have', async () => {
    await expect(buildDemoFleet(clients.old, { seed: 1, release: '4.8', identity: 'v2', now })).rejects.toSatisfy(
      (error) => isFault(error, 'fleet-request-invalid'),
    );
  });
});

describe('the role for reading a fleet', () => {
  it('reads what a vulnerability reader needs and nothing else, and cannot write', async () => {
    const name = `reader_${current.name}`;
    const role = await fleetRole(clients.current, { database: current.name, password: "it's", name });
    await fleetRole(clients.current, { database: current.name, password: "it's", name });
    const reader = new Client(current.urlAs(role));
    await reader.connect();
    try {
      expect(await one(reader, 'SELECT count(*) AS n FROM image_cves_v2')).toBeGreaterThan(0);
      expect(await one(reader, 'SELECT count(xmin) AS n FROM images_v2')).toBeGreaterThan(0);
      expect(await one(reader, 'SELECT count(name) AS n FROM deployments')).toBeGreaterThan(0);
      await expect(reader.query('SELECT serialized FROM deployments')).rejects.toMatchObject({ code: '42501' });
      await expect(reader.query('SELECT * FROM images_layers')).rejects.toMatchObject({ code: '42501' });
      await reader.query('SET default_transaction_read_only = off');
      await expect(reader.query('DELETE FROM images')).rejects.toMatchObject({ code: '42501' });
    } finally {
      await reader.end();
      await clients.current.query(`DROP OWNED BY ${name}`);
      await clients.current.query(`DROP ROLE ${name}`);
    }
  });
});

/** The bytes of the first length-delimited field of that number. */
function fieldOf(message: Uint8Array, wanted: number): Uint8Array {
  const reader = new BinaryReader(message);
  while (reader.pos < reader.len) {
    const [field, wire] = reader.tag();
    if (field === wanted) {
      return reader.bytes();
    }
    reader.skip(wire, field);
  }
  return new Uint8Array();
}
