import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { databaseForTest } from '../vitest.ts';
import { buildScaleFleet } from './fleet.ts';
import type { ScaleShape } from './fleet.ts';

const shape: ScaleShape = {
  ...{ clusters: 3, namespaces: 30, deployments: 200, containers: 340, images: 90, deployedImages: 60, sidecars: 4 },
  ...{ components: 3000, cveRows: 9000, cves: 700 },
};

const [first, again, other] = await Promise.all([databaseForTest(), databaseForTest(), databaseForTest()]);
const clients = { first: new Client(first.url), again: new Client(again.url), other: new Client(other.url) };

async function one(client: Client, sql: string): Promise<number> {
  const { rows } = await client.query<{ n: string | number }>(sql);
  return Number(rows[0]?.n);
}

beforeAll(async () => {
  await Promise.all(Object.values(clients).map((client) => client.connect()));
  await buildScaleFleet(clients.first, { size: shape, release: '4.10', serializedBytes: 300 });
  await buildScaleFleet(clients.again, { size: shape, release: '4.10', serializedBytes: 300 });
  await buildScaleFleet(clients.other, { size: shape, release: 'next', identity: 'mixed', serializedBytes: 100 });
}, 120_000);

afterAll(() => Promise.all(Object.values(clients).map((client) => client.end())));

describe('the fleet for measuring', () => {
  it('has exactly the rows that were asked for', async () => {
    const counts = {
      clusters: shape.clusters,
      namespaces: shape.namespaces,
      deployments: shape.deployments,
      deployments_containers: shape.containers,
      images: shape.images,
      image_component_v2: shape.components,
      image_cves_v2: shape.cveRows,
    };
    for (const [table, count] of Object.entries(counts)) {
      expect([table, await one(clients.first, `SELECT count(*) AS n FROM ${table}`)]).toEqual([table, count]);
    }
    expect(await one(clients.first, 'SELECT count(DISTINCT image_id) AS n FROM deployments_containers')).toBe(
      shape.deployedImages,
    );
    expect(await one(clients.first, 'SELECT avg(length(serialized)) AS n FROM image_cves_v2')).toBeGreaterThan(280);
  });

  it('is the same every time', async () => {
    const digest = `SELECT md5(string_agg(md5(t::text), '' ORDER BY id)) AS n FROM image_cves_v2 t`;
    const { rows: left } = await clients.first.query<{ n: string }>(digest);
    const { rows: right } = await clients.again.query<{ n: string }>(digest);
    expect(left).toEqual(right);
  });

  it('has the keys and indexes of the release, put back after loading', async () => {
    const indexes = `SELECT count(*) AS n FROM pg_index WHERE indrelid IN ('image_cves_v2'::regclass, 'image_component_v2'::regclass) AND indisvalid`;
    expect(await one(clients.first, indexes)).toBe(10);
    const keys = `SELECT count(*) AS n FROM pg_constraint WHERE conrelid = 'image_cves_v2'::regclass AND contype = 'f' AND convalidated`;
    expect(await one(clients.first, keys)).toBe(3);
  });

  it('varies what is said about a CVE by distribution, not by row', async () => {
    const verdicts = `SELECT count(DISTINCT (severity, cvss, fixedby, advisory_name, cvebaseinfo_epss_epssprobability, cvebaseinfo_publishedon)) AS v
      FROM image_cves_v2 c JOIN image_component_v2 k ON k.id = c.componentid GROUP BY cvebaseinfo_cve`;
    expect(await one(clients.first, `SELECT count(*) AS n FROM (${verdicts}, k.operatingsystem) x WHERE v > 1`)).toBe(
      0,
    );
    expect(await one(clients.first, `SELECT count(*) AS n FROM (${verdicts}) x WHERE v > 1`)).toBeGreaterThan(100);
    const seen = `SELECT count(*) AS n FROM (SELECT 1 FROM image_cves_v2 GROUP BY imageid, cvebaseinfo_cve HAVING count(DISTINCT firstimageoccurrence) > 1) x`;
    expect(await one(clients.first, seen)).toBe(0);
  });

  it('repeats CVEs within images, and spreads rows unevenly over images and CVEs', async () => {
    const pairs = await one(clients.first, 'SELECT count(DISTINCT (imageid, cvebaseinfo_cve)) AS n FROM image_cves_v2');
    expect(shape.cveRows / pairs).toBeGreaterThan(1.15);
    const perImage = `SELECT max(n)::float / percentile_disc(0.5) WITHIN GROUP (ORDER BY n) AS n FROM (SELECT count(*) AS n FROM image_cves_v2 GROUP BY imageid) x`;
    expect(await one(clients.first, perImage)).toBeGreaterThan(3);
  });

  it('names platform namespaces alike in every cluster and reaches all namespaces with side-cars', async () => {
    const alike = `SELECT count(*) AS n FROM (SELECT 1 FROM namespaces WHERE name LIKE 'openshift-%' GROUP BY name HAVING count(DISTINCT clusterid) = 3) x`;
    expect(await one(clients.first, alike)).toBe(3);
    const reached = `SELECT count(DISTINCT d.namespaceid) AS n FROM deployments d JOIN deployments_containers c ON c.deployments_id = d.id WHERE c.image_name_remote LIKE 'mesh/%'`;
    expect(await one(clients.first, reached)).toBe(shape.namespaces);
  });

  it('can hold both generations', async () => {
    expect(
      await one(clients.other, 'SELECT count(*) AS n FROM image_cves_v2 WHERE imageid IS NOT NULL'),
    ).toBeGreaterThan(1000);
    expect(
      await one(clients.other, 'SELECT count(*) AS n FROM image_cves_v2 WHERE imageidv2 IS NOT NULL'),
    ).toBeGreaterThan(1000);
    expect(
      await one(clients.other, 'SELECT count(*) AS n FROM image_cves_v2 WHERE (imageid IS NULL) = (imageidv2 IS NULL)'),
    ).toBe(0);
    expect(
      await one(clients.other, 'SELECT count(*) AS n FROM image_cves_v2 WHERE cvebaseinfo_cisakev'),
    ).toBeGreaterThan(0);
  });
});
