import { Icon } from '@patternfly/react-core';
import LateIcon from '@patternfly/react-icons/dist/esm/icons/exclamation-circle-icon';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import type { Today, TodayItem } from '@pratique/hub/contract';
import { useTranslation } from 'react-i18next';
import { CveLink } from '../cves/cve-link.tsx';
import { ForeignWord } from '../design/foreign-text.tsx';
import { useFormat } from '../design/format.ts';
import { SeverityIcon, severityName } from '../design/severity.tsx';
import { isPast, reasonText } from './reason.ts';
import type { TodayBlockProps } from './today-block.tsx';

interface TodayTableProps extends Pick<TodayBlockProps, 'levels'> {
  readonly today: Today;
  /** When this was asked: the day by which "today" and "overdue" are told. */
  readonly askedAt: Date;
}

/** One line per thing to do; on a telephone one short paragraph, which needs no labels. */
export function TodayTable({ today, levels, askedAt }: TodayTableProps) {
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
          <Th width={40}>{t('dashboard.column.why')}</Th>
          <Th>{t('dashboard.column.component')}</Th>
          <Th>{t('dashboard.column.where')}</Th>
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
            <Td>
              <Why
                text={reasonText(item, { ...context, level: levels.get(item.cve_id) ?? null })}
                isLate={isPast(item.due, askedAt)}
              />
            </Td>
            <Td>
              <Components names={item.component_names} />
            </Td>
            <Td>
              <Where item={item} />
            </Td>
          </Tr>
        ))}
      </Tbody>
    </Table>
  );
}

/** A day that has passed is marked by an icon and said in words, not by a colour alone. */
function Why({ text, isLate }: { readonly text: string; readonly isLate: boolean }) {
  const { t } = useTranslation();
  if (!isLate) return <>{text}</>;
  return (
    <span>
      <Icon status="danger" isInline>
        <LateIcon />
      </Icon>{' '}
      <span className="pf-v6-screen-reader">{t('dashboard.today.late')}</span>
      {text}
    </span>
  );
}

function Components({ names }: { readonly names: readonly string[] }) {
  const { t } = useTranslation();
  const [first, second] = names;
  if (first === undefined) return <span className="app-subtle">{t('dashboard.today.noComponent')}</span>;
  const more = names.length - 2;
  return (
    <span>
      <ForeignWord>{second === undefined ? first : `${first}, ${second}`}</ForeignWord>
      {more > 0 && <span className="app-subtle"> {t('dashboard.today.more', { count: more })}</span>}
    </span>
  );
}

function Where({ item }: { readonly item: TodayItem }) {
  const { t } = useTranslation();
  const format = useFormat();
  const more = item.namespace_count - item.namespaces.length;
  const deployments = item.affected_deployments;
  return (
    <span>
      <ForeignWord>{item.namespaces.join(', ')}</ForeignWord>
      {more > 0 && <span className="app-subtle"> {t('dashboard.today.more', { count: more })}</span>}
      <span className="app-subtle app-today-deployments">
        {' · '}
        {t('dashboard.today.deployments', { count: deployments, value: format.count(deployments) })}
      </span>
    </span>
  );
}
