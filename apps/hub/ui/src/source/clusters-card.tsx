import { Icon } from '@patternfly/react-core';
import CheckCircleIcon from '@patternfly/react-icons/dist/esm/icons/check-circle-icon';
import ExclamationCircleIcon from '@patternfly/react-icons/dist/esm/icons/exclamation-circle-icon';
import ExclamationTriangleIcon from '@patternfly/react-icons/dist/esm/icons/exclamation-triangle-icon';
import UnknownIcon from '@patternfly/react-icons/dist/esm/icons/question-circle-icon';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import type { SourceStatus } from '@pratique/hub/contract';
import { useTranslation } from 'react-i18next';
import { FilteredRows } from '../design/filtered-rows.tsx';
import { ForeignWord } from '../design/foreign-text.tsx';
import { Moment } from '../design/moment.tsx';
import { SectionCard } from '../design/section-card.tsx';
import { Age, hour } from './age.tsx';

type Cluster = SourceStatus['clusters'][number];

interface ClustersProps {
  readonly clusters: readonly Cluster[];
  readonly now: number;
}

/** The clusters StackRox watches. One that has not been heard from shows what was true when it was. */
export function ClustersCard({ clusters, now }: ClustersProps) {
  const { t } = useTranslation();
  return (
    <SectionCard title={t('sourcePage.clusters')}>
      <FilteredRows
        rows={clusters}
        wordsOf={(cluster) => [cluster.name]}
        filterLabel={t('sourcePage.filterClusters')}
        emptyTitle={t('sourcePage.noClusters')}
      >
        {(rows) => <ClusterTable clusters={rows} now={now} />}
      </FilteredRows>
    </SectionCard>
  );
}

function ClusterTable({ clusters, now }: ClustersProps) {
  const { t } = useTranslation();
  return (
    <Table aria-label={t('sourcePage.clusters')} variant="compact" gridBreakPoint="grid-md">
      <Thead>
        <Tr>
          <Th>{t('scope.cluster')}</Th>
          <Th>{t('sourcePage.health.title')}</Th>
          <Th>{t('sourcePage.lastContact')}</Th>
          <Th>{t('sourcePage.age')}</Th>
        </Tr>
      </Thead>
      <Tbody>
        {clusters.map((cluster) => (
          <Tr key={cluster.name}>
            <Td dataLabel={t('scope.cluster')}>
              <ForeignWord>{cluster.name}</ForeignWord>
            </Td>
            <Td dataLabel={t('sourcePage.health.title')}>
              <Health health={cluster.health} />
            </Td>
            <Td dataLabel={t('sourcePage.lastContact')}>
              <Moment at={cluster.last_contact} withTime />
            </Td>
            <Td dataLabel={t('sourcePage.age')}>
              <Age at={cluster.last_contact} now={now} oldFrom={hour} />
            </Td>
          </Tr>
        ))}
      </Tbody>
    </Table>
  );
}

/** StackRox's own scale: 0 not initialised, 1 unavailable, 2 unhealthy, 3 degraded, 4 healthy. */
const looks = [
  { name: 'uninitialized', Glyph: UnknownIcon },
  { name: 'unavailable', Glyph: UnknownIcon },
  { name: 'unhealthy', Glyph: ExclamationCircleIcon, status: 'danger' },
  { name: 'degraded', Glyph: ExclamationTriangleIcon, status: 'warning' },
  { name: 'healthy', Glyph: CheckCircleIcon, status: 'success' },
] as const;

function Health({ health }: Pick<Cluster, 'health'>) {
  const { t } = useTranslation();
  const look = health === null ? undefined : looks[health];
  if (look === undefined) return <span className="app-subtle">{t('sourcePage.health.unknown')}</span>;
  const { name, Glyph } = look;
  return (
    <span className="app-with-icon">
      <Icon isInline {...('status' in look ? { status: look.status } : {})}>
        <Glyph />
      </Icon>
      {t(`sourcePage.health.${name}`)}
    </span>
  );
}
