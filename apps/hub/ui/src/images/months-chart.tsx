import { Chart, ChartAxis, ChartBar, ChartStack, ChartTooltip } from '@patternfly/react-charts/victory';
import { useTranslation } from 'react-i18next';
import { Legend } from '../design/charts/legend.tsx';
import { ground, severityColours } from '../design/charts/look.ts';
import { Measured } from '../design/charts/measured.tsx';
import { wholeTicks } from '../design/charts/ticks.ts';
import { useFormat } from '../design/format.ts';
import { SeverityIcon } from '../design/severity.tsx';
import { type Month, monthName } from './months.ts';

const levels = [
  [4, 'critical'],
  [3, 'important'],
  [2, 'moderate'],
  [1, 'low'],
] as const;

/** CVEs first seen per month, stacked by severity. The table behind it says the same. */
export function MonthsChart({ months }: { readonly months: readonly Month[] }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <>
      <Legend
        entries={levels.map(([severity, name]) => ({
          key: name,
          mark: <SeverityIcon severity={severity} />,
          name: t(`severity.${name}`),
          figure: format.count(months.reduce((sum, month) => sum + month[name], 0)),
        }))}
      />
      <Measured>{(width) => <Bars months={months} width={width} />}</Measured>
    </>
  );
}

const height = 180;
const padding = { left: 44, right: 16, top: 12, bottom: 32 };
const roomPerLabel = 80;

function Bars({ months, width }: { readonly months: readonly Month[]; readonly width: number }) {
  const { t, i18n } = useTranslation();
  const format = useFormat();
  const highest = Math.max(1, ...months.map((month) => levels.reduce((sum, [, name]) => sum + month[name], 0)));
  const every = Math.ceil(months.length / Math.max(1, Math.floor(width / roomPerLabel)));
  // Months count from 1: the axis of numbers stands where 0 is, or else at the edge.
  const named = months.map((_month, at) => at + 1).filter((at) => (months.length - at) % every === 0);
  return (
    <Chart
      ariaTitle={t('image.historyLead')}
      width={width}
      height={height}
      padding={padding}
      domain={{ x: [0.5, months.length + 0.5], y: [0, highest] }}
    >
      <ChartAxis
        tickValues={named}
        tickFormat={(at: number) => monthName(months[at - 1]?.month ?? '', i18n.language)}
      />
      <ChartAxis
        dependentAxis
        showGrid
        tickValues={[...wholeTicks(highest)]}
        tickFormat={(value: number) => format.count(value)}
      />
      <ChartStack>
        {levels.map(([, name]) => (
          <ChartBar
            key={name}
            barWidth={Math.min(36, (width / months.length) * 0.6)}
            data={months.map((month, at) => ({
              x: at + 1,
              y: month[name],
              label: `${t(`severity.${name}`)}: ${format.count(month[name])}`,
            }))}
            labelComponent={<ChartTooltip constrainToVisibleArea />}
            style={{ data: { fill: severityColours[name], stroke: ground, strokeWidth: 0.5 } }}
          />
        ))}
      </ChartStack>
    </Chart>
  );
}
