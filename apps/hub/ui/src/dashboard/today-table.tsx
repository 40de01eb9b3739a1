import { Icon } from '@patternfly/react-core';
import ClockIcon from '@patternfly/react-icons/dist/esm/icons/exclamation-circle-icon';
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
}

/** One line per thing to do. */
export function TodayTable({ today, levels }: TodayTableProps) {
  const { t, i18n } = useTranslation();
  const format = useFormat();
  const now = new Date();
  const context = { t, format, language: i18n.language, now, lastVisit: today.last_visit };
  return (
    <Table aria-label={t('dashboard.today.title')} variant="compact" borders={false} gridBreakPoint="grid-lg" className="app-today-table">
      <Thead>
        <Tr>
          <Th>{t('cves.column.cve')}</Th>
          <Th>{t('dashboard.column.why')}</Th>
          <Th>{t('dashboard.column.component')}</Th>
          <Th>{t('dashboard.column.where')}</Th>
        </Tr>
      </Thead>
      <Tbody>
        {today.items.map((item) => (
          <Tr key={item.cve_id}>
            <Td dataLabel={t('cves.column.cve')}>
              <span className="app-with-icon app-nowrap">
                <SeverityIcon severity={item.severity} />
                <span className="pf-v6-screen-reader">{t(`severity.${severityName(item.severity)}`)}</span>
                <CveLink cveId={item.cve_id} />
              </span>
            </Td>
            <Td dataLabel={t('dashboard.column.why')}>
              <Why text={reasonText(item, { ...context, level: levels.get(item.cve_id) ?? null })} isLate={isPast(item.due, now)} />
            </Td>
            <Td dataLabel={t('dashboard.column.component')}>
              <Components names={item.component_names} />
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

/** A day that has passed is marked by icon, weight and word, not by its colour alone. */
function Why({ text, isLate }: { readonly text: string; readonly isLate: boolean }) {
  const { t } = useTranslation();
  if (!isLate) return <>{text}</>;
  return (
    <span className="app-late">
      <Icon status="danger" isInline>
        <ClockIcon />
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
    <>
      <ForeignWord>{second === undefined ? first : `${first}, ${second}`}</ForeignWord>
      {more > 0 && <span className="app-subtle"> {t('dashboard.today.more', { count: more })}</span>}
    </>
  );
}

function Where({ item }: { readonly item: TodayItem }) {
  const { t } = useTranslation();
  const format = useFormat();
  const more = item.namespace_count - item.namespaces.length;
  const deployments = item.affected_deployments;
  return (
    <>
      <ForeignWord>{item.namespaces.join(', ')}</ForeignWord>
      {more > 0 && <span className="app-subtle"> {t('dashboard.today.more', { count: more })}</span>}
      <span className="app-subtle">
        {' · '}
        {t('dashboard.today.deployments', { count: deployments, value: format.count(deployments) })}
      </span>
    </>
  );
}
