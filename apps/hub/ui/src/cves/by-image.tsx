import type { ImageCveGroup, ImageCveGroupPage } from '@pratique/hub/contract';
import { ExpandableRowContent, Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../design/format.ts';
import { SkeletonTable } from '../design/skeletons.tsx';
import { ImageLink } from '../images/image-link.tsx';
import { Loaded } from '../source/loaded.tsx';
import { ListHead, ListPager, PastTheEnd, sorter, type ViewProps } from './by-cve.tsx';
import { EmptyList } from './empty-list.tsx';
import { ImageCves } from './image-cves.tsx';
import { useImageList } from './queries.ts';
import { Cvss, Epss } from './scores.tsx';
import { imageSortKeys } from './search.ts';
import { SortChoice } from './sort-choice.tsx';

type Column = { readonly label: string; readonly sort?: (typeof imageSortKeys)[number]; readonly isNumber?: boolean };

function useColumns(): readonly Column[] {
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

/** The list with one row per image, each opening to its CVEs. */
export function ByImage({ search, scope, onChange }: ViewProps) {
  const query = useImageList(search, scope);
  const columns = useColumns();
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

function ImageTable({ page, search, scope, onChange }: ViewProps & { readonly page: ImageCveGroupPage }) {
  const { t } = useTranslation();
  const columns = useColumns();
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
            key={`${image.image_id} ${image.image_name}`}
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

interface ImageRowProps extends Pick<ViewProps, 'search' | 'scope'> {
  readonly image: ImageCveGroup;
  readonly rowIndex: number;
  readonly columns: readonly Column[];
}

function ImageRow({ image, rowIndex, columns, search, scope }: ImageRowProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const [isOpen, setOpen] = useState(false);
  const counts = [image.total_cves, image.critical_cves, image.high_cves, image.medium_cves, image.low_cves];
  const label = (index: number) => columns[index]?.label ?? '';
  return (
    <Tbody isExpanded={isOpen}>
      <Tr isContentExpanded={isOpen}>
        <Td expand={{ rowIndex, isExpanded: isOpen, onToggle: () => setOpen(!isOpen) }} />
        <Td dataLabel={label(0)}>
          <ImageLink imageId={image.image_id} name={image.image_name} />
          <div className="app-subtle app-small">{t('cves.namespaceCount', { count: image.namespaces.length })}</div>
        </Td>
        {counts.map((count, index) => (
          <Td
            key={label(index + 1)}
            dataLabel={label(index + 1)}
            className={count === 0 ? 'app-number app-subtle' : 'app-number'}
          >
            {format.count(count)}
          </Td>
        ))}
        <Td dataLabel={label(6)} className="app-number">
          <Cvss score={image.max_cvss} />
        </Td>
        <Td dataLabel={label(7)} className="app-number">
          <Epss probability={image.max_epss} />
        </Td>
        <Td dataLabel={label(8)} className="app-number">
          {format.count(image.fixable_cves)}
        </Td>
        <Td dataLabel={label(9)} className="app-number">
          {format.count(image.affected_deployments)}
        </Td>
      </Tr>
      <Tr isExpanded={isOpen}>
        <Td colSpan={columns.length + 1}>
          <ExpandableRowContent>
            {isOpen && <ImageCves image={image} search={search} scope={scope} />}
          </ExpandableRowContent>
        </Td>
      </Tr>
    </Tbody>
  );
}
