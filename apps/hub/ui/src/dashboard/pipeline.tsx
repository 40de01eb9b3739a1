import { Label } from '@patternfly/react-core';
import type { DashboardData } from '@pratique/hub/contract';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../design/format.ts';
import { ChartCard } from './chart-card.tsx';

const states = [
  ['requested', 'blue'],
  ['approved', 'green'],
  ['rejected', 'red'],
  ['expired', 'grey'],
] as const;

/** Risk acceptances by state: what waits for a decision of the security team, and what was decided. */
export function Pipeline({ pipeline }: { readonly pipeline: DashboardData['risk_acceptance_pipeline'] }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <ChartCard title={t('dashboard.pipeline.title')} help={t('dashboard.pipeline.help')}>
      <dl className="app-pipeline">
        {states.map(([state, color]) => (
          <div key={state}>
            <dt>
              <Label isCompact color={color}>
                {t(`dashboard.pipeline.${state}`)}
              </Label>
            </dt>
            <dd className="app-figures app-strong">{format.count(pipeline[state])}</dd>
          </div>
        ))}
      </dl>
    </ChartCard>
  );
}
