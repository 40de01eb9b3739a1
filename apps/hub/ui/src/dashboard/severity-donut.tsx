import type { DashboardData } from '@pratique/hub/contract';
import { useTranslation } from 'react-i18next';
import { inkOn, severityColours } from '../design/charts/look.ts';
import { useFormat } from '../design/format.ts';
import { SeverityIcon, severitiesWorstFirst, severityName } from '../design/severity.tsx';
import { bySeverity } from './drill.ts';
import { PartsDonut } from './parts-donut.tsx';

/** How the visible CVEs divide by severity. */
export function SeverityDonut({ data }: { readonly data: DashboardData }) {
  const { t } = useTranslation();
  const format = useFormat();
  const parts = severitiesWorstFirst.map((severity) => {
    const name = severityName(severity);
    return {
      key: name,
      name: t(`severity.${name}`),
      count: data.severity_distribution.find((one) => one.severity === severity)?.count ?? 0,
      colour: severityColours[name],
      ink: inkOn(name),
      mark: <SeverityIcon severity={severity} />,
      to: bySeverity(severity),
    };
  });
  return (
    <PartsDonut
      title={t('dashboard.severity.title')}
      help={t('dashboard.severity.help')}
      column={t('dashboard.column.severity')}
      parts={parts}
      middle={{ figure: format.count(data.stat_total_cves), name: t('dashboard.column.cves') }}
    />
  );
}
