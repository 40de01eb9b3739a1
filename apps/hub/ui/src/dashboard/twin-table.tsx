import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useScrollableRegion } from '../design/scrollable-region.ts';

export interface TwinColumn {
  readonly label: string;
  readonly isNumber?: boolean;
}

export interface TwinRow {
  readonly key: string;
  /** One per column; the first names the row. */
  readonly cells: readonly ReactNode[];
}

/** The table behind a chart: the same figures as text, each with its link. */
export function TwinTable({
  label,
  columns,
  rows,
}: {
  readonly label: string;
  readonly columns: readonly TwinColumn[];
  readonly rows: readonly TwinRow[];
}) {
  const { t } = useTranslation();
  // The card around it is a landmark of the same title already.
  const region = useScrollableRegion(t('dashboard.tableOf', { title: label }));
  return (
    // No stacking into cards: these tables are narrow, and what is too wide scrolls in its own frame.
    <div className="app-scroll-x" {...region}>
      <Table aria-label={label} variant="compact" gridBreakPoint="" className="app-flat">
        <Thead>
          <Tr>
            {columns.map((column) => (
              <Th
                key={column.label}
                modifier="nowrap"
                {...(column.isNumber === true ? { className: 'app-number' } : {})}
              >
                {column.label}
              </Th>
            ))}
          </Tr>
        </Thead>
        <Tbody>
          {rows.map((row) => (
            <Tr key={row.key}>
              {columns.map((column, index) => (
                <Td
                  key={column.label}
                  dataLabel={column.label}
                  {...(column.isNumber === true ? { className: 'app-number' } : {})}
                >
                  {row.cells[index]}
                </Td>
              ))}
            </Tr>
          ))}
        </Tbody>
      </Table>
    </div>
  );
}
