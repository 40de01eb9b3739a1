import { Alert, PageSection, Stack, StackItem } from '@patternfly/react-core';
import type { ImageDetail } from '@pratique/hub/contract';
import { Link, useParams, useSearch } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { ImageCveTable } from '../cves/image-cve-table.tsx';
import { FilteredRows } from '../design/filtered-rows.tsx';
import { PageHeading } from '../design/page-heading.tsx';
import { SectionCard } from '../design/section-card.tsx';
import { SkeletonCard } from '../design/skeletons.tsx';
import { StatePanel } from '../design/state-panel.tsx';
import { useScope } from '../shell/scope.ts';
import { Loaded } from '../source/loaded.tsx';
import { Layers } from './layers.tsx';
import { Metadata } from './metadata.tsx';
import { useImage } from './queries.ts';
import { SeverityCounts } from './severity-counts.tsx';
import '../cves/cves.css';

/** `/images/$imageId`: one image, its CVEs and how it was built. */
export function ImagePage() {
  const { t } = useTranslation();
  const { imageId } = useParams({ from: '/images/$imageId' });
  const { name } = useSearch({ from: '/images/$imageId' });
  const query = useImage(imageId, name, useScope());
  return (
    <>
      <PageHeading
        title={query.data?.name_fullname ?? name ?? imageId}
        parent={
          <Link to="/vulnerabilities" search={{ view: 'image' }}>
            {t('images.parent')}
          </Link>
        }
      />
      <PageSection isFilled>
        <Loaded query={query} skeleton={<SkeletonCard lines={10} />}>
          {(image) => <Image image={image} />}
        </Loaded>
      </PageSection>
    </>
  );
}

function Image({ image }: { readonly image: ImageDetail }) {
  return (
    <Stack hasGutter>
      <StackItem>
        <SeverityCounts image={image} />
      </StackItem>
      <StackItem>
        <Metadata image={image} />
      </StackItem>
      <StackItem>
        <Cves image={image} />
      </StackItem>
      <StackItem>
        <Layers image={image} />
      </StackItem>
    </Stack>
  );
}

/** An image that nobody scanned has no known CVEs; that is not the same as having none. */
function Cves({ image }: { readonly image: ImageDetail }) {
  const { t } = useTranslation();
  return (
    <SectionCard title={t('images.cves', { count: image.cves.length })}>
      {image.scan_state === 'not_scanned' && (
        <Alert component="p" isInline variant="warning" title={t('images.notScanned.title')}>
          {t('images.notScanned.body')}
        </Alert>
      )}
      {image.scan_state === 'scanned' && image.cves.length === 0 && (
        <StatePanel title={t('images.noCves')} headingLevel="h3" isCompact />
      )}
      {image.cves.length > 0 && (
        <FilteredRows
          rows={image.cves}
          wordsOf={(cve) => [cve.cve_id, ...(cve.component_names ?? [])]}
          filterLabel={t('images.filterCves')}
          emptyTitle={t('images.noCves')}
        >
          {(cves) => <ImageCveTable cves={cves} label={t('images.cves', { count: image.cves.length })} />}
        </FilteredRows>
      )}
    </SectionCard>
  );
}
