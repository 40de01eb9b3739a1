import type { AdmissionSummary } from '@pratique/hub/contract';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { asApiError } from '../api-error.ts';
import { ForeignWord } from '../design/foreign-text.tsx';
import { useFormat } from '../design/format.ts';
import { SectionCard } from '../design/section-card.tsx';
import { SkeletonCard } from '../design/skeletons.tsx';
import { useMe } from '../shell/queries.ts';
import type { Scope } from '../shell/scope.ts';
import { Loaded } from '../source/loaded.tsx';
import { DayFigures } from './day-figures.tsx';
import { GatesNotice } from './gates-notice.tsx';
import { useAdmissionSummary } from './queries.ts';
import './admission.css';

const namedAtMost = 5;

/** The gates' last 24 hours, on the dashboard. Where no gate ever reported only the operators are told. */
export function AdmissionCard({ scope }: { readonly scope: Scope }) {
  const { t } = useTranslation();
  const { data: me } = useMe();
  const query = useAdmissionSummary(scope);
  // The figures of the same hub stand beside it and say that it is away; once is enough.
  if (query.data === null || (query.isError && asApiError(query.error).kind === 'offline')) return null;
  if (query.data?.state === 'never_reported' && me?.is_sec_team !== true) return null;
  return (
    <SectionCard title={t('admission.cardTitle')} actions={<Link to="/admission">{t('admission.open')}</Link>}>
      <Loaded query={query} skeleton={<SkeletonCard lines={2} />} headingLevel="h3" isCompact>
        {(summary) => (summary === null ? null : <Day summary={summary} now={query.dataUpdatedAt} />)}
      </Loaded>
    </SectionCard>
  );
}

function Day({ summary, now }: { readonly summary: AdmissionSummary; readonly now: number }) {
  const { t } = useTranslation();
  if (summary.state === 'never_reported') return <p className="app-subtle">{t('admission.none.noGate')}</p>;
  return (
    <div className="app-admission-card">
      <DayFigures summary={summary} />
      <RefusedPlaces summary={summary} />
      <GatesNotice summary={summary} now={now} />
    </div>
  );
}

function RefusedPlaces({ summary }: { readonly summary: AdmissionSummary }) {
  const { t } = useTranslation();
  const format = useFormat();
  const places = summary.namespaces.filter(({ refused }) => refused > 0).slice(0, namedAtMost);
  if (places.length === 0) return null;
  return (
    <ul className="app-admission-places" aria-label={t('admission.refusedIn')}>
      {places.map(({ namespace, cluster_name: cluster, refused }) => (
        <li key={`${namespace} ${cluster}`}>
          <Link to="/admission" search={{ outcome: 'refused', period: 'day', cluster, ns: namespace }}>
            <ForeignWord>{`${namespace} (${cluster})`}</ForeignWord>
          </Link>{' '}
          <span className="app-subtle app-figures">
            {t('admission.refusedCount', { count: refused, shown: format.count(refused) })}
          </span>
        </li>
      ))}
    </ul>
  );
}
