import { ChartDonut, ChartTooltip } from '@patternfly/react-charts/victory';
import type { DashboardData } from '@pratique/hub/contract';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../design/format.ts';
import { ChartCard } from './chart-card.tsx';
import { byFixable } from './drill.ts';
import { DrillLink, useDrill } from './drill-link.tsx';
import { Legend, Swatch } from './legend.tsx';
import { fixableColour, unfixableColour } from './look.ts';
import { press, sliceStyle } from './press.ts';
import { TwinTable } from './twin-table.tsx';

const size = 200;

/** How many of the visible CVEs an update removes. */
export function Fixability({ breakdown }: { readonly breakdown: DashboardData['fixability_breakdown'] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const drill = useDrill();
  const total = breakdown.fixable + breakdown.unfixable;
  const title = t('dashboard.fixability.title');
  const parts = [
    { key: 'fixable', isFixable: true, name: t('dashboard.fixable'), count: breakdown.fixable, colour: fixableColour },
    {
      key: 'unfixable',
      isFixable: false,
      name: t('dashboard.unfixable'),
      count: breakdown.unfixable,
      colour: unfixableColour,
    },
  ] as const;
  function share(count: number): string {
    return format.percent(total === 0 ? 0 : count / total);
  }
  const columns = [
    { label: t('dashboard.column.fix') },
    { label: t('dashboard.column.cves'), isNumber: true },
    { label: t('dashboard.column.share'), isNumber: true },
  ];
  const rows = parts.map(({ key, isFixable, name, count }) => ({
    key,
    cells: [
      name,
      <DrillLink key="count" to={byFixable(isFixable)}>
        {format.count(count)}
      </DrillLink>,
      share(count),
    ],
  }));
  return (
    <ChartCard
      title={title}
      help={t('dashboard.fixability.help')}
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
            data={parts.map(({ isFixable, name, count }) => ({ x: name, y: count, isFixable }))}
            colorScale={parts.map(({ colour }) => colour)}
            labels={({ datum }) => `${datum.x}: ${format.count(datum.y)} (${share(datum.y)})`}
            labelComponent={<ChartTooltip constrainToVisibleArea />}
            title={share(breakdown.fixable)}
            subTitle={t('dashboard.fixability.share')}
            style={sliceStyle}
            events={press((datum) => drill(byFixable(datum['isFixable'] === true)))}
          />
        </div>
        <Legend
          isColumn
          entries={parts.map(({ key, isFixable, name, count, colour }) => ({
            key,
            mark: <Swatch colour={colour} />,
            name,
            value: count,
            to: byFixable(isFixable),
          }))}
        />
      </div>
    </ChartCard>
  );
}
