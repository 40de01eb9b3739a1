import type { Today, TodayReason } from '@pratique/hub/contract';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../design/format.ts';
import { byReason } from './drill.ts';
import { DrillLink } from './drill-link.tsx';

const order: readonly TodayReason[] = ['kev_overdue', 'kev', 'priority', 'likely', 'new'];

/** How many of each kind there are in all; each leads to the list of exactly these. */
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
          return (
            <li key={reason}>
              <DrillLink to={byReason(reason)}>{text}</DrillLink>
            </li>
          );
        })}
      </ul>
      <p className="app-subtle app-small app-today-note">{t('dashboard.today.note')}</p>
    </>
  );
}
