import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import type { CveDetail } from '@pratique/hub/contract';
import { useTranslation } from 'react-i18next';
import { FilteredRows } from '../design/filtered-rows.tsx';
import { ForeignWord } from '../design/foreign-text.tsx';
import { SectionCard } from '../design/section-card.tsx';
import { wordOrNothing } from './image-cve-table.tsx';
import { Fixable } from './labels.tsx';

/** The pieces of software that carry the CVE, and what fixes each. */
export function ComponentsTable({ cve }: { readonly cve: CveDetail }) {
  const { t } = useTranslation();
  return (
    <SectionCard title={t('cves.components', { count: cve.components.length })}>
      <FilteredRows
        rows={cve.components}
        wordsOf={(row) => [row.component_name, row.component_version]}
        filterLabel={t('cves.filterComponents')}
        emptyTitle={t('cves.noComponents')}
      >
        {(rows) => <ComponentRows rows={rows} />}
      </FilteredRows>
    </SectionCard>
  );
}

function ComponentRows({ rows }: { readonly rows: readonly CveDetail['components'][number][] }) {
  const { t } = useTranslation();
  return (
    <Table aria-label={t('cves.column.component')} variant="compact" className="app-tight" gridBreakPoint="grid-md">
      <Thead>
        <Tr>
          <Th modifier="nowrap">{t('cves.column.component')}</Th>
          <Th modifier="nowrap">{t('cves.column.version')}</Th>
          <Th modifier="nowrap">{t('cves.column.fixable')}</Th>
          <Th modifier="nowrap">{t('cves.column.fixedBy')}</Th>
        </Tr>
      </Thead>
      <Tbody>
        {rows.map((row) => (
          <Tr key={`${row.component_name} ${row.component_version} ${row.fixed_by ?? ''}`}>
            <Td dataLabel={t('cves.column.component')}>
              <ForeignWord>{row.component_name}</ForeignWord>
            </Td>
            <Td dataLabel={t('cves.column.version')}>
              <ForeignWord>{row.component_version}</ForeignWord>
            </Td>
            <Td dataLabel={t('cves.column.fixable')}>
              <Fixable fixable={row.fixable} />
            </Td>
            <Td dataLabel={t('cves.column.fixedBy')}>{wordOrNothing(row.fixed_by)}</Td>
          </Tr>
        ))}
      </Tbody>
    </Table>
  );
}
