import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import type { AffectedImage, CveDetail } from '@pratique/hub/contract';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ForeignWord } from '../design/foreign-text.tsx';
import { useFormat } from '../design/format.ts';
import { Pager } from '../design/pager.tsx';
import { usePrinting } from '../design/printing.ts';
import { Severity } from '../design/severity.tsx';
import { StatePanel } from '../design/state-panel.tsx';
import { ImageLink } from '../images/image-link.tsx';
import { CarriedComponents } from './carried-components.tsx';
import { narrowed, placedImages } from './places.ts';
import { Cvss } from './scores.tsx';

const pageSize = 20;

/** The images that carry the CVE and mention the text, and what in them does. */
export function ImagesTable({ cve, text }: { readonly cve: CveDetail; readonly text: string }) {
  const { t } = useTranslation();
  const [chosenPage, setPage] = useState(1);
  const isPrinting = usePrinting();
  const rows = useMemo(() => mentioning(cve, text), [cve, text]);
  const page = Math.min(chosenPage, Math.max(1, Math.ceil(rows.length / pageSize)));
  if (rows.length === 0) return <StatePanel title={t('design.noMatch')} headingLevel="h3" isCompact />;
  return (
    <>
      <ImageRows rows={isPrinting ? rows : rows.slice((page - 1) * pageSize, page * pageSize)} />
      {rows.length > pageSize && (
        <Pager total={rows.length} page={page} pageSize={pageSize} onPage={setPage} variant="bottom" />
      )}
    </>
  );
}

/** Images that mention the text, or run in a place that does: the same words find the same things in both views. */
function mentioning(cve: CveDetail, text: string): readonly AffectedImage[] {
  const { affected_images_list: images, affected_deployments_list: deployments } = cve;
  const needle = text.trim().toLowerCase();
  if (needle === '') return images;
  const running = narrowed(placedImages(deployments, images), needle);
  const placed = new Set(running.flatMap((row) => [row.image_id, row.image_name]));
  return images.filter(
    (image) =>
      placed.has(image.image_id === '' ? image.image_name : image.image_id) ||
      (image.operating_system ?? '').toLowerCase().includes(needle),
  );
}

function ImageRows({ rows }: { readonly rows: readonly AffectedImage[] }) {
  const { t } = useTranslation();
  return (
    <Table aria-label={t('cves.column.images')} variant="compact" className="app-tight" gridBreakPoint="grid-lg">
      <Thead>
        <Tr>
          <Th modifier="nowrap">{t('cves.column.image')}</Th>
          <Th modifier="nowrap">{t('cves.severity')}</Th>
          <Th modifier="nowrap" className="app-number">
            CVSS
          </Th>
          <Th>{t('cve.where.carried')}</Th>
          <Th modifier="nowrap" className="app-number">
            {t('cves.column.deployments')}
          </Th>
        </Tr>
      </Thead>
      <Tbody>
        {rows.map((row) => (
          <ImageRow key={`${row.image_id} ${row.image_name}`} row={row} />
        ))}
      </Tbody>
    </Table>
  );
}

function ImageRow({ row }: { readonly row: AffectedImage }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <Tr>
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
      <Td dataLabel={t('cve.where.carried')}>
        <CarriedComponents components={row.components} />
      </Td>
      <Td dataLabel={t('cves.column.deployments')} className="app-number">
        {format.count(row.affected_deployments)}
      </Td>
    </Tr>
  );
}
