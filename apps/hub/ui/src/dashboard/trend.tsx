/** What became known here day by day. */
import { Chart, ChartArea, ChartAxis, ChartStack, ChartVoronoiContainer } from '@patternfly/react-charts/victory';
import type { DashboardData } from '@pratique/hub/contract';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../design/format.ts';
import { SeverityIcon } from '../design/severity.tsx';
import { ChartCard } from './chart-card.tsx';
import { Legend, Swatch } from '../design/charts/legend.tsx';
import { fixableColour, ground, severityColours, unfixableColour } from '../design/charts/look.ts';
import { Measured } from '../design/charts/measured.tsx';
import { TwinTable } from './twin-table.tsx';
import { dayTicks, shortDay, wholeTicks } from '../design/charts/ticks.ts';

/** A line of the stack, lowest first. */
interface Layer {
  readonly key: string;
  readonly name: string;
  readonly colour: string;
  readonly mark: ReactNode;
  readonly values: readonly number[];
}

interface TrendProps {
  readonly title: string;
  readonly help: string;
  readonly emptyText: string;
  readonly days: readonly string[];
  readonly layers: readonly Layer[];
}

const trendLevels = [
  [4, 'critical'],
  [3, 'important'],
  [2, 'moderate'],
  [1, 'low'],
] as const;

/** CVEs first seen on each of the last 90 days, by severity. */
export function SeverityTrend({ trend }: { readonly trend: DashboardData['cve_trend'] }) {
  const { t } = useTranslation();
  const layers = trendLevels.map(([severity, name]) => ({
    key: name,
    name: t(`severity.${name}`),
    colour: severityColours[name],
    mark: <SeverityIcon severity={severity} />,
    values: trend.map((day) => day[name]),
  }));
  return (
    <Trend
      title={t('dashboard.trend.title')}
      help={t('dashboard.trend.help')}
      emptyText={t('dashboard.trend.empty')}
      days={trend.map((day) => day.date)}
      layers={layers}
    />
  );
}

/** CVEs first seen on each of the last 30 days: can they be fixed? */
export function FixableTrend({ trend }: { readonly trend: DashboardData['fixable_trend'] }) {
  const { t } = useTranslation();
  const kinds = [
    ['fixable', fixableColour],
    ['unfixable', unfixableColour],
  ] as const;
  return (
    <Trend
      title={t('dashboard.fixableTrend.title')}
      help={t('dashboard.fixableTrend.help')}
      emptyText={t('dashboard.fixableTrend.empty')}
      days={trend.map((day) => day.date)}
      layers={kinds.map(([key, colour]) => ({
        key,
        name: t(`dashboard.${key}`),
        colour,
        mark: <Swatch colour={colour} />,
        values: trend.map((day) => day[key]),
      }))}
    />
  );
}

function Trend({ title, help, emptyText, days, layers }: TrendProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const sums = layers.map((layer) => layer.values.reduce((sum, value) => sum + value, 0));
  const isEmpty = sums.every((sum) => sum === 0);
  const columns = [
    { label: t('dashboard.column.day') },
    ...layers.map((layer) => ({ label: layer.name, isNumber: true })),
  ];
  // Quiet days say nothing: the table lists those on which something came, newest first.
  const rows = days
    .map((day, at) => ({ day, values: layers.map((layer) => layer.values[at] ?? 0) }))
    .filter(({ values }) => values.some((value) => value > 0))
    .map(({ day, values }) => ({ key: day, cells: [format.day(day), ...values.map((value) => format.count(value))] }))
    .toReversed();
  return (
    <ChartCard
      title={title}
      help={help}
      emptyText={isEmpty ? emptyText : undefined}
      table={<TwinTable label={title} columns={columns} rows={rows} />}
    >
      <Legend
        entries={layers.map(({ key, name, mark }, at) => ({ key, name, mark, figure: format.count(sums[at] ?? 0) }))}
      />
      <Measured>{(width) => <Areas title={title} days={days} layers={layers} width={width} />}</Measured>
    </ChartCard>
  );
}

/** Every day is a step as wide as the others, so the last one needs an end. */
function closed(values: readonly number[]): readonly number[] {
  return [...values, ...values.slice(-1)];
}

const height = 200;
const padding = { left: 36, right: 28, top: 12, bottom: 32 };

type AreasProps = Pick<TrendProps, 'title' | 'days' | 'layers'> & { readonly width: number };

function Areas({ title, days, layers, width }: AreasProps) {
  const { i18n } = useTranslation();
  const format = useFormat();
  const perDay = days.map((_day, at) => layers.reduce((sum, layer) => sum + (layer.values[at] ?? 0), 0));
  const highest = Math.max(1, ...perDay);
  const ticks = dayTicks(days.length, width);
  return (
    <Chart
      ariaTitle={title}
      ariaDesc={layers
        .map(({ name, values }) => `${name}: ${format.count(values.reduce((a, b) => a + b, 0))}`)
        .join(', ')}
      width={width}
      height={height}
      padding={padding}
      domain={{ x: [0, days.length], y: [0, highest] }}
      containerComponent={
        <ChartVoronoiContainer
          voronoiDimension="x"
          constrainToVisibleArea
          labels={({ datum }) => (datum.isFirst ? dayText(Number(datum.x)) : undefined) as string}
        />
      }
    >
      <ChartAxis
        tickValues={ticks.map((at) => at + 0.5)}
        tickFormat={(at: number) => shortDay(days[at - 0.5] ?? '', i18n.language)}
      />
      <ChartAxis
        dependentAxis
        showGrid
        tickValues={[...wholeTicks(highest)]}
        tickFormat={(value: number) => format.count(value)}
      />
      <ChartStack>
        {layers.map((layer, index) => (
          <ChartArea
            key={layer.key}
            interpolation="stepAfter"
            data={closed(layer.values).map((y, x) => ({ x, y, isFirst: index === 0 }))}
            style={{ data: { fill: layer.colour, fillOpacity: 1, stroke: ground, strokeWidth: 0.5 } }}
          />
        ))}
      </ChartStack>
    </Chart>
  );

  function dayText(at: number): string {
    const day = days[at];
    if (day === undefined) return '';
    const lines = layers.map(({ name, values }) => `${name}: ${format.count(values[at] ?? 0)}`);
    return [format.day(day), ...lines].join('\n');
  }
}
