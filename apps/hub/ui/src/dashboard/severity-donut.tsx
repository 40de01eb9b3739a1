import { ChartDonut, ChartTooltip } from '@patternfly/react-charts/victory';
import type { DashboardData } from '@pratique/hub/contract';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../design/format.ts';
import { SeverityIcon, severitiesWorstFirst, severityName } from '../design/severity.tsx';
import { ChartCard } from './chart-card.tsx';
import { bySeverity } from './drill.ts';
import { DrillLink, useDrill } from './drill-link.tsx';
import { Legend } from './legend.tsx';
import { severityColours } from './look.ts';
import { press, sliceStyle } from './press.ts';
import { TwinTable } from './twin-table.tsx';

const size = 200;

/** How the visible CVEs divide by severity. */
export function SeverityDonut({ data }: { readonly data: DashboardData }) {
  const { t } = useTranslation();
  const format = useFormat();
  const drill = useDrill();
  const parts = severitiesWorstFirst.map((severity) => ({
    severity,
    name: t(`severity.${severityName(severity)}`),
    count: data.severity_distribution.find((one) => one.severity === severity)?.count ?? 0,
  }));
  const title = t('dashboard.severity.title');
  const rows = parts.map(({ severity, name, count }) => ({
    key: name,
    cells: [
      name,
      <DrillLink key="count" to={bySeverity(severity)}>
        {format.count(count)}
      </DrillLink>,
      share(count),
    ],
  }));
  function share(count: number): string {
    return format.percent(data.stat_total_cves === 0 ? 0 : count / data.stat_total_cves);
  }
  const columns = [
    { label: t('dashboard.column.severity') },
    { label: t('dashboard.column.cves'), isNumber: true },
    { label: t('dashboard.column.share'), isNumber: true },
  ];
  return (
    <ChartCard
      title={title}
      help={t('dashboard.severity.help')}
      table={<TwinTable label={title} columns={columns} rows={rows} />}
    >
      <div className="app-donut">
        <div className="app-donut-chart">
          <ChartDonut
            ariaTitle={title}
            ariaDesc={parts.map(({ name, count }) => `${name}: ${format.count(count)}`).join(', ')}
            width={size}
            height={size}
            padding={8}
            innerRadius={64}
            data={parts.map(({ severity, name, count }) => ({ x: name, y: count, severity }))}
            colorScale={parts.map(({ severity }) => severityColours[severityName(severity)])}
            labels={({ datum }) => `${datum.x}: ${format.count(datum.y)} (${share(datum.y)})`}
            labelComponent={<ChartTooltip constrainToVisibleArea />}
            title={format.count(data.stat_total_cves)}
            subTitle={t('dashboard.column.cves')}
            style={sliceStyle}
            events={press((datum) => drill(bySeverity(Number(datum['severity']))))}
          />
        </div>
        <Legend
          isColumn
          entries={parts.map(({ severity, name, count }) => ({
            key: name,
            mark: <SeverityIcon severity={severity} />,
            name,
            value: count,
            to: bySeverity(severity),
          }))}
        />
      </div>
    </ChartCard>
  );
}
