import { ToggleGroup, ToggleGroupItem, Toolbar, ToolbarContent, ToolbarItem } from '@patternfly/react-core';
import type { CveDetail } from '@pratique/hub/contract';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useDeferredValue, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { DebouncedSearch } from '../design/debounced-search.tsx';
import { useFormat } from '../design/format.ts';
import { SectionCard } from '../design/section-card.tsx';
import { StatePanel } from '../design/state-panel.tsx';
import { type DetailSearch, withFold } from './detail-search.ts';
import { ImagesTable } from './images-table.tsx';
import { narrowed, placedImages, placesOf } from './places.ts';
import { PlacesTree } from './places-tree.tsx';

/** What runs with the CVE in it: as a tree of places, or by image. How it is looked at stands in the address. */
export function PlacesCard({ cve }: { readonly cve: CveDetail }) {
  const { t } = useTranslation();
  const navigate = useNavigate({ from: '/vulnerabilities/$cveId' });
  const search = useSearch({ from: '/vulnerabilities/$cveId' });
  const counts = usePlaceCounts(cve);
  function change(next: DetailSearch): void {
    void navigate({ search: (before) => ({ ...before, ...next }), replace: true, resetScroll: false });
  }
  if (cve.affected_deployments_list.length === 0) {
    return (
      <SectionCard title={t('cve.where.title')}>
        <StatePanel title={t('cve.where.nowhere')} headingLevel="h3" isCompact>
          {t('cve.where.nowhereBody')}
        </StatePanel>
      </SectionCard>
    );
  }
  return (
    <SectionCard title={t('cve.where.title')}>
      <p className="app-subtle app-below">{counts}</p>
      <PlacesToolbar search={search} onChange={change} />
      {search.by === 'image' ? (
        <ImagesTable cve={cve} text={search.q ?? ''} />
      ) : (
        <Places cve={cve} search={search} onChange={change} />
      )}
    </SectionCard>
  );
}

interface ChosenPlaces {
  readonly search: DetailSearch;
  readonly onChange: (next: DetailSearch) => void;
}

function PlacesToolbar({ search, onChange }: ChosenPlaces) {
  const { t } = useTranslation();
  const isByImage = search.by === 'image';
  return (
    <Toolbar hasNoPadding colorVariant="no-background" className="app-below app-no-print">
      <ToolbarContent>
        <ToolbarItem className="app-places-search">
          <DebouncedSearch
            label={t('cve.where.search')}
            value={search.q ?? ''}
            onChange={(q) => onChange({ q, fold: [] })}
          />
        </ToolbarItem>
        <ToolbarItem>
          <ToggleGroup aria-label={t('cve.where.by')}>
            <ToggleGroupItem
              text={t('cve.where.byPlace')}
              isSelected={!isByImage}
              onChange={() => onChange({ by: undefined })}
            />
            <ToggleGroupItem
              text={t('cve.where.byImage')}
              isSelected={isByImage}
              onChange={() => onChange({ by: 'image' })}
            />
          </ToggleGroup>
        </ToolbarItem>
      </ToolbarContent>
    </Toolbar>
  );
}

const noFolds: readonly string[] = [];

/** Nothing here waits for the tree: with 25,000 deployments typing stays quick and the rows follow. */
function Places({ cve, search, onChange }: ChosenPlaces & { readonly cve: CveDetail }) {
  const { t } = useTranslation();
  const text = useDeferredValue(search.q ?? '');
  const rows = useMemo(() => placedImages(cve.affected_deployments_list, cve.affected_images_list), [cve]);
  const places = useMemo(() => placesOf(narrowed(rows, text)), [rows, text]);
  if (places.length === 0) {
    return (
      <StatePanel
        title={t('design.noMatch')}
        headingLevel="h3"
        isCompact
        actions={[{ label: t('design.clear'), onClick: () => onChange({ q: '' }) }]}
      />
    );
  }
  const folds = search.fold ?? noFolds;
  return <PlacesTree places={places} folds={folds} onFold={(key) => onChange({ fold: withFold(folds, key) })} />;
}

function usePlaceCounts(cve: CveDetail): string {
  const { t } = useTranslation();
  const format = useFormat();
  const { clusters, namespaces, deployments } = useMemo(() => {
    const list = cve.affected_deployments_list;
    return {
      clusters: new Set(list.map((row) => row.cluster_name)).size,
      namespaces: new Set(list.map((row) => `${row.cluster_name}/${row.namespace}`)).size,
      deployments: new Set(list.map((row) => row.deployment_id || row.deployment_name)).size,
    };
  }, [cve]);
  const parts = [
    t('cve.where.clusters', { count: clusters, shown: format.count(clusters) }),
    t('cve.where.namespaces', { count: namespaces, shown: format.count(namespaces) }),
    t('cve.where.deployments', { count: deployments, shown: format.count(deployments) }),
    t('cve.where.images', {
      count: cve.affected_images_list.length,
      shown: format.count(cve.affected_images_list.length),
    }),
  ];
  return parts.join(' · ');
}
