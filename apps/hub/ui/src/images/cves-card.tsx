import { Alert } from '@patternfly/react-core';
import type { ImageDetail } from '@pratique/hub/contract';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ImageCveTable } from '../cves/image-cve-table.tsx';
import { FilteredRows } from '../design/filtered-rows.tsx';
import { SectionCard } from '../design/section-card.tsx';
import { StatePanel } from '../design/state-panel.tsx';
import { type CveSort, sortedCves } from './sorted-cves.ts';

/** The CVEs of the image. An image that nobody scanned has no known CVEs; that is not the same as having none. */
export function CvesCard({ image }: { readonly image: ImageDetail }) {
  const { t } = useTranslation();
  const [sort, setSort] = useState<CveSort>({ by: 'severity', desc: true });
  const rows = useMemo(() => sortedCves(image.cves, sort), [image.cves, sort]);
  const title = t('images.cves', { count: image.cves.length });
  return (
    <SectionCard title={image.scan_state === 'not_scanned' ? t('image.cvesUnknown') : title}>
      {image.scan_state === 'not_scanned' && (
        <Alert component="p" isInline variant="warning" title={t('images.notScanned.title')}>
          <p>{t('images.notScanned.body')}</p>
          <p>{t('image.notScannedNext')}</p>
        </Alert>
      )}
      {image.scan_state === 'scanned' && image.cves.length === 0 && (
        <StatePanel title={t('images.noCves')} headingLevel="h3" isCompact />
      )}
      {image.cves.length > 0 && (
        <FilteredRows
          rows={rows}
          wordsOf={(cve) => [cve.cve_id, ...(cve.component_names ?? [])]}
          filterLabel={t('images.filterCves')}
          emptyTitle={t('images.noCves')}
        >
          {(cves) => <ImageCveTable cves={cves} label={title} sort={sort} onSort={setSort} />}
        </FilteredRows>
      )}
    </SectionCard>
  );
}
