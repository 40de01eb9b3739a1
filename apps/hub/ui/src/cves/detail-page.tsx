import { Flex, FlexItem, Grid, GridItem, PageSection, Stack, StackItem } from '@patternfly/react-core';
import SearchIcon from '@patternfly/react-icons/dist/esm/icons/search-icon';
import type { CveDetail } from '@pratique/hub/contract';
import { Link, useParams } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { PageHeading } from '../design/page-heading.tsx';
import { useLightPaper } from '../design/printing.ts';
import { SkeletonCard } from '../design/skeletons.tsx';
import { StatePanel } from '../design/state-panel.tsx';
import { type Scope, useScope } from '../shell/scope.ts';
import { Loaded } from '../source/loaded.tsx';
import { VisibilityPanel } from '../visibility/panel.tsx';
import { ComponentsTable } from './components-table.tsx';
import { CopyLink } from './copy-link.tsx';
import { DescriptionCard } from './description-card.tsx';
import { Headline } from './headline.tsx';
import { CveLabels } from './labels.tsx';
import { LinksCard } from './links-card.tsx';
import { PlacesCard } from './places-card.tsx';
import { useCve } from './queries.ts';
import { Timeline } from './timeline.tsx';
import { WorkflowCard } from './workflow-card.tsx';
import './cves.css';
import './detail.css';

/** `/vulnerabilities/$cveId`: all that is known about one CVE where this person may look. */
export function DetailPage() {
  const { t } = useTranslation();
  const { cveId } = useParams({ from: '/vulnerabilities/$cveId' });
  const scope = useScope();
  const query = useCve(cveId, scope);
  useLightPaper();
  const notHere = query.error !== null && 'kind' in query.error && query.error.kind === 'not_found';
  return (
    <>
      <PageHeading
        title={cveId}
        parent={<Link to="/vulnerabilities">{t('cves.title')}</Link>}
        aside={query.data && <Aside cve={query.data} />}
      />
      <PageSection isFilled>
        {notHere ? (
          <NotHere cveId={cveId} scope={scope} />
        ) : (
          <Loaded query={query} skeleton={<DetailSkeleton />}>
            {(cve) => <Detail cve={cve} scope={scope} now={new Date(query.dataUpdatedAt)} />}
          </Loaded>
        )}
      </PageSection>
    </>
  );
}

function Aside({ cve }: { readonly cve: CveDetail }) {
  return (
    <Flex columnGap={{ default: 'columnGapMd' }} alignItems={{ default: 'alignItemsCenter' }}>
      <FlexItem>
        <CveLabels cve={cve} />
      </FlexItem>
      <FlexItem>
        <CopyLink />
      </FlexItem>
    </Flex>
  );
}

/** Looked for and not here: why not comes right below, so nobody is sent to check the spelling. */
function NotHere({ cveId, scope }: { readonly cveId: string; readonly scope: Scope }) {
  const { t } = useTranslation();
  return (
    <>
      <StatePanel title={t('failure.not_found.title')} icon={SearchIcon}>
        {t('failure.not_found.body')}
      </StatePanel>
      <VisibilityPanel cveId={cveId} scope={scope} />
    </>
  );
}

interface DetailProps {
  readonly cve: CveDetail;
  readonly scope: Scope;
  readonly now: Date;
}

function Detail({ cve, scope, now }: DetailProps) {
  return (
    <Grid hasGutter className="app-detail">
      <GridItem>
        <Headline cve={cve} scope={scope} now={now} />
      </GridItem>
      <GridItem xl={8}>
        <Stack hasGutter>
          <StackItem>
            <PlacesCard cve={cve} />
          </StackItem>
          <StackItem>
            <DescriptionCard cve={cve} />
          </StackItem>
          <StackItem>
            <ComponentsTable cve={cve} />
          </StackItem>
        </Stack>
      </GridItem>
      <GridItem xl={4}>
        <Stack hasGutter>
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
        <SkeletonCard lines={4} />
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
