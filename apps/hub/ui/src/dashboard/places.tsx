/** Where the CVEs are: the namespaces with the most. */
import type { DashboardData } from '@pratique/hub/contract';
import { useTranslation } from 'react-i18next';
import { ForeignWord } from '../design/foreign-text.tsx';
import { useFormat } from '../design/format.ts';
import { SeverityIcon } from '../design/severity.tsx';
import { ChartCard } from './chart-card.tsx';
import { byNamespace } from './drill.ts';
import { DrillLink } from './drill-link.tsx';
import { Legend } from '../design/charts/legend.tsx';
import { inkOn, severityColours } from '../design/charts/look.ts';
import { StackedRows } from './stacked-rows.tsx';
import { TwinTable } from './twin-table.tsx';

type Place = DashboardData['cves_per_namespace'][number];
const shownAtMost = 10;
const levels = [
  [4, 'critical'],
  [3, 'important'],
  [2, 'moderate'],
  [1, 'low'],
  [0, 'unknown'],
] as const;

/** The ten namespaces with the most CVEs, each divided by severity. */
export function TopNamespaces({ places }: { readonly places: readonly Place[] }) {
  const { t } = useTranslation();
  const top = places.slice(0, shownAtMost);
  const title = t('dashboard.namespaces.title');
  return (
    <ChartCard
      title={title}
      help={t('dashboard.namespaces.help')}
      table={<NamespaceTable title={title} places={top} />}
    >
      <Legend
        entries={levels.map(([severity, name]) => ({
          key: name,
          mark: <SeverityIcon severity={severity} />,
          name: t(`severity.${name}`),
        }))}
      />
      <StackedRows
        title={title}
        rows={top.map((place) => ({
          name: place.namespace,
          ...(place.cluster_count > 1
            ? { note: t('dashboard.namespaces.clusters', { count: place.cluster_count }) }
            : {}),
          values: levels.map(([, name]) => place[name]),
        }))}
        series={levels.map(([severity, name]) => ({
          name: t(`severity.${name}`),
          colour: severityColours[name],
          ink: inkOn(name),
          to: (ns) => byNamespace(ns, severity),
        }))}
      />
    </ChartCard>
  );
}

function NamespaceTable({ title, places }: { readonly title: string; readonly places: readonly Place[] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const columns = [
    { label: t('dashboard.column.namespace') },
    { label: t('dashboard.column.clusters'), isNumber: true },
    { label: t('dashboard.column.cves'), isNumber: true },
    ...levels.map(([, name]) => ({ label: t(`severity.${name}`), isNumber: true })),
  ];
  const rows = places.map((place) => ({
    key: place.namespace,
    cells: [
      <ForeignWord key="name">{place.namespace}</ForeignWord>,
      format.count(place.cluster_count),
      <DrillLink key="all" to={byNamespace(place.namespace)}>
        {format.count(place.count)}
      </DrillLink>,
      ...levels.map(([severity, name]) => (
        <DrillLink key={name} to={byNamespace(place.namespace, severity)}>
          {format.count(place[name])}
        </DrillLink>
      )),
    ],
  }));
  return <TwinTable label={title} columns={columns} rows={rows} />;
}
