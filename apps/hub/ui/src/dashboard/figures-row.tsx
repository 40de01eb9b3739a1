import { Card, CardBody } from '@patternfly/react-core';
import type { DashboardData } from '@pratique/hub/contract';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../design/format.ts';
import { all, fixableCritical } from './drill.ts';
import { DrillLink } from './drill-link.tsx';

/** The few figures that say how things stand. Those with a list of their own lead there. */
export function FiguresRow({ data }: { readonly data: DashboardData }) {
  const { t } = useTranslation();
  const format = useFormat();
  const upcoming = data.stat_upcoming_escalations;
  return (
    <Card component="section" aria-label={t('dashboard.figures.title')}>
      <CardBody>
        <dl className="app-figures-row">
          <Figure label={t('dashboard.figures.total')}>
            <DrillLink to={all}>{format.count(data.stat_total_cves)}</DrillLink>
          </Figure>
          <Figure label={t('dashboard.figures.fixableCritical')}>
            <DrillLink to={fixableCritical}>{format.count(data.stat_fixable_critical_cves)}</DrillLink>
          </Figure>
          <Figure
            label={t('dashboard.figures.escalations')}
            note={t('dashboard.figures.upcoming', { count: upcoming, value: format.count(upcoming) })}
          >
            {format.count(data.stat_escalations)}
          </Figure>
          <Figure label={t('dashboard.figures.openAcceptances')} note={t('dashboard.figures.waiting')}>
            {format.count(data.stat_open_risk_acceptances)}
          </Figure>
        </dl>
      </CardBody>
    </Card>
  );
}

interface FigureProps {
  readonly label: string;
  readonly note?: string;
  readonly children: ReactNode;
}

function Figure({ label, note, children }: FigureProps) {
  return (
    <div>
      <dt>{label}</dt>
      <dd className="app-big-figure app-figures">{children}</dd>
      {note !== undefined && <dd className="app-subtle app-small">{note}</dd>}
    </div>
  );
}
