import { Button } from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr, TreeRowWrapper } from '@patternfly/react-table';
import { startTransition, useDeferredValue, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ForeignWord } from '../design/foreign-text.tsx';
import { useFormat } from '../design/format.ts';
import { usePrinting } from '../design/printing.ts';
import { ImageLink } from '../images/image-link.tsx';
import { CarriedComponents } from './carried-components.tsx';
import { childrenShownFirst, openAtFirst, type PlaceRow, rowsOf } from './place-rows.ts';
import type { ImageLeaf, Place } from './places.ts';

export interface PlacesTreeProps {
  readonly places: readonly Place[];
  readonly folds: readonly string[];
  readonly onFold: (key: string) => void;
}

/** On paper everything stands open, up to as many deployments as somebody would still leaf through. */
const printedDeployments = 1_000;

/** Clusters, namespaces, deployments and images as one tree table. Only what is open is drawn, 25 children at a time. */
export function PlacesTree({ places, folds: wantedFolds, onFold }: PlacesTreeProps) {
  const { t } = useTranslation();
  // Rows are drawn in slices, between which the browser listens to the keyboard.
  const folds = useDeferredValue(wantedFolds);
  const [shown, setShown] = useState<ReadonlyMap<string, number>>(new Map());
  const deployments = places.reduce((sum, place) => sum + place.deployments, 0);
  const isWhole = usePrinting() && deployments <= printedDeployments;
  const rows = useMemo(
    () =>
      rowsOf(places, {
        folds: isWhole ? new Set() : new Set(folds),
        openFirst: isWhole ? () => true : openAtFirst(places),
        shownOf: (key) => (isWhole ? Infinity : (shown.get(key) ?? childrenShownFirst)),
      }),
    [places, folds, shown, isWhole],
  );
  function showMore(key: string): void {
    // Each press shows twice as many: 25,000 are reached in ten, and no press freezes the page.
    startTransition(() => setShown(new Map(shown).set(key, (shown.get(key) ?? childrenShownFirst) * 2)));
  }
  return (
    <Table
      isTreeTable
      aria-label={t('cve.where.title')}
      variant="compact"
      gridBreakPoint=""
      className="app-tight app-places"
    >
      <Thead>
        <Tr>
          <Th>{t('cve.where.place')}</Th>
          <Th>{t('cve.where.carried')}</Th>
          <Th modifier="nowrap" className="app-number">
            {t('cves.column.deployments')}
          </Th>
          <Th modifier="nowrap" className="app-number">
            {t('cves.column.images')}
          </Th>
        </Tr>
      </Thead>
      <Tbody>
        {rows.map((row, index) => (
          <Row key={row.key} row={row} index={index} onFold={onFold} onMore={showMore} />
        ))}
      </Tbody>
    </Table>
  );
}

interface RowProps {
  readonly row: PlaceRow;
  readonly index: number;
  readonly onFold: (key: string) => void;
  readonly onMore: (key: string) => void;
}

function Row({ row, index, onFold, onMore }: RowProps) {
  const { t } = useTranslation();
  const { content } = row;
  const props = {
    isExpanded: row.isOpen,
    isHidden: false,
    'aria-level': row.level,
    'aria-posinset': row.position,
    'aria-setsize': row.hasChildren ? row.siblings : 0,
    toggleAriaLabel: t('cve.where.toggle', { name: content.kind === 'place' ? content.place.name : '' }),
  };
  return (
    <TreeRowWrapper
      row={{ props }}
      aria-setsize={row.siblings}
      aria-expanded={row.hasChildren ? row.isOpen : undefined}
    >
      <Td dataLabel={t('cve.where.place')} treeRow={{ onCollapse: () => onFold(row.key), rowIndex: index, props }}>
        {content.kind === 'place' && <PlaceName place={content.place} />}
        {content.kind === 'image' && <ImageLink imageId={content.leaf.imageId} name={content.leaf.name} />}
        {content.kind === 'more' && (
          <Button variant="link" isInline onClick={() => onMore(content.parent)}>
            {t('design.more', { count: content.hidden })}
          </Button>
        )}
      </Td>
      <Td dataLabel={t('cve.where.carried')}>
        <CarriedComponents components={leafOf(row)?.components ?? []} />
      </Td>
      <Count row={row} label={t('cves.column.deployments')} of="deployments" />
      <Count row={row} label={t('cves.column.images')} of="images" />
    </TreeRowWrapper>
  );
}

/** The image a row stands for: its own, or the only one of its deployment. */
function leafOf({ content }: PlaceRow): ImageLeaf | undefined {
  if (content.kind === 'image') return content.leaf;
  return content.kind === 'place' && content.place.leaves.length === 1 ? content.place.leaves[0] : undefined;
}

function PlaceName({ place }: { readonly place: Place }) {
  const only = place.leaves.length === 1 ? place.leaves[0] : undefined;
  return (
    <>
      <span className={place.kind === 'cluster' ? 'app-strong' : undefined}>
        <ForeignWord>{place.name}</ForeignWord>
      </span>
      {place.workload !== null && <span className="app-subtle app-small"> {place.workload}</span>}
      {only !== undefined && (
        <div className="app-small">
          <ImageLink imageId={only.imageId} name={only.name} />
        </div>
      )}
    </>
  );
}

interface CountProps {
  readonly row: PlaceRow;
  readonly label: string;
  readonly of: 'deployments' | 'images';
}

/** A count where there is something to count: not of one deployment with one image. */
function Count({ row: { content }, label, of }: CountProps) {
  const format = useFormat();
  const isCounted =
    content.kind === 'place' &&
    (content.place.kind !== 'deployment' || (of === 'images' && content.place.leaves.length > 1));
  return (
    <Td dataLabel={label} className="app-number">
      {isCounted && content.kind === 'place' ? format.count(content.place[of]) : null}
    </Td>
  );
}
