import { Chart, ChartAxis, ChartBar, ChartLabel } from '@patternfly/react-charts/victory';
import type { DashboardData } from '@pratique/hub/contract';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../design/format.ts';
import { ChartCard } from './chart-card.tsx';
import { byAge } from './drill.ts';
import { DrillLink, useDrill } from './drill-link.tsx';
import { accent, ink } from '../design/charts/look.ts';
import { Measured } from '../design/charts/measured.tsx';
import { barStyle, press } from '../design/charts/press.ts';
import { TwinTable } from './twin-table.tsx';

type Bucket = DashboardData['aging_distribution'][number];

/** For how long the visible CVEs have been here. */
export function Ageing({ buckets }: { readonly buckets: readonly Bucket[] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const title = t('dashboard.ageing.title');
  const rows = buckets.map(({ bucket, count }) => {
    const to = byAge(bucket);
    const figure = format.count(count);
    return {
      key: bucket,
      cells: [
        daysText(bucket),
        to === null ? (
          figure
        ) : (
          <DrillLink key="count" to={to}>
            {figure}
          </DrillLink>
        ),
      ],
    };
  });
  function daysText(bucket: string): string {
    return t('dashboard.ageing.days', { range: rangeText(bucket) });
  }
  const columns = [{ label: t('dashboard.column.age') }, { label: t('dashboard.column.cves'), isNumber: true }];
  return (
    <ChartCard
      title={title}
      help={t('dashboard.ageing.help')}
      table={<TwinTable label={title} columns={columns} rows={rows} />}
      emptyText={buckets.every(({ count }) => count === 0) ? t('dashboard.ageing.empty') : undefined}
    >
      <Measured>
        {(width) => <Bars title={title} buckets={buckets} width={width} unit={t('dashboard.ageing.unit')} />}
      </Measured>
    </ChartCard>
  );
}

interface BarsProps {
  readonly title: string;
  readonly buckets: readonly Bucket[];
  readonly width: number;
  readonly unit: string;
}

function Bars({ title, buckets, width, unit }: BarsProps) {
  const format = useFormat();
  const drill = useDrill();
  return (
    <Chart
      ariaTitle={title}
      ariaDesc={buckets.map(({ bucket, count }) => `${rangeText(bucket)}: ${format.count(count)}`).join(', ')}
      width={width}
      height={300}
      padding={{ left: 12, right: 12, top: 28, bottom: 64 }}
      domain={{ x: [0.5, buckets.length + 0.5], y: [0, Math.max(1, ...buckets.map(({ count }) => count))] }}
    >
      <ChartAxis
        tickValues={buckets.map((_bucket, at) => at + 1)}
        tickFormat={(at: number) => rangeText(buckets[at - 1]?.bucket ?? '')}
        label={unit}
      />
      <ChartBar
        barWidth={Math.min(64, width / (buckets.length * 2))}
        data={buckets.map(({ bucket, count }, at) => ({ x: at + 1, y: count, bucket }))}
        labels={({ datum }) => format.count(datum.y)}
        labelComponent={<ChartLabel dy={-4} style={{ fill: ink, fontSize: 13 }} />}
        style={barStyle(accent)}
        events={press((datum) => {
          const to = byAge(String(datum['bucket']));
          if (to !== null) drill(to);
        })}
      />
    </Chart>
  );
}

/** `0–7`, `> 180`. */
function rangeText(bucket: string): string {
  return bucket.endsWith('+') ? `> ${bucket.slice(0, -1)}` : bucket.replace('-', '–');
}
