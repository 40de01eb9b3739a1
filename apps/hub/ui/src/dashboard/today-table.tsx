import { Icon } from '@patternfly/react-core';
import LateIcon from '@patternfly/react-icons/dist/esm/icons/exclamation-circle-icon';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import type { Today, TodayItem } from '@pratique/hub/contract';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { CveLink } from '../cves/cve-link.tsx';
import { ForeignWord } from '../design/foreign-text.tsx';
import { useFormat } from '../design/format.ts';
import { SeverityIcon, severityName } from '../design/severity.tsx';
import { dueText, fixOf, isPast, whyText } from './reason.ts';

interface TodayTableProps {
  readonly today: Today;
  /** When this was asked: the day by which "today" and "overdue" are told. */
  readonly askedAt: Date;
}

/** One line per thing to do; on a telephone one short paragraph, which needs no labels. */
export function TodayTable({ today, askedAt }: TodayTableProps) {
  const { t, i18n } = useTranslation();
  const format = useFormat();
  const context = { t, format, language: i18n.language, now: askedAt, lastVisit: today.last_visit };
  return (
    <Table
      aria-label={t('dashboard.today.title')}
      variant="compact"
      borders={false}
      gridBreakPoint="grid-lg"
      className="app-today-table"
    >
      <Thead>
        <Tr>
          <Th width={20}>{t('cves.column.cve')}</Th>
          <Th width={25}>{t('dashboard.column.why')}</Th>
          <Th width={20}>{t('dashboard.column.until')}</Th>
          <Th width={20}>{t('dashboard.column.fixedIn')}</Th>
          <Th width={15}>{t('dashboard.column.where')}</Th>
        </Tr>
      </Thead>
      <Tbody>
        {today.items.map((item) => (
          <Tr key={item.cve_id}>
            <Td>
              <span className="app-with-icon app-nowrap">
                <SeverityIcon severity={item.severity} />
                <span className="pf-v6-screen-reader">{t(`severity.${severityName(item.severity)}`)}</span>
                <CveLink cveId={item.cve_id} />
              </span>
            </Td>
            <Td modifier="truncate">{whyText(item, context)}</Td>
            <Td>
              <Until text={dueText(item.due, context)} isLate={isPast(item.due, askedAt)} />
            </Td>
            <Td dataLabel={t('dashboard.column.fixedIn')}>
              <FixedIn item={item} />
            </Td>
            <Td dataLabel={t('dashboard.column.where')}>
              <Where item={item} />
            </Td>
          </Tr>
        ))}
      </Tbody>
    </Table>
  );
}

/** A day that has passed is marked by an icon and said in words, not by a colour alone. */
function Until({ text, isLate }: { readonly text: string; readonly isLate: boolean }) {
  const { t } = useTranslation();
  if (text === '') return <span className="app-subtle">{t('dashboard.today.noDue')}</span>;
  if (!isLate) return <span className="app-nowrap">{text}</span>;
  return (
    <span className="app-nowrap">
      <Icon status="danger" isInline>
        <LateIcon />
      </Icon>{' '}
      <span className="pf-v6-screen-reader">{t('dashboard.today.late')}</span> {text}
    </span>
  );
}

function FixedIn({ item }: { readonly item: TodayItem }) {
  const { t } = useTranslation();
  const { what, more } = fixOf(item);
  const isOpen = !item.fixable || item.fixed_by === null;
  return (
    <OneLine title={[...item.component_names, item.fixed_by ?? ''].join(', ')} what={what} more={more}>
      {isOpen && (item.fixable ? t('dashboard.reason.fixable') : t('dashboard.reason.noFix'))}
    </OneLine>
  );
}

/** One place by its name, more by their number: half of a list of names tells less. */
function Where({ item }: { readonly item: TodayItem }) {
  const { t } = useTranslation();
  const format = useFormat();
  const count = item.namespace_count;
  const deployments = item.affected_deployments;
  const names = item.namespaces.join(', ');
  return (
    <OneLine title={count > item.namespaces.length ? `${names} …` : names} what={count === 1 ? names : null} more={0}>
      {count !== 1 && t('dashboard.today.namespaces', { count, value: format.count(count) })}
      <span className="app-today-deployments">
        {' · '}
        {t('dashboard.today.deployments', { count: deployments, value: format.count(deployments) })}
      </span>
    </OneLine>
  );
}

interface OneLineProps {
  readonly title: string;
  /** Cut where there is no room for all of it; what follows never is. */
  readonly what: string | null;
  readonly more: number;
  readonly children?: ReactNode;
}

function OneLine({ title, what, more, children }: OneLineProps) {
  const { t } = useTranslation();
  return (
    <span className="app-one-line" title={title}>
      {what !== null && <ForeignWord>{what}</ForeignWord>}
      {more > 0 && <span className="app-subtle app-nowrap">{t('dashboard.today.more', { count: more })}</span>}
      {children !== false && <span className={what === null ? undefined : 'app-subtle app-nowrap'}>{children}</span>}
    </span>
  );
}
