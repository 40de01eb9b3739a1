import { StackItem } from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import type { SourcePoll } from '@pratique/hub/contract';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { asApiError } from '../api-error.ts';
import { ForeignWord } from '../design/foreign-text.tsx';
import { useFormat } from '../design/format.ts';
import { Moment } from '../design/moment.tsx';
import { Pager } from '../design/pager.tsx';
import { SectionCard } from '../design/section-card.tsx';
import { SkeletonCard } from '../design/skeletons.tsx';
import { Age } from './age.tsx';
import { Loaded } from './loaded.tsx';
import { PollOutcome } from './poll-outcome.tsx';
import { usePolls } from './queries.ts';

const pageSize = 10;

/** The reader's last looks at StackRox. A hub that keeps no such log has nothing to show here. */
export function PollsCard({ now }: { readonly now: number }) {
  const { t } = useTranslation();
  const query = usePolls();
  if (query.isError && asApiError(query.error).kind === 'not_found') return null;
  return (
    <StackItem>
      <SectionCard title={t('sourcePage.polls')}>
        <p className="app-subtle app-source-lead">{t('sourcePage.pollsLead')}</p>
        <Loaded query={query} skeleton={<SkeletonCard />} headingLevel="h3" isCompact>
          {(polls) => <Polls polls={polls} now={now} />}
        </Loaded>
      </SectionCard>
    </StackItem>
  );
}

function Polls({ polls, now }: { readonly polls: readonly SourcePoll[]; readonly now: number }) {
  const { t } = useTranslation();
  const [page, setPage] = useState(1);
  if (polls.length === 0) return <p className="app-subtle">{t('sourcePage.noPolls')}</p>;
  return (
    <>
      <Table aria-label={t('sourcePage.polls')} variant="compact" gridBreakPoint="grid-lg">
        <Thead>
          <Tr>
            <Th>{t('sourcePage.poll.at')}</Th>
            <Th>{t('sourcePage.age')}</Th>
            <Th>{t('sourcePage.poll.outcome')}</Th>
            <Th className="app-number">{t('sourcePage.poll.took')}</Th>
            <Th className="app-number">{t('sourcePage.poll.images')}</Th>
            <Th className="app-number">{t('sourcePage.poll.version')}</Th>
          </Tr>
        </Thead>
        <Tbody>
          {polls.slice((page - 1) * pageSize, page * pageSize).map((poll) => (
            <PollRow key={poll.at} poll={poll} now={now} />
          ))}
        </Tbody>
      </Table>
      {polls.length > pageSize && (
        <Pager total={polls.length} page={page} pageSize={pageSize} onPage={setPage} variant="bottom" />
      )}
    </>
  );
}

function PollRow({ poll, now }: { readonly poll: SourcePoll; readonly now: number }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <Tr>
      <Td dataLabel={t('sourcePage.poll.at')}>
        <Moment at={poll.at} withTime />
      </Td>
      <Td dataLabel={t('sourcePage.age')}>
        <Age at={poll.at} now={now} oldFrom={Infinity} />
      </Td>
      <Td dataLabel={t('sourcePage.poll.outcome')}>
        <PollOutcome outcome={poll.outcome} />
        {poll.message !== null && (
          <div className="app-small">
            <ForeignWord>{poll.message}</ForeignWord>
          </div>
        )}
      </Td>
      <Td dataLabel={t('sourcePage.poll.took')} className="app-number">
        {t('sourcePage.seconds', { shown: format.score(poll.milliseconds / 1000) })}
      </Td>
      <Td dataLabel={t('sourcePage.poll.images')} className="app-number">
        {format.count(poll.images_read)}
      </Td>
      <Td dataLabel={t('sourcePage.poll.version')} className="app-number">
        {format.count(poll.version)}
      </Td>
    </Tr>
  );
}
