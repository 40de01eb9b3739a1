import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import type { AffectedImage, CveDetail } from '@pratique/hub/contract';
import { useTranslation } from 'react-i18next';
import { FilteredRows } from '../design/filtered-rows.tsx';
import { ForeignWord } from '../design/foreign-text.tsx';
import { useFormat } from '../design/format.ts';
import { SectionCard } from '../design/section-card.tsx';
import { Severity } from '../design/severity.tsx';
import { ImageLink } from '../images/image-link.tsx';
import { Cvss } from './scores.tsx';

/** The images that carry the CVE, and what in them does. */
export function ImagesTable({ cve }: { readonly cve: CveDetail }) {
  const { t } = useTranslation();
  return (
    <SectionCard title={t('cves.images', { count: cve.affected_images_list.length })}>
      <FilteredRows
        rows={cve.affected_images_list}
        wordsOf={(row) => [
          row.image_name,
          row.operating_system,
          ...row.components.map((component) => component.component_name),
        ]}
        filterLabel={t('cves.filterImages')}
        emptyTitle={t('cves.noImages')}
      >
        {(rows) => <ImageRows rows={rows} />}
      </FilteredRows>
    </SectionCard>
  );
}

function ImageRows({ rows }: { readonly rows: readonly AffectedImage[] }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <Table aria-label={t('cves.column.images')} variant="compact" className="app-tight" gridBreakPoint="grid-lg">
      <Thead>
        <Tr>
          <Th modifier="nowrap">{t('cves.column.image')}</Th>
          <Th modifier="nowrap">{t('cves.severity')}</Th>
          <Th modifier="nowrap" className="app-number">
            CVSS
          </Th>
          <Th modifier="nowrap">{t('cves.column.component')}</Th>
          <Th modifier="nowrap" className="app-number">
            {t('cves.column.deployments')}
          </Th>
        </Tr>
      </Thead>
      <Tbody>
        {rows.map((row) => (
          <Tr key={`${row.image_id} ${row.image_name}`}>
            <Td dataLabel={t('cves.column.image')}>
              <ImageLink imageId={row.image_id} name={row.image_name} />
              {row.operating_system !== null && (
                <div className="app-subtle app-small">
                  <ForeignWord>{row.operating_system}</ForeignWord>
                </div>
              )}
            </Td>
            <Td dataLabel={t('cves.severity')}>
              <Severity severity={row.severity} />
            </Td>
            <Td dataLabel="CVSS" className="app-number">
              <Cvss score={row.cvss} />
            </Td>
            <Td dataLabel={t('cves.column.component')}>
              <ComponentWords components={row.components} />
            </Td>
            <Td dataLabel={t('cves.column.deployments')} className="app-number">
              {format.count(row.affected_deployments)}
            </Td>
          </Tr>
        ))}
      </Tbody>
    </Table>
  );
}

const shownFirst = 3;

function ComponentWords({ components }: Pick<AffectedImage, 'components'>) {
  const { t } = useTranslation();
  const more = components.length - shownFirst;
  return (
    <>
      {components.slice(0, shownFirst).map(({ component_name, component_version }) => (
        <div key={`${component_name} ${component_version}`} className="app-words">
          <ForeignWord>{`${component_name} ${component_version}`}</ForeignWord>
        </div>
      ))}
      {more > 0 && <div className="app-subtle app-small">{t('design.more', { count: more })}</div>}
    </>
  );
}
