import { Chart, ChartAxis, ChartBar, ChartLabel, ChartStack, ChartTooltip } from '@patternfly/react-charts/victory';
import { useFormat } from '../design/format.ts';
import type { Drill } from './drill.ts';
import { useDrill } from './drill-link.tsx';
import { faintInk, ink } from './look.ts';
import { Measured } from './measured.tsx';
import { barStyle, press } from './press.ts';

export interface StackedRow {
  readonly name: string;
  /** Said behind the name: on how many clusters. */
  readonly note?: string;
  /** One per series. */
  readonly values: readonly number[];
}

export interface Series {
  readonly name: string;
  readonly colour: string;
  /** Where a part of a row leads. */
  readonly to: (row: string) => Drill;
}

export interface StackedRowsProps {
  readonly title: string;
  readonly rows: readonly StackedRow[];
  readonly series: readonly Series[];
}

const rowHeight = 30;
const barWidth = 16;
const rightSpace = 52;
/** Without an axis of our own the library would draw one. */
const bare = { axis: { stroke: 'none' } };

/** Horizontal bars, one row each, divided by series; names and sums are written beside them. */
export function StackedRows(props: StackedRowsProps) {
  return <Measured>{(width) => <Drawn {...props} width={width} />}</Measured>;
}

function Drawn({ title, rows, series, width }: StackedRowsProps & { readonly width: number }) {
  const format = useFormat();
  const drill = useDrill();
  const sums = rows.map((row) => row.values.reduce((sum, value) => sum + value, 0));
  const longest = Math.max(1, ...sums);
  const left = Math.min(190, Math.round(width * 0.36));
  const plot = width - left - rightSpace;
  // Positions count from below, and Victory matches the stacked series by their order.
  const upwards = rows.toReversed();
  const middle = (row: number) => (row + 0.5) * rowHeight;
  return (
    <Chart
      ariaTitle={title}
      ariaDesc={rows.map((row, at) => `${row.name}: ${format.count(sums[at] ?? 0)}`).join(', ')}
      width={width}
      height={rows.length * rowHeight}
      padding={{ left, right: rightSpace, top: 0, bottom: 0 }}
      domain={{ x: [0.5, rows.length + 0.5], y: [0, longest] }}
      horizontal
    >
      <ChartAxis tickValues={[]} style={bare} />
      <ChartAxis dependentAxis tickValues={[]} style={bare} />
      <ChartStack horizontal>
        {series.map((one, index) => (
          <ChartBar
            key={one.name}
            horizontal
            barWidth={barWidth}
            data={upwards.map((row, at) => ({ x: at + 1, y: row.values[index] ?? 0, row: row.name }))}
            labels={({ datum }) => `${String(datum.row)}\n${one.name}: ${format.count(datum.y)}`}
            labelComponent={<ChartTooltip constrainToVisibleArea />}
            style={barStyle(one.colour)}
            events={press((datum) => drill(one.to(String(datum['row']))))}
          />
        ))}
      </ChartStack>
      {rows.map((row, at) => (
        <ChartLabel
          key={row.name}
          x={left - 8}
          y={middle(at)}
          textAnchor="end"
          verticalAnchor="middle"
          text={fitting(row, left - 8)}
          style={{ fill: ink, fontSize: 13 }}
        />
      ))}
      {rows.map((row, at) => (
        <ChartLabel
          key={`${row.name} sum`}
          x={left + ((sums[at] ?? 0) / longest) * plot + 8}
          y={middle(at)}
          verticalAnchor="middle"
          text={format.count(sums[at] ?? 0)}
          style={{ fill: faintInk, fontSize: 13 }}
        />
      ))}
    </Chart>
  );
}

/** About 7 px a letter at this size; the whole name is in the tooltip and in the table. */
function fitting({ name, note }: StackedRow, space: number): string {
  const letters = Math.floor(space / 7.2);
  const whole = note === undefined ? name : `${name} ${note}`;
  if (whole.length <= letters) return whole;
  return name.length <= letters ? name : `${name.slice(0, letters - 1)}…`;
}
