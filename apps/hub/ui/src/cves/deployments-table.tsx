import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import type { AffectedDeployment, CveDetail } from '@pratique/hub/contract';
import { useTranslation } from 'react-i18next';
import { FilteredRows } from '../design/filtered-rows.tsx';
import { ForeignWord } from '../design/foreign-text.tsx';
import { Moment } from '../design/moment.tsx';
import { SectionCard } from '../design/section-card.tsx';
import { ImageLink } from '../images/image-link.tsx';

/** What runs with the CVE in it, and where. */
export function DeploymentsTable({ cve }: { readonly cve: CveDetail }) {
  const { t } = useTranslation();
  return (
    <SectionCard title={t('cves.deployments', { count: cve.affected_deployments_list.length })}>
      <FilteredRows
        rows={cve.affected_deployments_list}
        wordsOf={(row) => [row.deployment_name, row.namespace, row.cluster_name, row.image_name]}
        filterLabel={t('cves.filterDeployments')}
        emptyTitle={t('cves.noDeployments')}
      >
        {(rows) => <DeploymentRows rows={rows} />}
      </FilteredRows>
    </SectionCard>
  );
}

function DeploymentRows({ rows }: { readonly rows: readonly AffectedDeployment[] }) {
  const { t } = useTranslation();
  return (
    <Table aria-label={t('cves.column.deployments')} variant="compact" className="app-tight" gridBreakPoint="grid-lg">
      <Thead>
        <Tr>
          <Th modifier="nowrap">{t('cves.deployment')}</Th>
          <Th modifier="nowrap">{t('scope.namespace')}</Th>
          <Th modifier="nowrap">{t('scope.cluster')}</Th>
          <Th modifier="nowrap">{t('cves.column.image')}</Th>
          <Th modifier="nowrap">{t('cves.column.firstSeen')}</Th>
        </Tr>
      </Thead>
      <Tbody>
        {rows.map((row) => (
          <Tr key={`${row.deployment_id} ${row.image_id} ${row.image_name}`}>
            <Td dataLabel={t('cves.deployment')}>
              <ForeignWord>{row.deployment_name}</ForeignWord>
              {row.deployment_type !== undefined && (
                <span className="app-subtle app-small"> {row.deployment_type}</span>
              )}
            </Td>
            <Td dataLabel={t('scope.namespace')}>
              <ForeignWord>{row.namespace}</ForeignWord>
            </Td>
            <Td dataLabel={t('scope.cluster')}>
              <ForeignWord>{row.cluster_name}</ForeignWord>
            </Td>
            <Td dataLabel={t('cves.column.image')}>
              <ImageLink imageId={row.image_id} name={row.image_name} />
            </Td>
            <Td dataLabel={t('cves.column.firstSeen')}>
              <Moment at={row.first_seen} />
            </Td>
          </Tr>
        ))}
      </Tbody>
    </Table>
  );
}
