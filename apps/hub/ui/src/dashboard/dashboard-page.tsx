import { Grid, GridItem, PageSection } from '@patternfly/react-core';
import CheckCircleIcon from '@patternfly/react-icons/dist/esm/icons/check-circle-icon';
import LockIcon from '@patternfly/react-icons/dist/esm/icons/lock-icon';
import type { DashboardData, Me } from '@pratique/hub/contract';
import { lazy, Suspense, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { AdmissionCard } from '../admission/summary-card.tsx';
import { PageHeading } from '../design/page-heading.tsx';
import { SkeletonCard } from '../design/skeletons.tsx';
import { StatePanel } from '../design/state-panel.tsx';
import { useMe } from '../shell/queries.ts';
import { useScope } from '../shell/scope.ts';
import { Loaded } from '../source/loaded.tsx';
import { FiguresRow } from './figures-row.tsx';
import { Lead } from './lead.tsx';
import { useDashboard, useToday } from './queries.ts';
import { TodayBlock } from './today-block.tsx';
import './dashboard.css';

const Charts = lazy(async () => ({ default: (await import('./charts.tsx')).Charts }));

/** `/dashboard`: what to do today, how things stand, and where to look next. */
export function DashboardPage() {
  const { t } = useTranslation();
  const scope = useScope();
  const { data: me } = useMe();
  const query = useDashboard(scope);
  const drawsCharts = useAfterPaint(!useToday(scope).isPending);
  return (
    <>
      <PageHeading title={t('dashboard.title')}>
        <Lead me={me} scope={scope} />
      </PageHeading>
      <PageSection isFilled>
        {me !== undefined && seesNothing(me) ? (
          <StatePanel title={t('dashboard.noNamespaces.title')} icon={LockIcon}>
            {t('dashboard.noNamespaces.body')}
          </StatePanel>
        ) : (
          <div className={query.isPlaceholderData ? 'app-dashboard app-outdated' : 'app-dashboard'}>
            <TodayBlock scope={scope} isSaidBelow={query.isError && query.data === undefined} />
            <AdmissionCard scope={scope} />
            <Loaded query={query} skeleton={<DashboardSkeleton />}>
              {(data) => <Figures data={data} isSecTeam={me?.is_sec_team === true} drawsCharts={drawsCharts} />}
            </Loaded>
          </div>
        )}
      </PageSection>
    </>
  );
}

/** True once the browser has shown what stood there when `isReady` became true. */
function useAfterPaint(isReady: boolean): boolean {
  const [isShown, setShown] = useState(false);
  useEffect(() => {
    if (!isReady) return undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const frame = requestAnimationFrame(() => {
      timer = setTimeout(() => setShown(true));
    });
    return () => {
      cancelAnimationFrame(frame);
      clearTimeout(timer);
    };
  }, [isReady]);
  return isShown;
}

/** Nobody granted a namespace: that is not the same as namespaces without CVEs. */
function seesNothing(me: Me): boolean {
  return !me.is_sec_team && !me.has_all_namespaces && me.namespaces.length === 0;
}

interface FiguresProps {
  readonly data: DashboardData;
  readonly isSecTeam: boolean;
  /** The chart library waits for what is to do today: that is what the page is opened for. */
  readonly drawsCharts: boolean;
}

function Figures({ data, isSecTeam, drawsCharts }: FiguresProps) {
  const { t } = useTranslation();
  if (data.stat_total_cves === 0) {
    return (
      <StatePanel title={t('dashboard.empty.title')} icon={CheckCircleIcon}>
        {t('dashboard.empty.body')}
      </StatePanel>
    );
  }
  return (
    <>
      <FiguresRow data={data} />
      <Suspense fallback={<ChartsSkeleton />}>
        {drawsCharts ? <Charts data={data} isSecTeam={isSecTeam} /> : <ChartsSkeleton />}
      </Suspense>
    </>
  );
}

function DashboardSkeleton() {
  return (
    <>
      <SkeletonCard lines={3} />
      <ChartsSkeleton />
    </>
  );
}

function ChartsSkeleton() {
  return (
    <Grid hasGutter>
      <GridItem xl={8} span={12}>
        <SkeletonCard lines={12} />
      </GridItem>
      <GridItem xl={4} span={12}>
        <SkeletonCard lines={12} />
      </GridItem>
    </Grid>
  );
}
