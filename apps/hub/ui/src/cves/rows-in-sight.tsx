import { Alert, AlertActionLink, Skeleton } from '@patternfly/react-core';
import { Td, Tr } from '@patternfly/react-table';
import type { EpssEntry } from '@pratique/hub/contract';
import { useTranslation } from 'react-i18next';
import type { Column } from './cve-columns.ts';
import { CveRow } from './cve-row.tsx';
import type { ScrolledPages } from './scrolled-pages.ts';
import type { Selection } from './selection.ts';
import type { Sight } from './sight.ts';

export interface RowsInSightProps {
  readonly sight: Sight;
  readonly pages: ScrolledPages;
  readonly columns: readonly Column[];
  readonly feed: ReadonlyMap<string, EpssEntry>;
  readonly selection: Selection;
  /** 0-based place of the row that the keyboard is on. */
  readonly cursor: number;
}

/** The rows that are drawn, between two gaps as high as the rows that are not. */
export function RowsInSight({ sight, pages, columns, feed, selection, cursor }: RowsInSightProps) {
  const tabStop = sight.rows.includes(cursor) ? cursor : sight.first;
  return (
    <>
      <Gap height={sight.before} />
      {sight.rows.map((index) => {
        const cve = pages.rowAt(index);
        if (cve === undefined) return <RowToCome key={index} columns={columns} rowIndex={index + 2} />;
        return (
          <CveRow
            key={index}
            cve={cve}
            columns={columns}
            feed={feed.get(cve.cve_id)}
            isSelected={selection.has(cve.cve_id)}
            onSelect={selection.set}
            isTabStop={index === tabStop}
            rowIndex={index + 2}
          />
        );
      })}
      <Gap height={sight.after} />
    </>
  );
}

function Gap({ height }: { readonly height: number }) {
  if (height <= 0) return null;
  return <tr aria-hidden="true" style={{ blockSize: height }} />;
}

function RowToCome({ columns, rowIndex }: Pick<RowsInSightProps, 'columns'> & { readonly rowIndex: number }) {
  return (
    <Tr aria-rowindex={rowIndex} aria-busy="true">
      <Td className="app-check" />
      {columns.map(({ id, label }, index) => (
        <Td key={id} dataLabel={label}>
          {index === 0 && <Skeleton width="60%" />}
        </Td>
      ))}
    </Tr>
  );
}

/** Some of the rows could not be fetched: grey rows alone would look like "still coming". */
export function NotFetched({ pages }: Pick<RowsInSightProps, 'pages'>) {
  const { t } = useTranslation();
  if (pages.error === null) return null;
  return (
    <Alert
      component="p"
      isInline
      isLiveRegion
      variant="warning"
      className="app-below"
      title={t('list.notFetched')}
      actionLinks={<AlertActionLink onClick={pages.retry}>{t('failure.retry')}</AlertActionLink>}
    >
      {pages.error.message}
    </Alert>
  );
}
