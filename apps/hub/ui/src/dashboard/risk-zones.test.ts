import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countZones, type MatrixPoint, nearest, place, shapeOf, zoneOf } from './risk-zones.ts';
import { dayTicks, shortDay, wholeTicks } from '../design/charts/ticks.ts';

function point(epss: number, cvss: number): MatrixPoint {
  return { cve_id: `CVE-${epss}-${cvss}`, epss, cvss, severity: 3 };
}

const plot = { left: 50, top: 10, width: 400, height: 300 };

describe('the zones of the risk matrix', () => {
  it('count a CVE on a line as beyond it, as the list does', () => {
    expect([point(0.1, 7), point(0.0999, 7), point(0.1, 6.9), point(0.0999, 6.9)].map(zoneOf)).toEqual([
      'critical',
      'severe',
      'likely',
      'low',
    ]);
  });

  it('know which of them are whole when the hub left points out', () => {
    const whole = countZones([point(0.5, 9), point(0.05, 9)], true).filter((zone) => zone.isWhole);
    expect(whole.map(({ zone, count }) => [zone, count])).toEqual([
      ['critical', 1],
      ['likely', 0],
    ]);
    expect(countZones([point(0.5, 9)], true).every((zone) => !zone.isWhole)).toBe(true);
    expect(countZones([point(0.5, 9)], false).every((zone) => zone.isWhole)).toBe(true);
  });

  it('hold every point once', () => {
    const points = fc.array(
      fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 10, noNaN: true })),
    );
    fc.assert(
      fc.property(points, (pairs) => {
        const counts = countZones(
          pairs.map(([epss, cvss]) => point(epss, cvss)),
          false,
        );
        expect(counts.reduce((sum, { count }) => sum + count, 0)).toBe(pairs.length);
      }),
    );
  });
});

describe('the points of the risk matrix', () => {
  it('stand in the corners where the scale ends, and inside it whatever the hub says', () => {
    const [low, high, wild] = place([point(0, 0), point(1, 10), point(7, 99)], plot);
    expect([low?.x, low?.y, high?.x, high?.y]).toEqual([50, 310, 450, 10]);
    expect([wild?.x, wild?.y]).toEqual([450, 10]);
  });

  it('are found under the pointer, with those at the same place', () => {
    const placed = place([point(1, 10), point(1, 9.99), point(0, 0)], plot);
    expect(nearest(placed, { x: 445, y: 14 }, 14)).toMatchObject({ hit: { point: { epss: 1 } }, others: 1 });
    expect(nearest(placed, { x: 250, y: 150 }, 14)).toBeNull();
    expect(nearest([], { x: 0, y: 0 }, 14)).toBeNull();
  });

  it('have a shape of their own for every severity', () => {
    expect(new Set([0, 1, 2, 3, 4].map((severity) => shapeOf(severity, 5, 5))).size).toBe(5);
  });
});

describe('the marks of an axis', () => {
  it('are whole numbers, few, and reach as far as the data', () => {
    expect([1, 3, 9, 40, 1204].map(wholeTicks)).toEqual([
      [0, 1],
      [0, 1, 2, 3],
      [0, 5],
      [0, 10, 20, 30, 40],
      [0, 500, 1000],
    ]);
  });

  it('name the last day and as many others as fit', () => {
    expect(dayTicks(90, 500)).toEqual([17, 35, 53, 71, 89]);
    expect(dayTicks(1, 500)).toEqual([0]);
    expect(shortDay('2026-11-21', 'de')).toBe('21. Nov.');
    expect(shortDay('x', 'de')).toBe('');
  });
});
