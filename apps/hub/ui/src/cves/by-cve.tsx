import { Toolbar, ToolbarContent, ToolbarItem } from '@patternfly/react-core';
import type { CvePage } from '@pratique/hub/contract';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Pager } from '../design/pager.tsx';
import { SkeletonTable } from '../design/skeletons.tsx';
import { StatePanel } from '../design/state-panel.tsx';
import type { Scope } from '../shell/scope.ts';
import { Loaded } from '../source/loaded.tsx';
import { CveTable, useCveColumns } from './cve-table.tsx';
import { EmptyList } from './empty-list.tsx';
import { useCveList } from './queries.ts';
import { cveSortKeys, defaultPageSize, type ListSearch, pageSizes } from './search.ts';
import { SortChoice } from './sort-choice.tsx';
import { ViewToggle } from './view-toggle.tsx';

export interface ViewProps {
  readonly search: ListSearch;
  readonly scope: Scope;
  readonly onChange: (search: ListSearch) => void;
}

/** The list with one row per CVE. */
export function ByCve({ search, scope, onChange }: ViewProps) {
  const query = useCveList(search, scope);
  const columns = useCveColumns();
  const sortBy = cveSortKeys.find((key) => key === search.sort_by) ?? 'severity';
  const sort = { sortBy, sortDesc: search.sort_desc ?? true, onSort: sorter(search, onChange) };
  return (
    <>
      <ListHead
        total={query.data?.total ?? 0}
        search={search}
        onChange={onChange}
        sort={<SortChoice columns={columns} {...sort} />}
      />
      <Loaded query={query} skeleton={<SkeletonTable columns={columns.map((column) => column.label)} />}>
        {(page) => (
          <div className={query.isPlaceholderData ? 'app-outdated' : undefined} aria-busy={query.isPlaceholderData}>
            <Rows page={page} search={search} scope={scope} onChange={onChange} />
          </div>
        )}
      </Loaded>
    </>
  );
}

/** Sorting begins at the first page. */
export function sorter(search: ListSearch, onChange: (search: ListSearch) => void) {
  return (sort_by: NonNullable<ListSearch['sort_by']>, sort_desc: boolean) =>
    onChange({ ...search, page: undefined, sort_by, sort_desc });
}

function Rows({ page, search, scope, onChange }: ViewProps & { readonly page: CvePage }) {
  const { t } = useTranslation();
  if (page.total === 0) return <EmptyList search={search} scope={scope} onClear={onChange} />;
  return (
    <>
      {page.items.length === 0 ? (
        <PastTheEnd search={search} onChange={onChange} />
      ) : (
        <CveTable
          cves={page.items}
          label={t('cves.tableLabel', { count: page.total })}
          sortBy={search.sort_by ?? 'severity'}
          sortDesc={search.sort_desc ?? true}
          onSort={sorter(search, onChange)}
        />
      )}
      <ListPager total={page.total} search={search} onChange={onChange} variant="bottom" />
    </>
  );
}

/** View and paging above the table. The view stays reachable when nothing is listed. */
export function ListHead({ sort, ...props }: Omit<ListPagerProps, 'variant'> & { readonly sort: ReactNode }) {
  return (
    <Toolbar hasNoPadding colorVariant="no-background">
      <ToolbarContent>
        <ToolbarItem>
          <ViewToggle search={props.search} onChange={props.onChange} />
        </ToolbarItem>
        <ToolbarItem visibility={{ default: 'visible', xl: 'hidden' }}>{sort}</ToolbarItem>
        {props.total > 0 && (
          <ToolbarItem
            variant="pagination"
            align={{ default: 'alignEnd' }}
            visibility={{ default: 'hidden', md: 'visible' }}
          >
            <ListPager {...props} variant="top" />
          </ToolbarItem>
        )}
      </ToolbarContent>
    </Toolbar>
  );
}

export interface ListPagerProps {
  readonly total: number;
  readonly search: ListSearch;
  readonly onChange: (search: ListSearch) => void;
  readonly variant: 'top' | 'bottom';
}

/** Paging that lives in the address. */
export function ListPager({ total, search, onChange, variant }: ListPagerProps) {
  return (
    <Pager
      total={total}
      page={search.page ?? 1}
      pageSize={search.page_size ?? defaultPageSize}
      sizes={pageSizes}
      variant={variant}
      onPage={(page) => onChange({ ...search, page })}
      onPageSize={(size) => onChange({ ...search, page: undefined, page_size: pageSizes.find((one) => one === size) })}
    />
  );
}

/** The address names a page that the list no longer has. */
export function PastTheEnd({ search, onChange }: Pick<ViewProps, 'search' | 'onChange'>) {
  const { t } = useTranslation();
  return (
    <StatePanel
      title={t('cves.pastEnd.title')}
      actions={[{ label: t('cves.pastEnd.back'), onClick: () => onChange({ ...search, page: undefined }) }]}
    >
      {t('cves.pastEnd.body', { page: search.page ?? 1 })}
    </StatePanel>
  );
}
