import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { isFault } from '@pratique/runtime/fault';
import { openEpss } from './epss.ts';
import type { EpssScore } from './epss.ts';
import { parseKevCatalog } from './kev.ts';

const kevText = readFileSync(fileURLToPath(new URL('../../../../data/kev-sample.json', import.meta.url)), 'utf8');
const epssText = readFileSync(fileURLToPath(new URL('../../../../data/epss-sample.csv', import.meta.url)), 'utf8');

const entry = {
  cveID: 'CVE-2026-1000',
  vulnerabilityName: 'n',
  dateAdded: '2026-01-02',
  dueDate: '2026-01-05',
  requiredAction: 'patch',
  knownRansomwareCampaignUse: 'Known',
};
const catalog = (changes: object = {}) =>
  JSON.stringify({
    catalogVersion: '2026.01.02',
    dateReleased: '2026-01-02T10:00:00Z',
    count: 1,
    vulnerabilities: [entry],
    ...changes,
  });

async function read(
  text: string,
  pieces = 7,
): Promise<{ readonly modelVersion: string; readonly scoreDate: string; readonly rows: readonly EpssScore[] }> {
  const bytes = Buffer.from(text);
  const size = Math.max(1, Math.ceil(bytes.length / pieces));
  const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
    bytes.subarray(index * size, (index + 1) * size),
  );
  const feed = await openEpss(chunks);
  return { ...feed, rows: await Array.fromAsync(feed.rows) };
}

describe('the KEV catalogue', () => {
  it('is read as CISA publishes it', () => {
    const read = parseKevCatalog(kevText);
    expect(read).toMatchObject({ version: '2026.07.23', released: '2026-07-23T16:21:10.808Z' });
    expect(read.entries).toHaveLength(1653);
    expect(read.entries.find((one) => one.cveId === 'CVE-2021-44228')).toMatchObject({
      ransomware: 'Known',
      dateAdded: '2021-12-10',
    });
  });

  it.each([
    ['that is not JSON', '{'],
    ['that is another document', '{"vulnerabilities": []}'],
    ['that was cut', catalog({ count: 2 })],
    ['that is empty', catalog({ count: 0, vulnerabilities: [] })],
    ['that lists a CVE twice', catalog({ count: 2, vulnerabilities: [entry, entry] })],
    ['with a day no calendar has', catalog({ vulnerabilities: [{ ...entry, dueDate: '2026-02-30' }] })],
    ['with an id that is none', catalog({ vulnerabilities: [{ ...entry, cveID: "CVE-1'; drop" }] })],
    ['with a release date that is none', catalog({ dateReleased: 'some other day' })],
  ])('%s is refused', (_name, text) => {
    expect(() => parseKevCatalog(text)).toThrow(/^The KEV catalogue cannot be used/);
  });
});

describe('the EPSS file', () => {
  it('is read as FIRST publishes it, however it is cut into pieces', async () => {
    const [few, many] = await Promise.all([read(epssText, 1), read(epssText, 5_000)]);
    expect(few).toMatchObject({ modelVersion: 'v2026.06.15', scoreDate: '2026-08-08T12:02:54Z' });
    expect(few.rows).toHaveLength(1555);
    expect(few.rows[0]).toEqual({ cveId: 'CVE-2002-0367', probability: 0.04879, percentile: 0.91227 });
    expect(many.rows).toEqual(few.rows);
  });

  const head = '#model_version:v1,score_date:2026-01-01\n';

  it('may lack percentiles, which are then not 0', async () => {
    expect((await read(`${head}cve,epss\nCVE-2026-1000,0.5\n`)).rows).toEqual([
      { cveId: 'CVE-2026-1000', probability: 0.5, percentile: null },
    ]);
    expect((await read(`${head}cve,epss,percentile\r\nCVE-2026-1000,1e-05,\r\n\r\n`)).rows).toEqual([
      { cveId: 'CVE-2026-1000', probability: 0.00001, percentile: null },
    ]);
  });

  it.each([
    ['', 1],
    ['cve,epss\nCVE-2026-1000,0.5\n', 1],
    [`${head}id,score\n`, 2],
    [`${head}cve,epss\nCVE-2026-1000,0.5\nCVE-2026-1001,1.5\n`, 4],
    [`${head}cve,epss\nCVE-2026-1000,-0.5\n`, 3],
    [`${head}cve,epss\nCVE-2026-1000,NaN\n`, 3],
    [`${head}cve,epss\nCVE-2026-1000,\n`, 3],
    [`${head}cve,epss\nCVE-2026-1000\n`, 3],
    [`${head}cve,epss,percentile\nCVE-2026-1000,0.5,2\n`, 3],
    [`${head}cve,epss\n<html>\n`, 3],
    [`${head}cve,epss\n${'x'.repeat(5_000)}`, 3],
  ])('%j is refused at line %i', async (text, line) => {
    await expect(read(text)).rejects.toMatchObject({ code: 'feed-invalid', values: { line } });
  });

  it('fails on no bytes but with a fault', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.string(),
          fc.string().map((tail) => `${head}cve,epss\nCVE-2026-1000,0.1\n${tail}`),
        ),
        async (text) => {
          try {
            for (const row of (await read(text)).rows) expect(row.probability >= 0 && row.probability <= 1).toBe(true);
          } catch (error) {
            expect(isFault(error, 'feed-invalid')).toBe(true);
          }
        },
      ),
    );
  });
});
