import type { Today, TodayReason } from '@pratique/hub/contract';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../design/format.ts';
import { byReason } from './drill.ts';
import { DrillLink } from './drill-link.tsx';

const order: readonly TodayReason[] = ['kev_overdue', 'kev', 'priority', 'likely', 'new'];

/** How many of each kind there are in all; each leads to its list where the list can count the same. */
export function TodayCounts({ today }: { readonly today: Today }) {
  const { t } = useTranslation();
  const format = useFormat();
  const kinds = order.filter((reason) => today.counts[reason] > 0);
  return (
    <>
      <ul className="app-today-counts" aria-label={t('dashboard.today.counts')}>
        {kinds.map((reason) => {
          const count = today.counts[reason];
          const text = t(`dashboard.today.kind.${reason}`, { count, value: format.count(count) });
          const to = byReason(reason, today.last_visit);
          return <li key={reason}>{to === null ? text : <DrillLink to={to}>{text}</DrillLink>}</li>;
        })}
      </ul>
      <p className="app-subtle app-small app-today-note">{t('dashboard.today.note')}</p>
    </>
  );
}
