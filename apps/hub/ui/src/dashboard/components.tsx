/** Which components carry the most CVEs, and how many of these an update removes. */
import type { DashboardData } from '@pratique/hub/contract';
import { useTranslation } from 'react-i18next';
import { ForeignWord } from '../design/foreign-text.tsx';
import { useFormat } from '../design/format.ts';
import { ChartCard } from './chart-card.tsx';
import { byComponent } from './drill.ts';
import { DrillLink } from './drill-link.tsx';
import { Legend, Swatch } from '../design/charts/legend.tsx';
import { fixableColour, inverseInk, unfixableColour } from '../design/charts/look.ts';
import { StackedRows } from './stacked-rows.tsx';
import { TwinTable } from './twin-table.tsx';

type Component = DashboardData['top_vulnerable_components'][number];

export function TopComponents({ components }: { readonly components: readonly Component[] }) {
  const { t } = useTranslation();
  const title = t('dashboard.components.title');
  const [fixable, unfixable] = [t('dashboard.fixable'), t('dashboard.unfixable')];
  return (
    <ChartCard
      title={title}
      help={t('dashboard.components.help')}
      table={<ComponentTable title={title} components={components} />}
      emptyText={components.length === 0 ? t('dashboard.components.empty') : undefined}
    >
      <Legend
        entries={[
          { key: 'fixable', mark: <Swatch colour={fixableColour} />, name: fixable },
          { key: 'unfixable', mark: <Swatch colour={unfixableColour} />, name: unfixable },
        ]}
      />
      <StackedRows
        title={title}
        rows={components.map((one) => ({ name: one.component_name, values: [one.fixable_count, one.unfixable_count] }))}
        series={[
          { name: fixable, colour: fixableColour, ink: inverseInk, to: (name) => byComponent(name, true) },
          { name: unfixable, colour: unfixableColour, ink: null, to: (name) => byComponent(name, false) },
        ]}
      />
    </ChartCard>
  );
}

function ComponentTable({ title, components }: { readonly title: string; readonly components: readonly Component[] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const columns = [
    { label: t('dashboard.column.component') },
    { label: t('dashboard.column.cves'), isNumber: true },
    { label: t('dashboard.fixable'), isNumber: true },
    { label: t('dashboard.unfixable'), isNumber: true },
  ];
  const rows = components.map((one) => {
    const name = one.component_name;
    return {
      key: name,
      cells: [
        <ForeignWord key="name">{name}</ForeignWord>,
        <DrillLink key="all" to={byComponent(name)}>
          {format.count(one.cve_count)}
        </DrillLink>,
        <DrillLink key="fixable" to={byComponent(name, true)}>
          {format.count(one.fixable_count)}
        </DrillLink>,
        <DrillLink key="unfixable" to={byComponent(name, false)}>
          {format.count(one.unfixable_count)}
        </DrillLink>,
      ],
    };
  });
  return <TwinTable label={title} columns={columns} rows={rows} />;
}
