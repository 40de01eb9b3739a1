import type { ImageCveGroupPage } from '@pratique/hub/contract';
import { Table, Th, Thead, Tr } from '@patternfly/react-table';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ListViewProps } from './by-cve.tsx';
import { rowOf } from '../keyboard/row.ts';
import { ImageRow, imageRowName } from './image-row.tsx';
import type { imageSortKeys } from './search.ts';

export type ImageColumn = {
  readonly label: string;
  readonly sort?: (typeof imageSortKeys)[number];
  readonly isNumber?: boolean;
};

/** Columns of the view by image. */
export function useImageColumns(): readonly ImageColumn[] {
  const { t } = useTranslation();
  return [
    { label: t('cves.column.image'), sort: 'image_name' },
    { label: t('cves.column.total'), sort: 'total_cves', isNumber: true },
    { label: t('severity.critical'), sort: 'critical_cves', isNumber: true },
    { label: t('severity.important'), isNumber: true },
    { label: t('severity.moderate'), isNumber: true },
    { label: t('severity.low'), isNumber: true },
    { label: t('cves.column.maxCvss'), sort: 'max_cvss', isNumber: true },
    { label: t('cves.column.maxEpss'), sort: 'max_epss', isNumber: true },
    { label: t('cves.column.fixable'), sort: 'fixable_cves', isNumber: true },
    { label: t('cves.column.deployments'), sort: 'affected_deployments', isNumber: true },
  ];
}

/** One row per image, each opening to its CVEs. */
export function ImageTable({ page, search, scope, onChange }: ListViewProps & { readonly page: ImageCveGroupPage }) {
  const { t } = useTranslation();
  const columns = useImageColumns();
  const [cursor, setCursor] = useState('');
  const names = page.items.map(imageRowName);
  const tabStop = names.includes(cursor) ? cursor : names[0];
  const active = columns.findIndex((column) => column.sort === (search.sort_by ?? 'total_cves'));
  const direction = (search.sort_desc ?? true) ? 'desc' : 'asc';
  return (
    <div className="app-scroll-x">
      <Table
        aria-label={t('cves.imageTableLabel', { count: page.total })}
        variant="compact"
        gridBreakPoint="grid-xl"
        isExpandable
        className="app-tight app-wide"
        onFocus={(event) => setCursor(rowOf(event.target)?.dataset['row'] ?? cursor)}
      >
        <Thead>
          <Tr>
            <Th screenReaderText={t('cves.openRow')} />
            {columns.map(({ label, sort, isNumber }, columnIndex) => (
              <Th
                key={label}
                modifier="nowrap"
                className={isNumber ? 'app-number' : undefined}
                {...(sort === undefined
                  ? {}
                  : {
                      sort: {
                        columnIndex,
                        sortBy: { index: active, direction, defaultDirection: 'desc' as const },
                        onSort: (_event: unknown, _index: number, next: string) =>
                          onChange({ ...search, page: undefined, sort_by: sort, sort_desc: next === 'desc' }),
                      },
                    })}
              >
                {label}
              </Th>
            ))}
          </Tr>
        </Thead>
        {page.items.map((image, rowIndex) => (
          <ImageRow
            key={names[rowIndex]}
            isTabStop={names[rowIndex] === tabStop}
            image={image}
            rowIndex={rowIndex}
            columns={columns}
            search={search}
            scope={scope}
          />
        ))}
      </Table>
    </div>
  );
}
