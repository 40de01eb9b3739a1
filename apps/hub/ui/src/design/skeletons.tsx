/** Grey shapes where content will be, in the form that the content will have. */
import { Card, CardBody, Skeleton, Stack, StackItem } from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { useTranslation } from 'react-i18next';

export function SkeletonTable({ columns, rows = 10 }: { readonly columns: readonly string[]; readonly rows?: number }) {
  const { t } = useTranslation();
  return (
    <Table aria-label={t('design.loading')} aria-busy="true" variant="compact">
      <Thead>
        <Tr>
          {columns.map((column) => (
            <Th key={column}>{column}</Th>
          ))}
        </Tr>
      </Thead>
      <Tbody>
        {Array.from({ length: rows }, (_unused, row) => (
          <Tr key={row}>
            {columns.map((column, index) => (
              <Td key={column} dataLabel={column}>
                <Skeleton
                  width={index === 0 ? '80%' : '50%'}
                  screenreaderText={row + index === 0 ? t('design.loading') : ''}
                />
              </Td>
            ))}
          </Tr>
        ))}
      </Tbody>
    </Table>
  );
}

export function SkeletonCard({ lines = 4 }: { readonly lines?: number }) {
  const { t } = useTranslation();
  return (
    <Card aria-busy="true">
      <CardBody>
        <Stack hasGutter>
          {Array.from({ length: lines }, (_unused, line) => (
            <StackItem key={line}>
              <Skeleton
                width={`${90 - ((line * 23) % 50)}%`}
                screenreaderText={line === 0 ? t('design.loading') : ''}
              />
            </StackItem>
          ))}
        </Stack>
      </CardBody>
    </Card>
  );
}
