/** Two short lists of CVEs, left out when they are empty. */
import type { CveListItem, DashboardData } from '@pratique/hub/contract';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { CveLink } from '../cves/cve-link.tsx';
import { Epss } from '../cves/scores.tsx';
import { useFormat } from '../design/format.ts';
import { SeverityIcon, severityName } from '../design/severity.tsx';
import { ChartCard } from './chart-card.tsx';

/** What the security team gave a priority, with the day by which it is due. */
export function Prioritised({ cves }: { readonly cves: DashboardData['priority_cves'] }) {
  const { t } = useTranslation();
  const format = useFormat();
  if (cves.length === 0) return null;
  return (
    <ChartCard title={t('dashboard.prioritised.title')} help={t('dashboard.prioritised.help')}>
      <Lines
        cves={cves}
        aside={({ priority_level, priority_deadline }) => (
          <>
            {priority_level !== null && t(`cves.priority.${priority_level}`)}
            {priority_deadline !== null && (
              <span className="app-subtle">
                <span className="pf-v6-screen-reader">{t('cves.date.priority_deadline')} </span>
                {format.date(priority_deadline)}
              </span>
            )}
          </>
        )}
      />
    </ChartCard>
  );
}

/** The CVEs most likely to be exploited within 30 days. */
export function HighestEpss({ cves }: { readonly cves: DashboardData['high_epss_cves'] }) {
  const { t } = useTranslation();
  if (cves.length === 0) return null;
  return (
    <ChartCard title={t('dashboard.highestEpss.title')} help={t('dashboard.highestEpss.help')}>
      <Lines cves={cves} aside={({ epss_probability }) => <Epss probability={epss_probability} />} />
    </ChartCard>
  );
}

interface LinesProps {
  readonly cves: readonly CveListItem[];
  readonly aside: (cve: CveListItem) => ReactNode;
}

function Lines({ cves, aside }: LinesProps) {
  const { t } = useTranslation();
  return (
    <ul className="app-lines">
      {cves.map((cve) => (
        <li key={cve.cve_id}>
          <span className="app-with-icon">
            <SeverityIcon severity={cve.severity} />
            <span className="pf-v6-screen-reader">{t(`severity.${severityName(cve.severity)}`)}</span>
            <CveLink cveId={cve.cve_id} />
          </span>
          <span className="app-line-aside">{aside(cve)}</span>
        </li>
      ))}
    </ul>
  );
}
