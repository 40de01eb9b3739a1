import type { AdmissionSummary } from '@pratique/hub/contract';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../design/format.ts';
import type { Outcome } from './search.ts';

/** How many of each outcome in the last 24 hours; each leads to the list of exactly these. */
export function DayFigures({ summary }: { readonly summary: AdmissionSummary }) {
  const { t } = useTranslation();
  const outcomes: readonly Outcome[] =
    summary.would_refuse > 0 ? ['refused', 'would_refuse', 'allowed'] : ['refused', 'allowed'];
  return (
    <dl className="app-figures-row" aria-label={t('admission.lastDay')}>
      {outcomes.map((outcome) => (
        <Figure key={outcome} outcome={outcome} count={summary[outcome]} />
      ))}
    </dl>
  );
}

function Figure({ outcome, count }: { readonly outcome: Outcome; readonly count: number }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <div>
      <dt>{t(`admission.lastDayOf.${outcome}`)}</dt>
      <dd className="app-big-figure app-figures">
        <Link to="/admission" search={{ outcome, period: 'day' }}>
          {format.count(count)}
        </Link>
      </dd>
    </div>
  );
}
