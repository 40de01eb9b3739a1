import { ExpandableSection, Title } from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import type { ImageDetail } from '@pratique/hub/contract';
import { lazy, Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../design/format.ts';
import { Moment } from '../design/moment.tsx';
import { SectionCard } from '../design/section-card.tsx';
import { SkeletonCard } from '../design/skeletons.tsx';
import { type Month, monthName, monthsOf } from './months.ts';

// The chart library is as large as the rest of the page: it comes when there is something to draw.
const MonthsChart = lazy(async () => ({ default: (await import('./months-chart.tsx')).MonthsChart }));

/** When its CVEs were first seen, month by month, and what later scans changed. */
export function HistoryCard({ image }: { readonly image: ImageDetail }) {
  const { t } = useTranslation();
  const months = monthsOf(image.cve_timeline);
  const changes = image.history ?? [];
  if (months.length === 0 && changes.length === 0) return null;
  return (
    <SectionCard title={t('image.history')}>
      {months.length > 0 && (
        <>
          <p className="app-subtle app-below">{t('image.historyLead')}</p>
          <Suspense fallback={<SkeletonCard />}>
            <MonthsChart months={months} />
          </Suspense>
          <ExpandableSection toggleText={t('image.asTable')}>
            <MonthsTable months={months} />
          </ExpandableSection>
        </>
      )}
      <Title headingLevel="h3" size="md" className="app-section-heading">
        {t('image.changes')}
      </Title>
      {changes.length === 0 ? <p className="app-subtle">{t('image.noChanges')}</p> : <Changes changes={changes} />}
    </SectionCard>
  );
}

const levels = ['critical', 'important', 'moderate', 'low'] as const;

function MonthsTable({ months }: { readonly months: readonly Month[] }) {
  const { t, i18n } = useTranslation();
  const format = useFormat();
  return (
    <Table aria-label={t('image.historyLead')} variant="compact" gridBreakPoint="">
      <Thead>
        <Tr>
          <Th>{t('image.month')}</Th>
          {levels.map((level) => (
            <Th key={level} className="app-number">
              {t(`severity.${level}`)}
            </Th>
          ))}
        </Tr>
      </Thead>
      <Tbody>
        {months.toReversed().map((month) => (
          <Tr key={month.month}>
            <Td dataLabel={t('image.month')}>{monthName(month.month, i18n.language)}</Td>
            {levels.map((level) => (
              <Td key={level} dataLabel={t(`severity.${level}`)} className="app-number">
                {format.count(month[level])}
              </Td>
            ))}
          </Tr>
        ))}
      </Tbody>
    </Table>
  );
}

const shownChanges = 20;

function Changes({ changes }: { readonly changes: NonNullable<ImageDetail['history']> }) {
  const { t } = useTranslation();
  const format = useFormat();
  const kinds = ['appeared', 'gone', 'returned'] as const;
  return (
    <Table aria-label={t('image.changes')} variant="compact" gridBreakPoint="">
      <Thead>
        <Tr>
          <Th>{t('image.change.at')}</Th>
          {kinds.map((kind) => (
            <Th key={kind} className="app-number">
              {t(`image.change.${kind}`)}
            </Th>
          ))}
        </Tr>
      </Thead>
      <Tbody>
        {changes
          .toSorted((a, b) => (a.at < b.at ? 1 : -1))
          .slice(0, shownChanges)
          .map((change) => (
            <Tr key={change.at}>
              <Td dataLabel={t('image.change.at')}>
                <Moment at={change.at} withTime />
              </Td>
              {kinds.map((kind) => (
                <Td key={kind} dataLabel={t(`image.change.${kind}`)} className="app-number">
                  {format.count(change[kind])}
                </Td>
              ))}
            </Tr>
          ))}
      </Tbody>
    </Table>
  );
}
