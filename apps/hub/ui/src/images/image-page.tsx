import { PageSection, Stack, StackItem } from '@patternfly/react-core';
import type { ImageDetail } from '@pratique/hub/contract';
import { Link, useParams, useSearch } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { CopyLink } from '../cves/copy-link.tsx';
import { PageHeading } from '../design/page-heading.tsx';
import { useLightPaper } from '../design/printing.ts';
import { SkeletonCard } from '../design/skeletons.tsx';
import { useScope } from '../shell/scope.ts';
import { Loaded } from '../source/loaded.tsx';
import { ComponentsCard } from './components-card.tsx';
import { CvesCard } from './cves-card.tsx';
import { HistoryCard } from './history-card.tsx';
import { Layers } from './layers.tsx';
import { Metadata } from './metadata.tsx';
import { PlacesCard } from './places-card.tsx';
import { useImage } from './queries.ts';
import { SeverityCounts } from './severity-counts.tsx';
import '../cves/cves.css';
import '../cves/detail.css';

/** `/images/$imageId`: one image, its CVEs and how it was built. */
export function ImagePage() {
  const { t } = useTranslation();
  const { imageId } = useParams({ from: '/images/$imageId' });
  const { name } = useSearch({ from: '/images/$imageId' });
  const query = useImage(imageId, name, useScope());
  useLightPaper();
  return (
    <>
      <PageHeading
        title={query.data?.name_fullname ?? name ?? imageId}
        parent={
          <Link to="/vulnerabilities" search={{ view: 'image' }}>
            {t('images.parent')}
          </Link>
        }
        aside={query.data !== undefined && <CopyLink />}
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
    <Stack hasGutter className="app-detail">
      <StackItem>
        <SeverityCounts image={image} />
      </StackItem>
      <StackItem>
        <Metadata image={image} />
      </StackItem>
      <StackItem>
        <CvesCard image={image} />
      </StackItem>
      <StackItem>
        <ComponentsCard image={image} />
      </StackItem>
      {image.deployments !== undefined && (
        <StackItem>
          <PlacesCard deployments={image.deployments} />
        </StackItem>
      )}
      <StackItem>
        <HistoryCard image={image} />
      </StackItem>
      <StackItem>
        <Layers image={image} />
      </StackItem>
    </Stack>
  );
}
