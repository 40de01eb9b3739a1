import { describe, expect, it } from 'vitest';
import { centralForTest, insertImage } from './central-fixture.ts';
import type { CentralTestDatabase } from './central-fixture.ts';
import type { Central } from './connection.ts';
import { readImageFindings } from './findings.ts';
import type { ImageFindings } from './findings.ts';
import type { ImageRef } from './image-ref.ts';
import { detectSchema } from './schema.ts';
import type { CentralRelease, CentralSchema } from './schema.ts';

const releases: readonly CentralRelease[] = ['4.8', '4.9', '4.10', '4.11', 'next'];
const databases = await Promise.all(releases.map((release) => centralForTest(release)));
const odd = await centralForTest('next');
const many = await centralForTest('4.11');
const rescanned = await centralForTest('4.11');

async function collect(
  central: Central,
  schema: CentralSchema,
  refs: readonly ImageRef[],
  batchSize?: number,
): Promise<ImageFindings[]> {
  const found: ImageFindings[] = [];
  for await (const image of readImageFindings(central, schema, refs, { batchSize })) found.push(image);
  return found;
}

describe.each(releases.map((release, index) => ({ release, central: databases[index] as CentralTestDatabase })))(
  'the findings of an image in $release',
  ({ release, central }) => {
    it('carry every column, with the component matched and scores as people see them', async () => {
      const generation = release === '4.11' || release === 'next' ? 2 : 1;
      const ref = generation === 1 ? 'sha256:1111' : '00000000-0000-5000-8000-000000000001';
      const since410 = release !== '4.8' && release !== '4.9';
      await insertImage(central, {
        generation,
        ref,
        component: { location: 'usr/lib/x.jar', source: 2, ...(since410 ? { layertype: 1 } : {}) },
        cves: [
          {
            cvebaseinfo_cve: 'RHSA-2024:1234',
            severity: 3,
            cvss: 7.099999904632568,
            cvebaseinfo_epss_epssprobability: 0.009999999776482582,
            impactscore: 5.900000095367432,
            nvdcvss: 9.800000190734863,
            firstimageoccurrence: '2026-02-03 04:05:06.7',
            cvebaseinfo_publishedon: '2024-01-01 00:00:00',
            isfixable: true,
            fixedby: '3.0.7-2',
            advisory_name: 'RHSA-2024:1234',
            advisory_link: 'https://access.example/RHSA-2024:1234',
            ...(since410 ? { fixavailabletimestamp: '2026-02-01 00:00:00' } : {}),
            ...(release === 'next' ? { cvebaseinfo_cisakev: true } : {}),
          },
        ],
      });
      const connection = central.open();
      const [found] = await collect(connection, await detectSchema(connection), [{ ref, generation }]);
      expect(found).toEqual({
        ref,
        generation,
        image: 'scanned',
        skipped: 0,
        rows: [
          {
            cve: 'RHSA-2024:1234',
            component: 'openssl',
            version: '3.0.7-1',
            os: 'rhel:9',
            location: 'usr/lib/x.jar',
            source: 2,
            severity: 3,
            cvss: 7.1,
            epss: 0.01,
            impact: 5.9,
            nvdCvss: 9.8,
            firstSeen: Date.UTC(2026, 1, 3, 4, 5, 6) / 1000,
            published: Date.UTC(2024, 0, 1) / 1000,
            fixable: true,
            fixedBy: '3.0.7-2',
            advisoryName: 'RHSA-2024:1234',
            advisoryLink: 'https://access.example/RHSA-2024:1234',
            fixAvailable: since410 ? Date.UTC(2026, 1, 1) / 1000 : null,
            kev: release === 'next' ? true : null,
            layerType: since410 ? 1 : null,
          },
        ],
      });
    });
  },
);

