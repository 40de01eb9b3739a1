/** The charts, in their order. A module of its own: it brings the chart library, which the rest of the page need not wait for. */
import { Grid, GridItem, Title } from '@patternfly/react-core';
import type { DashboardData } from '@pratique/hub/contract';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Patterns } from '../design/charts/patterns.tsx';
import { Ageing } from './ageing.tsx';
import { ClusterHeat } from './cluster-heat.tsx';
import { TopComponents } from './components.tsx';
import { Fixability } from './fixability.tsx';
import { Pipeline } from './pipeline.tsx';
import { TopNamespaces } from './places.tsx';
import { RiskMatrix } from './risk-matrix.tsx';
import { SeverityDonut } from './severity-donut.tsx';
import { HighestEpss, Prioritised } from './shortlists.tsx';
import { TimeToRemediate } from './time-to-remediate.tsx';
import { FixableTrend, SeverityTrend } from './trend.tsx';

interface ChartsProps {
  readonly data: DashboardData;
  /** The pipeline is for those who decide. */
  readonly isSecTeam: boolean;
}

export function Charts({ data, isSecTeam }: ChartsProps) {
  const { t } = useTranslation();
  return (
    <>
      <Patterns />
      <Group title={t('dashboard.group.risk')}>
        <GridItem xl={8} span={12}>
          <RiskMatrix data={data} />
        </GridItem>
        <GridItem xl={4} span={12}>
          <div className="app-column">
            <Prioritised cves={data.priority_cves} />
            <HighestEpss cves={data.high_epss_cves} />
          </div>
        </GridItem>
        <GridItem xl={4} md={6} span={12}>
          <SeverityDonut data={data} />
        </GridItem>
        <GridItem xl={4} md={6} span={12}>
          <Fixability breakdown={data.fixability_breakdown} />
        </GridItem>
        <GridItem xl={4} span={12}>
          <Ageing buckets={data.aging_distribution} />
        </GridItem>
      </Group>
      <Places data={data} />
      <Group title={t('dashboard.group.time')}>
        <GridItem xl={7} span={12}>
          <SeverityTrend trend={data.cve_trend} />
        </GridItem>
        <GridItem xl={5} span={12}>
          <FixableTrend trend={data.fixable_trend} />
        </GridItem>
        <GridItem lg={isSecTeam ? 6 : 12} span={12}>
          <TimeToRemediate means={data.mttr_by_severity} />
        </GridItem>
        {isSecTeam && (
          <GridItem lg={6} span={12}>
            <Pipeline pipeline={data.risk_acceptance_pipeline} />
          </GridItem>
        )}
      </Group>
    </>
  );
}

/** Comparing places needs two of them: for one namespace in one cluster these would say what stands above. */
function Places({ data }: { readonly data: DashboardData }) {
  const { t } = useTranslation();
  const severalNamespaces = data.cves_per_namespace.length > 1;
  return (
    <Group title={t('dashboard.group.places')}>
      {data.cluster_heatmap.length > 1 && (
        <GridItem span={12}>
          <ClusterHeat clusters={data.cluster_heatmap} />
        </GridItem>
      )}
      {severalNamespaces && (
        <GridItem xl={6} span={12}>
          <TopNamespaces places={data.cves_per_namespace} />
        </GridItem>
      )}
      <GridItem xl={severalNamespaces ? 6 : 12} span={12}>
        <TopComponents components={data.top_vulnerable_components} />
      </GridItem>
    </Group>
  );
}

function Group({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <section className="app-group">
      <Title headingLevel="h2" size="lg" className="app-group-title">
        {title}
      </Title>
      <Grid hasGutter>{children}</Grid>
    </section>
  );
}
