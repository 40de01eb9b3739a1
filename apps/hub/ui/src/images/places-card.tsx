import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import type { ImageDetail } from '@pratique/hub/contract';
import { useTranslation } from 'react-i18next';
import { FilteredRows } from '../design/filtered-rows.tsx';
import { ForeignWord } from '../design/foreign-text.tsx';
import { Moment } from '../design/moment.tsx';
import { SectionCard } from '../design/section-card.tsx';

/** What runs this image, and where. */
export function PlacesCard({ deployments }: { readonly deployments: NonNullable<ImageDetail['deployments']> }) {
  const { t } = useTranslation();
  return (
    <SectionCard title={t('cve.where.title')}>
      <FilteredRows
        rows={deployments}
        wordsOf={(row) => [row.deployment_name, row.namespace, row.cluster_name]}
        filterLabel={t('image.filterPlaces')}
        emptyTitle={t('image.noPlaces')}
      >
        {(rows) => (
          <Table aria-label={t('cve.where.title')} variant="compact" className="app-tight" gridBreakPoint="grid-md">
            <Thead>
              <Tr>
                <Th>{t('cves.deployment')}</Th>
                <Th>{t('scope.namespace')}</Th>
                <Th>{t('scope.cluster')}</Th>
                <Th>{t('cves.column.firstSeen')}</Th>
              </Tr>
            </Thead>
            <Tbody>
              {rows.map((row) => (
                <Tr key={row.deployment_id}>
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
                  <Td dataLabel={t('cves.column.firstSeen')}>
                    <Moment at={row.first_seen} />
                  </Td>
                </Tr>
              ))}
            </Tbody>
          </Table>
        )}
      </FilteredRows>
    </SectionCard>
  );
}
