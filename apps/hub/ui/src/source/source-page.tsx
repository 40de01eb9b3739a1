import { PageSection, Stack, StackItem } from '@patternfly/react-core';
import type { SourceStatus } from '@pratique/hub/contract';
import { useTranslation } from 'react-i18next';
import { PageHeading } from '../design/page-heading.tsx';
import { SkeletonCard } from '../design/skeletons.tsx';
import { useMe } from '../shell/queries.ts';
import { ClustersCard } from './clusters-card.tsx';
import { EditionsCard } from './editions-card.tsx';
import { Loaded } from './loaded.tsx';
import { PollsCard } from './polls-card.tsx';
import { useSource } from './queries.ts';
import { SourceState } from './source-state.tsx';

/** `/source`: where the figures come from, how old they are, and what to do when they are too old. */
export function SourcePage() {
  const { t } = useTranslation();
  const query = useSource();
  return (
    <>
      <PageHeading title={t('sourcePage.title')}>
        <p className="app-subtle">{t('sourcePage.lead')}</p>
      </PageHeading>
      <PageSection isFilled>
        <Loaded query={query} skeleton={<SkeletonCard lines={8} />}>
          {(source) => <Source source={source} now={query.dataUpdatedAt} />}
        </Loaded>
      </PageSection>
    </>
  );
}

/** The security team runs the hub; others are told what concerns their figures, not what the fleet is made of. */
function Source({ source, now }: { readonly source: SourceStatus; readonly now: number }) {
  const { data: me } = useMe();
  const isOperator = me?.is_sec_team === true;
  return (
    <Stack hasGutter>
      <StackItem>
        <SourceState source={source} now={now} isOperator={isOperator} />
      </StackItem>
      <StackItem>
        <EditionsCard source={source} now={now} />
      </StackItem>
      {isOperator && (
        <StackItem>
          <ClustersCard clusters={source.clusters} now={now} />
        </StackItem>
      )}
      {isOperator && <PollsCard now={now} />}
    </Stack>
  );
}
