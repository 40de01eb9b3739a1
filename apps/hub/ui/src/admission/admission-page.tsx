import { PageSection } from '@patternfly/react-core';
import BanIcon from '@patternfly/react-icons/dist/esm/icons/ban-icon';
import CheckCircleIcon from '@patternfly/react-icons/dist/esm/icons/check-circle-icon';
import type { AdmissionPage as Page, AdmissionSummary } from '@pratique/hub/contract';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { PageHeading } from '../design/page-heading.tsx';
import { Pager } from '../design/pager.tsx';
import { SkeletonTable } from '../design/skeletons.tsx';
import { StatePanel } from '../design/state-panel.tsx';
import { useScope } from '../shell/scope.ts';
import { Loaded } from '../source/loaded.tsx';
import { DecisionsTable } from './decisions-table.tsx';
import { DayFigures } from './day-figures.tsx';
import { Filters } from './filters.tsx';
import { GatesNotice } from './gates-notice.tsx';
import { useAdmissionSummary, useDecisions } from './queries.ts';
import { type AdmissionSearch, isNarrowed, pageSize } from './search.ts';
import './admission.css';

/** `/admission`: what the gates let in and what they refused, and why. */
export function AdmissionPage() {
  const { t } = useTranslation();
  const search = useSearch({ from: '/admission' });
  const scope = useScope();
  const navigate = useNavigate({ from: '/admission' });
  const summary = useAdmissionSummary(scope);
  const decisions = useDecisions(search, scope);
  function change(next: AdmissionSearch): void {
    void navigate({ search: { ...scope, ...next }, replace: next.page === search.page });
  }
  const columns = (['outcome', 'workload', 'place', 'images', 'at'] as const).map((key) =>
    t(`admission.column.${key}`),
  );
  return (
    <>
      <PageHeading title={t('admission.title')}>
        <p className="app-subtle">{t('admission.lead')}</p>
      </PageHeading>
      <PageSection isFilled>
        {summary.data != null && <Day summary={summary.data} now={summary.dataUpdatedAt} />}
        <Filters search={search} onChange={change} />
        <Loaded query={decisions} skeleton={<SkeletonTable columns={columns} />}>
          {(page) => (
            <div className={decisions.isPlaceholderData ? 'app-outdated' : undefined}>
              <Decisions
                page={page}
                now={decisions.dataUpdatedAt}
                search={search}
                onChange={change}
                state={summary.data?.state}
              />
            </div>
          )}
        </Loaded>
      </PageSection>
    </>
  );
}

function Day({ summary, now }: { readonly summary: AdmissionSummary; readonly now: number }) {
  return (
    <div className="app-admission-day">
      {summary.state !== 'never_reported' && <DayFigures summary={summary} />}
      <GatesNotice summary={summary} now={now} />
    </div>
  );
}

interface DecisionsProps {
  readonly page: Page;
  readonly now: number;
  readonly search: AdmissionSearch;
  readonly onChange: (search: AdmissionSearch) => void;
  /** Undefined where it could not be learned. */
  readonly state: AdmissionSummary['state'] | undefined;
}

function Decisions({ page, now, search, onChange, state }: DecisionsProps) {
  if (page.items.length === 0) return <NoDecisions search={search} onChange={onChange} state={state} />;
  const pager = {
    total: page.total,
    page: search.page ?? 1,
    pageSize,
    onPage: (next: number) => onChange({ ...search, page: next }),
  };
  return (
    <>
      {page.total > pageSize && <Pager {...pager} />}
      <DecisionsTable items={page.items} now={now} />
      {page.total > pageSize && <Pager {...pager} variant="bottom" />}
    </>
  );
}

/** Nothing was decided, nothing matches, or nobody decides: three things that look alike and are not. */
function NoDecisions({ search, onChange, state }: Omit<DecisionsProps, 'page' | 'now'>) {
  const { t } = useTranslation();
  if (isNarrowed(search) || search.page !== undefined) {
    return (
      <StatePanel
        title={t('admission.none.filteredTitle')}
        actions={[{ label: t('cves.clearFilters'), onClick: () => onChange({}) }]}
      >
        {t('admission.none.filtered')}
      </StatePanel>
    );
  }
  if (state === 'never_reported') {
    return (
      <StatePanel title={t('admission.none.noGateTitle')} icon={BanIcon}>
        {t('admission.none.noGate')}
      </StatePanel>
    );
  }
  return (
    <StatePanel title={t('admission.none.title')} icon={CheckCircleIcon}>
      {t('admission.none.body')}
    </StatePanel>
  );
}
