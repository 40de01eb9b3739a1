/** The points of the risk matrix: one path per severity, so that thousands of them cost as little as five. */
import { ChartTooltip } from '@patternfly/react-charts/victory';
import { useNavigate } from '@tanstack/react-router';
import { type PointerEvent, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../design/format.ts';
import { severitiesWorstFirst, severityName } from '../design/severity.tsx';
import { severityColours } from './look.ts';
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
      {found !== null && <Named {...found} />}
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

function Named({ hit, others }: { readonly hit: PlacedPoint; readonly others: number }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { cve_id, epss, cvss } = hit.point;
  const lines = [cve_id, `EPSS ${format.percent(epss)}, CVSS ${format.score(cvss)}`];
  if (others > 0) lines.push(t('dashboard.matrix.others', { count: others, value: format.count(others) }));
  return (
    <>
      <circle cx={hit.x} cy={hit.y} r={7} className="app-point-ring" />
      <ChartTooltip
        active
        x={hit.x}
        y={hit.y - 6}
        datum={{}}
        text={lines.join('\n')}
        orientation={hit.y < 110 ? 'bottom' : 'top'}
        constrainToVisibleArea
      />
    </>
  );
}

/** The pointer in the drawing's own pixels, whatever size the page shows it in. */
function positionIn(event: { readonly currentTarget: SVGElement; readonly clientX: number; readonly clientY: number }): {
  readonly x: number;
  readonly y: number;
} {
  const svg = event.currentTarget.ownerSVGElement;
  const matrix = svg?.getScreenCTM()?.inverse();
  if (matrix === undefined) return { x: 0, y: 0 };
  const { x, y } = new DOMPoint(event.clientX, event.clientY).matrixTransform(matrix);
  return { x, y };
}