describe('rows that are not as expected', () => {
  it('become unknown values where NULL or out of range, and are counted where they name no CVE', async () => {
    const ref = 'uuid-odd';
    await insertImage(odd, {
      generation: 2,
      ref,
      component: { name: null, version: null, source: null, operatingsystem: null, location: null },
      cves: [
        { cvebaseinfo_cve: 'GHSA-xxxx-yyyy-zzzz' },
        {
          cvebaseinfo_cve: 'ALAS-1',
          severity: 9,
          cvss: 'NaN',
          firstimageoccurrence: '0001-01-01 00:00:00',
          cvebaseinfo_publishedon: 'infinity',
        },
        { cvebaseinfo_cve: 'CVE-2024-0002', componentid: null },
      ],
    });
    await odd.insert('image_cves_v2', { id: 'nameless', imageidv2: ref });
    await odd.insert('image_cves_v2', { id: 'nameless-too', imageidv2: ref, cvebaseinfo_cve: '' });
    const connection = odd.open();
    const [found] = await collect(connection, await detectSchema(connection), [{ ref, generation: 2 }]);
    const unknown = {
      component: '',
      version: '',
      os: '',
      location: '',
      source: 0,
      severity: 0,
      cvss: 0,
      epss: 0,
      impact: 0,
      nvdCvss: 0,
      firstSeen: null,
      published: null,
      fixable: false,
      fixedBy: '',
      advisoryName: '',
      advisoryLink: '',
      fixAvailable: null,
      kev: null,
      layerType: null,
    };
    expect(found?.skipped).toBe(2);
    expect([...(found?.rows ?? [])].sort((a, b) => a.cve.localeCompare(b.cve))).toEqual([
      { cve: 'ALAS-1', ...unknown },
      { cve: 'CVE-2024-0002', ...unknown },
      { cve: 'GHSA-xxxx-yyyy-zzzz', ...unknown },
    ]);
  });

  it('tell clean, never scanned and gone images apart', async () => {
    await insertImage(odd, { generation: 2, ref: 'uuid-clean', cves: [] });
    await insertImage(odd, { generation: 2, ref: 'uuid-unscanned', scanTime: null, component: null });
    const connection = odd.open();
    const refs = ['uuid-clean', 'uuid-unscanned', 'uuid-gone'].map((ref): ImageRef => ({ ref, generation: 2 }));
    const found = await collect(connection, await detectSchema(connection), refs);
    expect(found.map(({ ref, image, rows }) => [ref, image, rows.length])).toEqual([
      ['uuid-clean', 'scanned', 0],
      ['uuid-unscanned', 'never-scanned', 0],
      ['uuid-gone', 'gone', 0],
    ]);
  });
});

describe('an image that Central scans again while it is read', () => {
  it('is seen whole, old or new, with the components that belong to its rows', async () => {
    const connection = rescanned.open();
    const rescan = async (round: number): Promise<void> => {
      await rescanned.admin.query(`BEGIN; DELETE FROM images_v2 WHERE id = 'busy'`);
      const cves = Array.from({ length: 3 + (round % 2) * 4 }, (_, index) => ({
        cvebaseinfo_cve: `CVE-${round % 2}-${index}`,
      }));
      await insertImage(rescanned, { generation: 2, ref: 'busy', component: { name: `component-${round % 2}` }, cves });
      await rescanned.admin.query('COMMIT');
    };
    await rescan(0);
    const schema = await detectSchema(connection);
    let writing = true;
    const writer = (async () => {
      for (let round = 1; round < 30; round += 1) await rescan(round);
      writing = false;
    })();
    const seen = new Set<number>();
    while (writing) {
      const [found] = await collect(connection, schema, [{ ref: 'busy', generation: 2 }]);
      const rows = found?.rows ?? [];
      const parity = rows.length === 3 ? 0 : 1;
      seen.add(rows.length);
      expect(rows).toHaveLength(parity === 0 ? 3 : 7);
      expect(new Set(rows.map((row) => `${row.component} ${row.cve.slice(0, 5)}`))).toEqual(
        new Set([`component-${parity} CVE-${parity}`]),
      );
    }
    await writer;
    expect(seen.size).toBeGreaterThan(0);
  });
});

describe('many images', () => {
  it('come in the order asked for, each once and whole, over both generations and batch borders', async () => {
    const refs: ImageRef[] = [];
    for (let index = 0; index < 7; index += 1) {
      const generation = index % 2 === 0 ? 1 : 2;
      const ref = `image-${index}`;
      await insertImage(many, {
        generation,
        ref,
        cves: Array.from({ length: index }, (_, cve) => ({ cvebaseinfo_cve: `CVE-2024-${index}${cve}` })),
      });
      refs.push({ ref, generation });
    }
    const connection = many.open();
    const schema = await detectSchema(connection);
    expect(schema.mode).toBe('mixed');
    const found = await collect(connection, schema, [...refs, ...refs], 2);
    expect(found.map(({ ref }) => ref)).toEqual([
      'image-0',
      'image-2',
      'image-4',
      'image-6',
      'image-1',
      'image-3',
      'image-5',
    ]);
    for (const { ref, rows } of found)
      expect(rows.map((row) => row.component)).toEqual(Array.from({ length: Number(ref.slice(6)) }, () => 'openssl'));
    expect(await collect(connection, schema, [])).toEqual([]);
    expect(connection.inUse).toBe(0);
  });
});
