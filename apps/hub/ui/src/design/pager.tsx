import { Pagination } from '@patternfly/react-core';
import { useTranslation } from 'react-i18next';
import { useFormat } from './format.ts';

export interface PagerProps {
  readonly total: number;
  readonly page: number;
  readonly pageSize: number;
  readonly onPage: (page: number) => void;
  readonly onPageSize?: (size: number) => void;
  readonly sizes?: readonly number[];
  readonly variant?: 'top' | 'bottom';
}

/** Paging in the reader's language. Says "1 - 50 of 1,204" and takes the next page from there. */
export function Pager({ total, page, pageSize, onPage, onPageSize, sizes = [pageSize], variant = 'top' }: PagerProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const first = Math.min((page - 1) * pageSize + 1, total);
  const range = t('design.range', {
    from: format.count(first),
    to: format.count(Math.min(page * pageSize, total)),
    total: format.count(total),
  });
  return (
    <Pagination
      itemCount={total}
      page={page}
      perPage={pageSize}
      variant={variant}
      isCompact={variant === 'top'}
      onSetPage={(_event, next) => onPage(next)}
      onPerPageSelect={(_event, next) => onPageSize?.(next)}
      perPageOptions={sizes.map((size) => ({ title: String(size), value: size }))}
      toggleTemplate={() => <span className="app-figures">{range}</span>}
      titles={{
        ofWord: t('design.of'),
        perPageSuffix: t('design.perPage'),
        optionsToggleAriaLabel: `${range}, ${t('design.itemsPerPage')}`,
        itemsPerPage: t('design.itemsPerPage'),
        toFirstPageAriaLabel: t('design.firstPage'),
        toPreviousPageAriaLabel: t('design.previousPage'),
        toNextPageAriaLabel: t('design.nextPage'),
        toLastPageAriaLabel: t('design.lastPage'),
        currPageAriaLabel: t('design.currentPage'),
        paginationAriaLabel: variant === 'top' ? t('design.pagingTop') : t('design.pagingBottom'),
      }}
    />
  );
}
