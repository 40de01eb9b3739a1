import { Button, Label } from '@patternfly/react-core';
import { ExpandableRowContent, Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import type { ImageComponent, ImageDetail } from '@pratique/hub/contract';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { CveLink } from '../cves/cve-link.tsx';
import { wordOrNothing } from '../cves/image-cve-table.tsx';
import { FilteredRows } from '../design/filtered-rows.tsx';
import { ForeignWord } from '../design/foreign-text.tsx';
import { useFormat } from '../design/format.ts';
import { Nothing } from '../design/nothing.tsx';
import { SectionCard } from '../design/section-card.tsx';
import { Severity, SeverityIcon } from '../design/severity.tsx';

/** What of the image holds CVEs, and whether it came with the base image or was put on top. Older hubs do not say. */
export function ComponentsCard({ image }: { readonly image: ImageDetail }) {
  const { t } = useTranslation();
  const components = image.components ?? [];
  if (components.length === 0) return null;
  return (
    <SectionCard title={t('image.components', { count: components.length })}>
      <p className="app-subtle app-below">{t('image.componentsLead')}</p>
      <FilteredRows
        rows={components}
        wordsOf={(row) => [row.component_name, row.component_version]}
        filterLabel={t('cves.filterComponents')}
        emptyTitle={t('cves.noComponents')}
      >
        {(rows) => <ComponentTable rows={rows} image={image} />}
      </FilteredRows>
    </SectionCard>
  );
}

interface ComponentTableProps {
  readonly rows: readonly ImageComponent[];
  readonly image: ImageDetail;
}

function ComponentTable({ rows, image }: ComponentTableProps) {
  const { t } = useTranslation();
  return (
    <Table aria-label={t('cves.column.component')} variant="compact" className="app-tight" gridBreakPoint="grid-lg">
      <Thead>
        <Tr>
          <Th screenReaderText={t('cves.openRow')} />
          <Th>{t('cves.column.component')}</Th>
          <Th>{t('cves.column.version')}</Th>
          <Th>{t('image.layer')}</Th>
          <Th>{t('image.worst')}</Th>
          <Th className="app-number">{t('cves.column.total')}</Th>
          <Th>{t('cves.column.fixedBy')}</Th>
        </Tr>
      </Thead>
      {rows.map((row, index) => (
        <ComponentRow key={`${row.component_name} ${row.component_version}`} row={row} index={index} image={image} />
      ))}
    </Table>
  );
}

interface ComponentRowProps {
  readonly row: ImageComponent;
  readonly index: number;
  readonly image: ImageDetail;
}

function ComponentRow({ row, index, image }: ComponentRowProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const [isOpen, setOpen] = useState(false);
  return (
    <Tbody isExpanded={isOpen}>
      <Tr isContentExpanded={isOpen}>
        <Td expand={{ rowIndex: index, isExpanded: isOpen, onToggle: () => setOpen(!isOpen) }} />
        <Td dataLabel={t('cves.column.component')}>
          <ForeignWord>{row.component_name}</ForeignWord>
        </Td>
        <Td dataLabel={t('cves.column.version')}>
          <ForeignWord>{row.component_version}</ForeignWord>
        </Td>
        <Td dataLabel={t('image.layer')}>
          {row.layer === null ? (
            <Nothing />
          ) : (
            <Label isCompact variant="outline">
              {t(`image.layerOf.${row.layer}`)}
            </Label>
          )}
        </Td>
        <Td dataLabel={t('image.worst')}>
          <Severity severity={row.worst_severity} />
        </Td>
        <Td dataLabel={t('cves.column.total')} className="app-number">
          {format.count(row.cve_count)}
        </Td>
        <Td dataLabel={t('cves.column.fixedBy')}>{wordOrNothing(row.fixed_by)}</Td>
      </Tr>
      {isOpen && (
        <Tr isExpanded>
          <Td colSpan={7} noPadding>
            <ExpandableRowContent>
              <CvesOfComponent row={row} image={image} />
            </ExpandableRowContent>
          </Td>
        </Tr>
      )}
    </Tbody>
  );
}

const shownFirst = 24;

/** The hub names components of a CVE without their version, so two versions of one name show the same CVEs. */
function CvesOfComponent({ row, image }: Pick<ComponentRowProps, 'row' | 'image'>) {
  const { t } = useTranslation();
  const [all, setAll] = useState(false);
  const cves = image.cves.filter((cve) => cve.component_names?.includes(row.component_name) === true);
  if (cves.length === 0) return <p className="app-subtle">{t('images.noCves')}</p>;
  return (
    <>
      <ul className="app-cve-tiles">
        {(all ? cves : cves.slice(0, shownFirst)).map((cve) => (
          <li key={cve.cve_id} className="app-with-icon">
            <SeverityIcon severity={cve.severity} />
            <CveLink cveId={cve.cve_id} />
          </li>
        ))}
      </ul>
      {!all && cves.length > shownFirst && (
        <Button variant="link" isInline onClick={() => setAll(true)}>
          {t('cves.showAllOf', { count: cves.length })}
        </Button>
      )}
    </>
  );
}
