import { Alert, Button } from '@patternfly/react-core';
import type { ImageCveDetail, ImageCveGroup } from '@pratique/hub/contract';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { SkeletonCard } from '../design/skeletons.tsx';
import { StatePanel } from '../design/state-panel.tsx';
import type { Scope } from '../shell/scope.ts';
import { Loaded } from '../source/loaded.tsx';
import { ImageCveTable } from './image-cve-table.tsx';
import { useCvesOfImage } from './queries.ts';
import type { ListSearch } from './search.ts';

export interface ImageCvesProps {
  readonly image: ImageCveGroup;
  readonly search: ListSearch;
  readonly scope: Scope;
}

/** What a row of the view by image opens to. */
export function ImageCves({ image, search, scope }: ImageCvesProps) {
  const query = useCvesOfImage({ id: image.image_id, name: image.image_name }, search, scope);
  return (
    <Loaded query={query} skeleton={<SkeletonCard />} headingLevel="h3" isCompact>
      {(cves) => <Opened cves={cves} fixable={image.fixable_cves} name={image.image_name} />}
    </Loaded>
  );
}

const shownFirst = 25;

function Opened({
  cves,
  fixable,
  name,
}: {
  readonly cves: readonly ImageCveDetail[];
  readonly fixable: number;
  readonly name: string;
}) {
  const { t } = useTranslation();
  const [all, setAll] = useState(false);
  if (cves.length === 0) return <StatePanel title={t('cves.empty.title')} headingLevel="h3" isCompact />;
  return (
    <>
      {fixable > 0 && (
        <Alert isInline isPlain variant="info" component="p" title={t('cves.updateFixes', { count: fixable })} />
      )}
      <ImageCveTable cves={all ? cves : cves.slice(0, shownFirst)} label={t('cves.cvesOf', { name })} />
      {!all && cves.length > shownFirst && (
        <Button variant="link" onClick={() => setAll(true)}>
          {t('cves.showAllOf', { count: cves.length })}
        </Button>
      )}
    </>
  );
}
