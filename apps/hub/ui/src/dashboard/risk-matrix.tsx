import { Chart, ChartAxis, ChartLabel, ChartLine } from '@patternfly/react-charts/victory';
import type { DashboardData } from '@pratique/hub/contract';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { CveLink } from '../cves/cve-link.tsx';
import { FilteredRows } from '../design/filtered-rows.tsx';
import { useFormat } from '../design/format.ts';
import { Severity, severitiesWorstFirst, severityName } from '../design/severity.tsx';
import { ChartCard } from './chart-card.tsx';
import { likelyFrom, severeAndLikely, severeFrom } from './drill.ts';
import { DrillLink } from './drill-link.tsx';
import { Legend } from '../design/charts/legend.tsx';
import { faintInk, severityColours } from '../design/charts/look.ts';
import { Measured } from '../design/charts/measured.tsx';
import { PointLayer } from './point-layer.tsx';
import { countZones, type MatrixPoint, type Plot, shapeOf, spread, type Zone } from './risk-zones.ts';
import { TwinTable } from './twin-table.tsx';

type MatrixData = Pick<DashboardData, 'epss_matrix' | 'epss_matrix_truncated'>;

/** Every visible CVE by how likely and how bad an exploit is. */
export function RiskMatrix({ data }: { readonly data: MatrixData }) {
  const { t } = useTranslation();
  const title = t('dashboard.matrix.title');
  const points = data.epss_matrix;
  return (
    <ChartCard title={title} help={t('dashboard.matrix.help')} table={<MatrixTable title={title} points={points} />}>
      <ZoneSentence data={data} />
      <Measured>{(width) => <Matrix title={title} points={points} width={width} />}</Measured>
      <Legend
        entries={severitiesWorstFirst.map((severity) => ({
          key: String(severity),
          mark: <ShapeMark severity={severity} />,
          name: t(`severity.${severityName(severity)}`),
        }))}
      />
    </ChartCard>
  );
}

/** What the picture says, as a sentence with the one link that counts exactly the same. */
function ZoneSentence({ data }: { readonly data: MatrixData }) {
  const { t } = useTranslation();
  const format = useFormat();
  const critical = countZones(data.epss_matrix, data.epss_matrix_truncated === true).find(
    ({ zone }) => zone === 'critical',
  );
  const count = critical?.count ?? 0;
  return (
    <p className="app-matrix-sentence">
      {critical?.isWhole === true && (
        <DrillLink to={severeAndLikely}>
          {t('dashboard.matrix.critical', { count, value: format.count(count) })}
        </DrillLink>
      )}
      {data.epss_matrix_truncated === true && (
        <span className="app-subtle">
          {t('dashboard.matrix.truncated', { value: format.count(data.epss_matrix.length) })}
        </span>
      )}
    </p>
  );
}

const height = 420;
const space = { left: 60, right: 24, top: 28, bottom: 64 };
const epssMarks = [0, 0.01, 0.1, 0.25, 0.5, 0.75, 1];
const fewEpssMarks = [0, 0.1, 0.5, 1];
const narrow = 400;
const cvssMarks = [0, 2, 4, 7, 9, 10];

interface MatrixProps {
  readonly title: string;
  readonly points: readonly MatrixPoint[];
  readonly width: number;
}

function Matrix({ title, points, width }: MatrixProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const plot: Plot = useMemo(
    () => ({
      left: space.left,
      top: space.top,
      width: Math.max(1, width - space.left - space.right),
      height: height - space.top - space.bottom,
    }),
    [width],
  );
  const dashed = { data: { stroke: faintInk, strokeWidth: 1, strokeDasharray: '4 4' } };
  return (
    <Chart
      ariaTitle={title}
      ariaDesc={t('dashboard.matrix.description', { count: points.length, value: format.count(points.length) })}
      width={width}
      height={height}
      padding={space}
      domain={{ x: [0, 1], y: [0, 10] }}
    >
      <ChartAxis
        tickValues={(width < narrow ? fewEpssMarks : epssMarks).map(spread)}
        tickFormat={(at: number) => format.percent(Math.round(at * at * 10_000) / 10_000)}
        label={t('dashboard.matrix.x')}
      />
      <ChartAxis dependentAxis showGrid tickValues={cvssMarks} label={t('dashboard.matrix.y')} />
      <ChartLine
        data={[
          { x: spread(likelyFrom), y: 0 },
          { x: spread(likelyFrom), y: 10 },
        ]}
        style={dashed}
      />
      <ChartLine
        data={[
          { x: 0, y: severeFrom },
          { x: 1, y: severeFrom },
        ]}
        style={dashed}
      />
      {zoneLabels(plot).map(({ zone, x, y, textAnchor }) => (
        <ChartLabel
          key={zone}
          x={x}
          y={y}
          textAnchor={textAnchor}
          text={t(`dashboard.matrix.zone.${zone}`)}
          style={{ fill: faintInk, fontSize: 13, fontWeight: 500 }}
        />
      ))}
      <PointLayer points={points} plot={plot} />
    </Chart>
  );
}

interface ZoneLabel {
  readonly zone: Zone;
  readonly x: number;
  readonly y: number;
  readonly textAnchor: 'start' | 'end';
}

/** In the corner of each zone, or above it: where no CVE stands in the way. */
function zoneLabels({ left, top, width, height: plotHeight }: Plot): readonly ZoneLabel[] {
  return [
    { zone: 'severe', x: left + 8, y: top - 14, textAnchor: 'start' },
    { zone: 'critical', x: left + width - 8, y: top - 14, textAnchor: 'end' },
    { zone: 'low', x: left + 8, y: top + plotHeight - 14, textAnchor: 'start' },
    { zone: 'likely', x: left + width - 8, y: top + plotHeight - 14, textAnchor: 'end' },
  ];
}

/** The shape of a severity in the matrix, for its legend. */
function ShapeMark({ severity }: { readonly severity: number }) {
  const colour = severityColours[severityName(severity)];
  return (
    <svg className="app-swatch" viewBox="0 0 10 10" aria-hidden="true">
      <path d={shapeOf(severity, 5, 5)} style={{ fill: severity === 0 ? 'none' : colour, stroke: colour }} />
    </svg>
  );
}

function MatrixTable({ title, points }: { readonly title: string; readonly points: readonly MatrixPoint[] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const columns = [
    { label: t('cves.column.cve') },
    { label: t('dashboard.column.severity') },
    { label: 'EPSS', isNumber: true },
    { label: 'CVSS', isNumber: true },
  ];
  return (
    <FilteredRows
      rows={points}
      wordsOf={(point) => [point.cve_id]}
      filterLabel={t('dashboard.matrix.filter')}
      emptyTitle={t('design.noMatch')}
    >
      {(shown) => (
        <TwinTable
          label={title}
          columns={columns}
          rows={shown.map((point) => ({
            key: point.cve_id,
            cells: [
              <CveLink key="id" cveId={point.cve_id} />,
              <Severity key="severity" severity={point.severity} />,
              format.percent(point.epss),
              format.score(point.cvss),
            ],
          }))}
        />
      )}
    </FilteredRows>
  );
}
