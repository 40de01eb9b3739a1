/** The four parts of the risk matrix, and where a CVE stands in it. Pure. */
import type { DashboardData } from '@pratique/hub/contract';
import { likelyFrom, severeFrom } from './drill.ts';

export type MatrixPoint = DashboardData['epss_matrix'][number];

export const zones = ['critical', 'likely', 'severe', 'low'] as const;
export type Zone = (typeof zones)[number];

/** On the line counts as beyond it, as in the filters of the list. */
export function zoneOf({ epss, cvss }: Pick<MatrixPoint, 'epss' | 'cvss'>): Zone {
  if (cvss >= severeFrom) return epss >= likelyFrom ? 'critical' : 'severe';
  return epss >= likelyFrom ? 'likely' : 'low';
}

export interface ZoneCount {
  readonly zone: Zone;
  readonly count: number;
  /** False where the hub left points out, so that there are more than counted. */
  readonly isWhole: boolean;
}

/**
 * How many points lie in each zone. The hub leaves out the points with the lowest EPSS first: as soon as one drawn
 * point is unlikely, all likely ones are there.
 */
export function countZones(points: readonly MatrixPoint[], isTruncated: boolean): readonly ZoneCount[] {
  const hasUnlikely = points.some((point) => point.epss < likelyFrom);
  return zones.map((zone) => ({
    zone,
    count: points.filter((point) => zoneOf(point) === zone).length,
    isWhole: !isTruncated || (hasUnlikely && (zone === 'critical' || zone === 'likely')),
  }));
}

/** Where an EPSS stands on the x axis, 0–1. The root spreads the many CVEs near zero; the marks say what is where. */
export function spread(epss: number): number {
  return Math.sqrt(Math.min(1, Math.max(0, epss)));
}

export interface PlacedPoint {
  readonly point: MatrixPoint;
  /** Pixels in the drawing. */
  readonly x: number;
  readonly y: number;
}

export interface Plot {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** Puts every point at its pixel. */
export function place(points: readonly MatrixPoint[], plot: Plot): readonly PlacedPoint[] {
  return points.map((point) => ({
    point,
    x: plot.left + spread(point.epss) * plot.width,
    y: plot.top + (1 - Math.min(10, point.cvss) / 10) * plot.height,
  }));
}

/** The points under the pointer: the nearest within `reach` pixels, and how many share its pixel. */
export function nearest(
  placed: readonly PlacedPoint[],
  at: { readonly x: number; readonly y: number },
  reach: number,
): { readonly hit: PlacedPoint; readonly others: number } | null {
  let best: PlacedPoint | null = null;
  let least = reach * reach;
  for (const one of placed) {
    const distance = (one.x - at.x) ** 2 + (one.y - at.y) ** 2;
    if (distance < least || (best === null && distance === least)) [best, least] = [one, distance];
  }
  if (best === null) return null;
  const hit = best;
  const others = placed.filter((one) => Math.abs(one.x - hit.x) < 1 && Math.abs(one.y - hit.y) < 1).length - 1;
  return { hit, others };
}

const half = 3.5;

/** The outline of a point; every severity has a shape of its own. */
export function shapeOf(severity: number, x: number, y: number): string {
  const [l, r, t, b] = [x - half, x + half, y - half, y + half].map((value) => value.toFixed(1));
  const [cx, cy] = [x.toFixed(1), y.toFixed(1)];
  switch (severity) {
    case 4:
      return `M${cx} ${t}L${r} ${cy}L${cx} ${b}L${l} ${cy}Z`;
    case 3:
      return `M${cx} ${t}L${r} ${b}L${l} ${b}Z`;
    case 2:
      return `M${l} ${t}H${r}V${b}H${l}Z`;
    case 1:
      return `M${l} ${cy}A${half} ${half} 0 1 0 ${r} ${cy}A${half} ${half} 0 1 0 ${l} ${cy}Z`;
    default:
      return `M${l} ${t}L${r} ${b}M${r} ${t}L${l} ${b}`;
  }
}
