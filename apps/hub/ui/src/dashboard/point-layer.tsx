/** The points of the risk matrix: one path per severity, so that thousands of them cost as little as five. */
import { ChartLabel } from '@patternfly/react-charts/victory';
import { useNavigate } from '@tanstack/react-router';
import { type PointerEvent, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../design/format.ts';
import { severitiesWorstFirst, severityName } from '../design/severity.tsx';
import { inverseGround, inverseInk, severityColours } from '../design/charts/look.ts';
import { type MatrixPoint, nearest, place, type PlacedPoint, type Plot, shapeOf } from './risk-zones.ts';

const reach = 14;

interface PointLayerProps {
  readonly points: readonly MatrixPoint[];
  readonly plot: Plot;
}

/** Draws the points; the nearest to the pointer is named, and pressing it opens its CVE. */
export function PointLayer({ points, plot }: PointLayerProps) {
  const navigate = useNavigate();
  const placed = useMemo(() => place(points, plot), [points, plot]);
  const [at, setAt] = useState<{ readonly x: number; readonly y: number } | null>(null);
  const found = at === null ? null : nearest(placed, at, reach);
  function open(event: PointerEvent<SVGRectElement> | React.MouseEvent<SVGRectElement>): void {
    const hit = nearest(placed, positionIn(event), reach)?.hit;
    if (hit !== undefined) {
      void navigate({ to: '/vulnerabilities/$cveId', params: { cveId: hit.point.cve_id }, search: {} });
    }
  }
  return (
    <g>
      <Shapes placed={placed} />
      {found !== null && <Named {...found} plot={plot} />}
      {/* Beyond the frame by the reach, so that points on the edge can be met. */}
      <rect
        x={plot.left - reach}
        y={plot.top - reach}
        width={plot.width + 2 * reach}
        height={plot.height + 2 * reach}
        className={found === null ? 'app-pointed' : 'app-pointed app-pressable'}
        onPointerMove={(event) => setAt(positionIn(event))}
        onPointerLeave={() => setAt(null)}
        onClick={open}
      />
    </g>
  );
}

/** Mildest first, so that the worst lie on top. */
function Shapes({ placed }: { readonly placed: readonly PlacedPoint[] }) {
  const paths = useMemo(
    () =>
      severitiesWorstFirst.toReversed().map((severity) => ({
        severity,
        d: placed
          .filter(({ point }) => point.severity === severity)
          .map(({ x, y }) => shapeOf(severity, x, y))
          .join(''),
      })),
    [placed],
  );
  return paths.map(({ severity, d }) => {
    const colour = severityColours[severityName(severity)];
    return (
      <path
        key={severity}
        d={d}
        className="app-points"
        style={{ fill: severity === 0 ? 'none' : colour, stroke: colour }}
      />
    );
  });
}

interface NamedProps {
  readonly hit: PlacedPoint;
  readonly others: number;
  readonly plot: Plot;
}

const lineHeight = 18;
/** About what a letter takes at the size of the name; the library's own box adds up all lines. */
const letter = 7.3;
const inset = 10;

/** The name stands on the side of the point where there is room. */
function Named({ hit, others, plot }: NamedProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const { cve_id, epss, cvss } = hit.point;
  const lines = [cve_id, `EPSS ${format.percent(epss)}, CVSS ${format.score(cvss)}`];
  if (others > 0) lines.push(t('dashboard.matrix.others', { count: others, value: format.count(others) }));
  const width = Math.max(...lines.map((line) => line.length)) * letter + 2 * inset;
  const height = lines.length * lineHeight + inset;
  const x = hit.x > plot.left + plot.width / 2 ? hit.x - width - inset : hit.x + inset;
  const y = hit.y > plot.top + plot.height / 2 ? hit.y - height - inset : hit.y + inset;
  return (
    <g className="app-named">
      <circle cx={hit.x} cy={hit.y} r={7} className="app-point-ring" />
      <rect x={x} y={y} width={width} height={height} rx={4} style={{ fill: inverseGround }} />
      {lines.map((line, at) => (
        <ChartLabel
          key={line}
          x={x + inset}
          y={y + inset / 2 + (at + 0.5) * lineHeight}
          verticalAnchor="middle"
          text={line}
          style={{ fill: inverseInk, fontSize: 13, fontWeight: at === 0 ? 700 : 400 }}
        />
      ))}
    </g>
  );
}

/** The pointer in the drawing's own pixels, whatever size the page shows it in. */
function positionIn(event: {
  readonly currentTarget: SVGElement;
  readonly clientX: number;
  readonly clientY: number;
}): {
  readonly x: number;
  readonly y: number;
} {
  const svg = event.currentTarget.ownerSVGElement;
  const matrix = svg?.getScreenCTM()?.inverse();
  if (matrix === undefined) return { x: 0, y: 0 };
  const { x, y } = new DOMPoint(event.clientX, event.clientY).matrixTransform(matrix);
  return { x, y };
}
