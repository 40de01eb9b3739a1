import type { DashboardData } from '@pratique/hub/contract';
import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import { type Format, useFormat } from '../design/format.ts';
import { Severity } from '../design/severity.tsx';
import { ChartCard } from './chart-card.tsx';
import { TwinTable } from './twin-table.tsx';

/** How long it took, on average, from the first sighting of a CVE to its remediation. */
export function TimeToRemediate({ means }: { readonly means: DashboardData['mttr_by_severity'] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const title = t('dashboard.mttr.title');
  const columns = [
    { label: t('dashboard.column.severity') },
    { label: t('dashboard.column.onAverage'), isNumber: true },
    { label: t('dashboard.column.remediations'), isNumber: true },
  ];
  const rows = means.toReversed().map(({ severity, avg_days, count }) => ({
    key: String(severity),
    cells: [<Severity key="severity" severity={severity} />, durationText(avg_days, t, format), format.count(count)],
  }));
  return (
    <ChartCard
      title={title}
      help={t('dashboard.mttr.help')}
      emptyText={means.length === 0 ? t('dashboard.mttr.empty') : undefined}
    >
      <TwinTable label={title} columns={columns} rows={rows} />
    </ChartCard>
  );
}

/** Days from two on, below that hours, below an hour minutes: each as a number a person can picture. */
export function durationText(days: number, t: TFunction, format: Pick<Format, 'count'>): string {
  const [key, value] = inUnit(days);
  return t(`dashboard.mttr.${key}`, { count: value, value: format.count(value) });
}

function inUnit(days: number): readonly ['days' | 'hours' | 'minutes', number] {
  const hours = days * 24;
  if (days >= 2) return ['days', Math.round(days)];
  if (hours >= 1) return ['hours', Math.round(hours)];
  return ['minutes', Math.round(hours * 60)];
}
