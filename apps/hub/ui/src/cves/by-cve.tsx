import type { CvePage } from '@pratique/hub/contract';
import { useTranslation } from 'react-i18next';
import { SkeletonTable } from '../design/skeletons.tsx';
import type { Scope } from '../shell/scope.ts';
import { Loaded } from '../source/loaded.tsx';
import { columnIds } from './columns.ts';
import { useCveColumns } from './cve-columns.ts';
import { CveScroll } from './cve-scroll.tsx';
import { CveTable } from './cve-table.tsx';
import { DisplayMenu } from './display-menu.tsx';
import { EmptyList } from './empty-list.tsx';
import { ListHead, ListPager, PastTheEnd, sorter } from './list-head.tsx';
import { type Look, useLook } from './look.ts';
import { useCveList } from './queries.ts';
import { cveSortKeys, type ListSearch } from './search.ts';
import type { Selection } from './selection.ts';
import { SortChoice } from './sort-choice.tsx';

export interface ListViewProps {
  readonly search: ListSearch;
  readonly scope: Scope;
  readonly onChange: (search: ListSearch) => void;
}

export interface ByCveProps extends ListViewProps {
  readonly selection: Selection;
}

/** The list with one row per CVE, in pages or all in one. */
export function ByCve({ search, scope, onChange, selection }: ByCveProps) {
  const isScrolled = search.page_size === 'all';
  const query = useCveList(isScrolled ? { ...search, page: undefined } : search, scope);
  const [look, setLook] = useLook(search, onChange);
  const columns = useCveColumns(look.columns);
  const rows = { search, scope, onChange, selection, look };
  return (
    <>
      <ListHead
        total={query.data?.total ?? 0}
        search={search}
        onChange={onChange}
        sort={<CveSort search={search} onChange={onChange} />}
        display={<DisplayMenu look={look} onLook={setLook} search={search} onChange={onChange} />}
      />
      <Loaded query={query} skeleton={<SkeletonTable columns={columns.map((column) => column.label)} />}>
        {(page) => (
          <div className={query.isPlaceholderData ? 'app-outdated' : undefined} aria-busy={query.isPlaceholderData}>
            {page.total === 0 ? (
              <EmptyList search={search} scope={scope} onClear={onChange} />
            ) : isScrolled ? (
              <CveScroll {...rows} {...sortingOf(search, onChange)} first={page} />
            ) : (
              <Pages page={page} {...rows} />
            )}
          </div>
        )}
      </Loaded>
    </>
  );
}

function sortingOf(search: ListSearch, onChange: ListViewProps['onChange']) {
  const sortBy = cveSortKeys.find((key) => key === search.sort_by) ?? 'severity';
  return { sortBy, sortDesc: search.sort_desc ?? true, onSort: sorter(search, onChange) };
}

/** Every column can be sorted by here, shown or not: on a telephone there are no headings. */
function CveSort({ search, onChange }: Pick<ListViewProps, 'search' | 'onChange'>) {
  const columns = useCveColumns(columnIds);
  const sortable = columns.flatMap(({ sort, label }) => (sort === undefined ? [] : [{ key: sort, label }]));
  return <SortChoice columns={sortable} {...sortingOf(search, onChange)} />;
}

function Pages({ page, look, ...props }: ByCveProps & { readonly page: CvePage; readonly look: Look }) {
  const { t } = useTranslation();
  const { search, onChange, selection } = props;
  return (
    <>
      {page.items.length === 0 ? (
        <PastTheEnd search={search} onChange={onChange} />
      ) : (
        <CveTable
          cves={page.items}
          label={t('cves.tableLabel', { count: page.total })}
          look={look}
          selection={selection}
          {...sortingOf(search, onChange)}
        />
      )}
      <ListPager total={page.total} search={search} onChange={onChange} variant="bottom" />
    </>
  );
}
