import { Chart, ChartAxis, ChartBar, ChartLabel, ChartStack, ChartTooltip } from '@patternfly/react-charts/victory';
import { useFormat } from '../design/format.ts';
import type { Drill } from './drill.ts';
import { useDrill } from './drill-link.tsx';
import { faintInk, ink } from '../design/charts/look.ts';
import { Measured } from '../design/charts/measured.tsx';
import { barStyle, press } from '../design/charts/press.ts';

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
  /** Of what is written on the colour; null where nothing can be read on it. */
  readonly ink: string | null;
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

/** Horizontal bars, one row each, divided by series; names and sums are written beside them, numbers on the parts. */
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
      {rows.flatMap((row, at) =>
        partLabels({ row, series, scale: plot / longest, left }).map(({ key, x, text, fill }) => (
          <ChartLabel
            key={key}
            x={x}
            y={middle(at)}
            textAnchor="middle"
            verticalAnchor="middle"
            text={text}
            style={{ fill, fontSize: 11, pointerEvents: 'none' }}
          />
        )),
      )}
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

interface RowDrawn {
  readonly row: StackedRow;
  readonly series: readonly Series[];
  /** Pixels a CVE. */
  readonly scale: number;
  readonly left: number;
}

/** The number of each part that is wide enough to hold it. */
function partLabels({ row, series, scale, left }: RowDrawn) {
  let from = left;
  return row.values.flatMap((value, index) => {
    const one = series[index];
    const text = String(value);
    const width = value * scale;
    const x = from + width / 2;
    from += width;
    const isWide = width > text.length * 7 + 8;
    const fill = one?.ink ?? null;
    return fill !== null && isWide ? [{ key: `${row.name} ${index}`, x, text, fill }] : [];
  });
}

/** About 7 px a letter at this size; the whole name is in the tooltip and in the table. */
function fitting({ name, note }: StackedRow, space: number): string {
  const letters = Math.floor(space / 7.2);
  const whole = note === undefined ? name : `${name} ${note}`;
  if (whole.length <= letters) return whole;
  return name.length <= letters ? name : `${name.slice(0, letters - 1)}…`;
}
