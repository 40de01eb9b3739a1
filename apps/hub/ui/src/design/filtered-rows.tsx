import { Toolbar, ToolbarContent, ToolbarItem } from '@patternfly/react-core';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { DebouncedSearch } from './debounced-search.tsx';
import { Pager } from './pager.tsx';
import { StatePanel } from './state-panel.tsx';

export interface FilteredRowsProps<T> {
  readonly rows: readonly T[];
  /** The words of a row that the filter looks at. */
  readonly wordsOf: (row: T) => readonly (string | null)[];
  readonly filterLabel: string;
  readonly emptyTitle: string;
  readonly children: (rows: readonly T[]) => ReactNode;
}

const pageSize = 20;

/** A table that is already here, narrowed by text and shown 20 rows at a time. */
export function FilteredRows<T>({ rows, wordsOf, filterLabel, emptyTitle, children }: FilteredRowsProps<T>) {
  const { t } = useTranslation();
  const [wanted, setWanted] = useState('');
  const [page, setPage] = useState(1);
  const needle = wanted.toLowerCase();
  const matching =
    needle === '' ? rows : rows.filter((row) => wordsOf(row).some((word) => word?.toLowerCase().includes(needle)));
  const from = (page - 1) * pageSize;
  if (rows.length === 0) return <StatePanel title={emptyTitle} headingLevel="h3" isCompact />;
  return (
    <>
      {rows.length > pageSize / 4 && (
        <Toolbar hasNoPadding colorVariant="no-background">
          <ToolbarContent>
            <ToolbarItem>
              <DebouncedSearch
                label={filterLabel}
                value={wanted}
                onChange={(next) => {
                  setWanted(next);
                  setPage(1);
                }}
              />
            </ToolbarItem>
            {matching.length > pageSize && (
              <ToolbarItem variant="pagination" align={{ default: 'alignEnd' }}>
                <Pager total={matching.length} page={page} pageSize={pageSize} onPage={setPage} />
              </ToolbarItem>
            )}
          </ToolbarContent>
        </Toolbar>
      )}
      {matching.length === 0 ? (
        <StatePanel
          title={t('design.noMatch')}
          headingLevel="h3"
          isCompact
          actions={[{ label: t('design.clear'), onClick: () => setWanted('') }]}
        />
      ) : (
        children(matching.slice(from, from + pageSize))
      )}
    </>
  );
}
