import { Toolbar, ToolbarContent, ToolbarItem } from '@patternfly/react-core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../design/format.ts';
import { Pager } from '../design/pager.tsx';
import { StatePanel } from '../design/state-panel.tsx';
import { defaultPageSize, type ListSearch, pageSizes } from './search.ts';
import { ViewToggle } from './view-toggle.tsx';

export interface ListPagerProps {
  readonly total: number;
  readonly search: ListSearch;
  readonly onChange: (search: ListSearch) => void;
  readonly variant: 'top' | 'bottom';
}

export interface ListHeadProps extends Omit<ListPagerProps, 'variant'> {
  /** Sorting, for where the table has no headings to press. */
  readonly sort: ReactNode;
  /** How the rows look. */
  readonly display?: ReactNode;
}

/** View, looks and paging above the table. The view stays reachable when nothing is listed. */
export function ListHead({ sort, display, ...props }: ListHeadProps) {
  return (
    <Toolbar hasNoPadding colorVariant="no-background" className="app-list-head">
      <ToolbarContent>
        <ToolbarItem>
          <ViewToggle search={props.search} onChange={props.onChange} />
        </ToolbarItem>
        <ToolbarItem visibility={{ default: 'visible', xl: 'hidden' }}>{sort}</ToolbarItem>
        {display !== undefined && <ToolbarItem>{display}</ToolbarItem>}
        {props.total > 0 && (
          <ToolbarItem
            variant="pagination"
            align={{ default: 'alignEnd' }}
            alignSelf="center"
            visibility={{ default: 'hidden', md: 'visible' }}
          >
            {props.search.page_size === 'all' ? (
              <RowCount total={props.total} />
            ) : (
              <ListPager {...props} variant="top" />
            )}
          </ToolbarItem>
        )}
      </ToolbarContent>
    </Toolbar>
  );
}

function RowCount({ total }: { readonly total: number }) {
  const { t } = useTranslation();
  const shown = useFormat().count(total);
  return <span className="app-subtle app-figures">{t('list.rowCount', { count: total, shown })}</span>;
}

/** Paging that lives in the address. */
export function ListPager({ total, search, onChange, variant }: ListPagerProps) {
  return (
    <Pager
      total={total}
      page={search.page ?? 1}
      pageSize={search.page_size === 'all' ? defaultPageSize : (search.page_size ?? defaultPageSize)}
      sizes={pageSizes}
      variant={variant}
      onPage={(page) => onChange({ ...search, page })}
      onPageSize={(size) => onChange({ ...search, page: undefined, page_size: pageSizes.find((one) => one === size) })}
    />
  );
}

/** The address names a page that the list no longer has. */
export function PastTheEnd({ search, onChange }: Pick<ListPagerProps, 'search' | 'onChange'>) {
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

/** Sorting begins at the first page. */
export function sorter(search: ListSearch, onChange: (search: ListSearch) => void) {
  return (sort_by: NonNullable<ListSearch['sort_by']>, sort_desc: boolean) =>
    onChange({ ...search, page: undefined, sort_by, sort_desc });
}
