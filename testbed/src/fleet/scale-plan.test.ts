import { describe, expect, it } from 'vitest';
import { drawFrom } from './draw.ts';
import { loadingRows, scaleShapes } from './scale-plan.ts';
import type { ScalePlanRequest } from './scale-plan.ts';

const request: ScalePlanRequest = {
  ...{ draw: drawFrom('scale'), shape: scaleShapes.small, identity: 'mixed', serializedBytes: 300 },
  now: new Date('2026-08-15T12:00:00Z'),
};

/** Rows of one loading table as records. */
function records(table: string, changed: Partial<ScalePlanRequest> = {}): readonly Readonly<Record<string, unknown>>[] {
  const rows = loadingRows({ ...request, ...changed }).find((each) => each.table === table);
  return [...(rows?.rows ?? [])].map((row) =>
    Object.fromEntries(row.map((cell, at) => [rows?.columns[at] ?? '', cell])),
  );
}

function sum(rows: readonly Readonly<Record<string, unknown>>[], column: string): number {
  return rows.reduce((total, row) => total + Number(row[column]), 0);
}

describe('the plan of a fleet for measuring', () => {
  it('deals out exactly the rows of its size', () => {
    const images = records('load_images');
    expect(images).toHaveLength(500);
    expect(sum(images, 'cve_rows')).toBe(99_542);
    expect(sum(images, 'components')).toBe(50_225);
  });

  it.each([
    ['v1', 500, 0],
    ['v2', 0, 500],
  ] as const)('puts images of %s in that generation only', (identity, v1, v2) => {
    const images = records('load_images', { identity });
    expect([images.filter((image) => image['v1']).length, images.filter((image) => image['v2']).length]).toEqual([
      v1,
      v2,
    ]);
  });

  it('leaves no image of a mixed fleet without rows, and some with both', () => {
    const images = records('load_images');
    expect(images.filter((image) => image['v1'] !== true && image['v2'] !== true)).toEqual([]);
    expect(images.filter((image) => image['v1'] === true && image['v2'] === true).length).toBeGreaterThan(100);
  });

  it('names every CVE once: real ones of KEV, and numbers that do not exist', () => {
    const cves = records('load_cves');
    expect(new Set(cves.map((cve) => cve['name'])).size).toBe(scaleShapes.small.cves);
    expect(cves.filter((cve) => cve['kev'] === true)).toHaveLength(Math.floor(scaleShapes.small.cves / 40));
    expect(cves.filter((cve) => cve['kev'] !== true && !/^CVE-\d{4}-90\d{4}$/.test(String(cve['name'])))).toEqual([]);
  });

  it.each([120, 300, 1000])('fills the protobuf to about %i bytes', (bytes) => {
    const lengths = records('load_cves', { serializedBytes: bytes }).map(
      (cve) => (cve['serialized'] as Uint8Array).length,
    );
    expect(Math.max(...lengths)).toBeLessThanOrEqual(bytes + 8);
    expect(Math.min(...lengths)).toBeGreaterThanOrEqual(bytes - 8);
  });

  it('stores scores as 32-bit floats and severities that fit them', () => {
    for (const verdict of records('load_verdicts')) {
      const cvss = Number(verdict['cvss']);
      expect(Math.fround(cvss)).toBe(cvss);
      const rounded = Math.round(cvss * 10) / 10;
      expect(verdict['severity']).toBe(rounded >= 9 ? 4 : rounded >= 7 ? 3 : rounded >= 4 ? 2 : 1);
    }
  });
});
