import { SkeletonTable } from '../design/skeletons.tsx';
import { Loaded } from '../source/loaded.tsx';
import type { ListViewProps } from './by-cve.tsx';
import { EmptyList } from './empty-list.tsx';
import { ImageTable, useImageColumns } from './image-table.tsx';
import { ListHead, ListPager, PastTheEnd, sorter } from './list-head.tsx';
import { useImageList } from './queries.ts';
import { imageSortKeys } from './search.ts';
import { SortChoice } from './sort-choice.tsx';

/** The list with one row per image, each opening to its CVEs. */
export function ByImage({ search, scope, onChange }: ListViewProps) {
  const query = useImageList(search, scope);
  const columns = useImageColumns();
  const sortable = columns.flatMap(({ sort, label }) => (sort === undefined ? [] : [{ key: sort, label }]));
  const sortBy = imageSortKeys.find((key) => key === search.sort_by) ?? 'total_cves';
  return (
    <>
      <ListHead
        total={query.data?.total ?? 0}
        search={search}
        onChange={onChange}
        sort={
          <SortChoice
            columns={sortable}
            sortBy={sortBy}
            sortDesc={search.sort_desc ?? true}
            onSort={sorter(search, onChange)}
          />
        }
      />
      <Loaded query={query} skeleton={<SkeletonTable columns={columns.map((column) => column.label)} />}>
        {(page) => (
          <div className={query.isPlaceholderData ? 'app-outdated' : undefined} aria-busy={query.isPlaceholderData}>
            {page.total === 0 ? (
              <EmptyList search={search} scope={scope} onClear={onChange} />
            ) : (
              <>
                {page.items.length === 0 ? (
                  <PastTheEnd search={search} onChange={onChange} />
                ) : (
                  <ImageTable page={page} search={search} scope={scope} onChange={onChange} />
                )}
                <ListPager total={page.total} search={search} onChange={onChange} variant="bottom" />
              </>
            )}
          </div>
        )}
      </Loaded>
    </>
  );
}
