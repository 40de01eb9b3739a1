import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import type { DashboardData } from '@pratique/hub/contract';
import type { CSSProperties } from 'react';
import { useTranslation } from 'react-i18next';
import { ForeignWord } from '../design/foreign-text.tsx';
import { useScrollableRegion } from '../design/scrollable-region.ts';
import { useFormat } from '../design/format.ts';
import { Severity } from '../design/severity.tsx';
import { ChartCard } from './chart-card.tsx';
import { byCluster } from './drill.ts';
import { DrillLink } from './drill-link.tsx';

type Cluster = DashboardData['cluster_heatmap'][number];
const levels = [
  [4, 'critical'],
  [3, 'important'],
  [2, 'moderate'],
  [1, 'low'],
  [0, 'unknown'],
] as const;

/** Clusters by severity; the more CVEs a cell counts, the deeper its colour. */
export function ClusterHeat({ clusters }: { readonly clusters: readonly Cluster[] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const title = t('dashboard.clusters.title');
  const region = useScrollableRegion(t('dashboard.tableOf', { title }));
  const most = Math.max(1, ...clusters.flatMap((cluster) => levels.map(([, name]) => cluster[name])));
  return (
    <ChartCard title={title} help={t('dashboard.clusters.help')}>
      <div className="app-scroll-x" {...region}>
        <Table aria-label={title} variant="compact" borders={false} gridBreakPoint="" className="app-flat">
          <Thead>
            <Tr>
              <Th>{t('dashboard.column.cluster')}</Th>
              {levels.map(([severity]) => (
                <Th key={severity} className="app-number" modifier="nowrap">
                  <Severity severity={severity} />
                </Th>
              ))}
              <Th className="app-number">{t('dashboard.column.cves')}</Th>
            </Tr>
          </Thead>
          <Tbody>
            {clusters.map((cluster) => (
              <Tr key={cluster.cluster}>
                <Td>
                  <ForeignWord>{cluster.cluster}</ForeignWord>
                </Td>
                {levels.map(([severity, name]) => (
                  <Td key={name} className="app-number app-heat-cell" style={heat(cluster[name] / most)}>
                    <DrillLink
                      to={byCluster(cluster.cluster, severity)}
                      label={`${cluster.cluster}, ${t(`severity.${name}`)}: ${format.count(cluster[name])}`}
                    >
                      {format.count(cluster[name])}
                    </DrillLink>
                  </Td>
                ))}
                <Td className="app-number app-strong">
                  <DrillLink
                    to={byCluster(cluster.cluster)}
                    label={`${cluster.cluster}: ${format.count(cluster.total)}`}
                  >
                    {format.count(cluster.total)}
                  </DrillLink>
                </Td>
              </Tr>
            ))}
          </Tbody>
        </Table>
      </div>
    </ChartCard>
  );
}

/** A custom property, so that the style sheet decides what "deep" looks like in either theme. */
function heat(share: number): CSSProperties {
  return { '--app-heat': `${Math.round(share * 100)}%` } as CSSProperties;
}
