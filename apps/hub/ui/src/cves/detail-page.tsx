import { Grid, GridItem, PageSection, Stack, StackItem } from '@patternfly/react-core';
import type { CveDetail } from '@pratique/hub/contract';
import { Link, useParams } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { PageHeading } from '../design/page-heading.tsx';
import { SkeletonCard } from '../design/skeletons.tsx';
import { type Scope, useScope } from '../shell/scope.ts';
import { Loaded } from '../source/loaded.tsx';
import { VisibilityPanel } from '../visibility/panel.tsx';
import { ComponentsTable } from './components-table.tsx';
import { DeploymentsTable } from './deployments-table.tsx';
import { DescriptionCard } from './description-card.tsx';
import { Headline } from './headline.tsx';
import { ImagesTable } from './images-table.tsx';
import { CveLabels } from './labels.tsx';
import { LinksCard } from './links-card.tsx';
import { useCve } from './queries.ts';
import { Timeline } from './timeline.tsx';
import { WorkflowCard } from './workflow-card.tsx';
import './cves.css';

/** `/vulnerabilities/$cveId`: all that is known about one CVE where this person may look. */
export function DetailPage() {
  const { t } = useTranslation();
  const { cveId } = useParams({ from: '/vulnerabilities/$cveId' });
  const scope = useScope();
  const query = useCve(cveId, scope);
  const notHere = query.error !== null && 'kind' in query.error && query.error.kind === 'not_found';
  return (
    <>
      <PageHeading
        title={cveId}
        parent={<Link to="/vulnerabilities">{t('cves.title')}</Link>}
        aside={query.data && <CveLabels cve={query.data} />}
      />
      <PageSection isFilled>
        <Loaded query={query} skeleton={<DetailSkeleton />}>
          {(cve) => <Detail cve={cve} scope={scope} />}
        </Loaded>
        {notHere && <VisibilityPanel cveId={cveId} scope={scope} />}
      </PageSection>
    </>
  );
}

function Detail({ cve, scope }: { readonly cve: CveDetail; readonly scope: Scope }) {
  return (
    <Grid hasGutter>
      <GridItem>
        <Headline cve={cve} />
      </GridItem>
      <GridItem xl={8}>
        <Stack hasGutter>
          <StackItem>
            <DescriptionCard cve={cve} />
          </StackItem>
          <StackItem>
            <DeploymentsTable cve={cve} />
          </StackItem>
          <StackItem>
            <ImagesTable cve={cve} />
          </StackItem>
          <StackItem>
            <ComponentsTable cve={cve} />
          </StackItem>
        </Stack>
      </GridItem>
      <GridItem xl={4}>
        <Stack hasGutter>
          <StackItem>
            <VisibilityPanel cveId={cve.cve_id} scope={scope} />
          </StackItem>
          <WorkflowCard cve={cve} />
          <StackItem>
            <Timeline cveId={cve.cve_id} scope={scope} />
          </StackItem>
          <StackItem>
            <LinksCard cve={cve} />
          </StackItem>
        </Stack>
      </GridItem>
    </Grid>
  );
}

function DetailSkeleton() {
  return (
    <Grid hasGutter>
      <GridItem>
        <SkeletonCard lines={3} />
      </GridItem>
      <GridItem xl={8}>
        <SkeletonCard lines={12} />
      </GridItem>
      <GridItem xl={4}>
        <SkeletonCard lines={8} />
      </GridItem>
    </Grid>
  );
}
