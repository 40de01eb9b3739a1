import { ChartDonut, ChartLabel, ChartTooltip } from '@patternfly/react-charts/victory';
import { VictoryTooltip } from 'victory-tooltip';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Legend } from '../design/charts/legend.tsx';
import { press, sliceStyle } from '../design/charts/press.ts';
import { useFormat } from '../design/format.ts';
import { ChartCard } from './chart-card.tsx';
import type { Drill } from './drill.ts';
import { DrillLink, useDrill } from './drill-link.tsx';
import { TwinTable } from './twin-table.tsx';

/** One part of a whole, and the list of what it counts. */
export interface Part {
  readonly key: string;
  readonly name: string;
  readonly count: number;
  readonly colour: string;
  /** Of what is written on the colour; null where nothing can be read on it. */
  readonly ink: string | null;
  readonly mark: ReactNode;
  readonly to: Drill;
}

export interface PartsDonutProps {
  readonly title: string;
  readonly help: string;
  /** What the parts are called together. */
  readonly column: string;
  readonly parts: readonly Part[];
  /** Stands in the middle. */
  readonly middle: { readonly figure: string; readonly name: string };
}

/** A whole and its parts, as a ring with a legend and as a table. */
export function PartsDonut({ title, help, column, parts, middle }: PartsDonutProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const columns = [
    { label: column },
    { label: t('dashboard.column.cves'), isNumber: true },
    { label: t('dashboard.column.share'), isNumber: true },
  ];
  const total = parts.reduce((sum, { count }) => sum + count, 0);
  const rows = parts.map(({ key, name, count, to }) => ({
    key,
    cells: [
      name,
      <DrillLink key="count" to={to}>
        {format.count(count)}
      </DrillLink>,
      format.percent(total === 0 ? 0 : count / total),
    ],
  }));
  return (
    <ChartCard title={title} help={help} table={<TwinTable label={title} columns={columns} rows={rows} />}>
      <div className="app-donut">
        <div className="app-donut-chart">
          <Ring title={title} parts={parts} total={total} middle={middle} />
        </div>
        <Legend
          isColumn
          entries={parts.map(({ key, name, count, mark, to }) => ({
            key,
            mark,
            name,
            figure: (
              <DrillLink to={to} label={`${name}: ${format.count(count)}`}>
                {format.count(count)}
              </DrillLink>
            ),
          }))}
        />
      </div>
    </ChartCard>
  );
}

const size = 200;
const hole = 60;
/** A slice of less than this has no room for its number. */
const leastLabelled = 0.08;

/** Each slice carries its number, which stands beside its name in the legend: no colour is needed to match them. */
function Ring({ title, parts, total, middle }: Omit<PartsDonutProps, 'help' | 'column'> & { readonly total: number }) {
  const format = useFormat();
  const drill = useDrill();
  const data = parts.map(({ name, count, ink, to }) => ({ x: name, y: count, ink, to }));
  const shape = { width: size, height: size, padding: 4, innerRadius: hole, style: sliceStyle };
  return (
    <ChartDonut
      {...shape}
      ariaTitle={title}
      ariaDesc={parts.map(({ name, count }) => `${name}: ${format.count(count)}`).join(', ')}
      data={data}
      colorScale={parts.map(({ colour }) => colour)}
      labels={({ datum }) => `${datum.x}: ${format.count(datum.y)} (${format.percent(datum.y / total)})`}
      labelComponent={<SliceLabel total={total} />}
      title={middle.figure}
      subTitle={middle.name}
      events={press((datum) => drill(datum['to'] as Drill))}
    />
  );
}

interface SliceLabelProps {
  readonly total: number;
  /** Filled in by the chart. */
  readonly datum?: { readonly y: number; readonly ink: string | null };
  readonly slice?: { readonly startAngle: number; readonly endAngle: number };
}

/** The number on the slice, and in a tooltip what it counts. */
function SliceLabel({ total, ...given }: SliceLabelProps) {
  const format = useFormat();
  const { datum, slice } = given;
  const ink = datum?.ink ?? null;
  const isLabelled = datum !== undefined && slice !== undefined && ink !== null && datum.y / total >= leastLabelled;
  // Angles count from twelve o'clock, clockwise.
  const angle = isLabelled ? (slice.startAngle + slice.endAngle) / 2 : 0;
  const radius = (size / 2 - 4 + hole) / 2;
  return (
    <>
      {isLabelled && (
        <ChartLabel
          x={size / 2 + radius * Math.sin(angle)}
          y={size / 2 - radius * Math.cos(angle)}
          textAnchor="middle"
          verticalAnchor="middle"
          text={format.count(datum.y)}
          style={{ fill: ink, fontSize: 12, fontWeight: 500, pointerEvents: 'none' }}
        />
      )}
      <ChartTooltip {...given} constrainToVisibleArea />
    </>
  );
}

/** Victory asks the class of a label how it is told of the pointer. */
SliceLabel.defaultEvents = VictoryTooltip.defaultEvents;
