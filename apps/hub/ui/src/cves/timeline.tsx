import { Button, ProgressStep, ProgressStepper } from '@patternfly/react-core';
import type { TimelineEvent } from '@pratique/hub/contract';
import { type ComponentProps, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ForeignWord } from '../design/foreign-text.tsx';
import { Moment } from '../design/moment.tsx';
import { SectionCard } from '../design/section-card.tsx';
import { SkeletonCard } from '../design/skeletons.tsx';
import type { Scope } from '../shell/scope.ts';
import { Loaded } from '../source/loaded.tsx';
import { useTimeline } from './queries.ts';

/** What happened to the CVE here, oldest first. */
export function Timeline({ cveId, scope }: { readonly cveId: string; readonly scope: Scope }) {
  const { t } = useTranslation();
  const query = useTimeline(cveId, scope);
  return (
    <SectionCard title={t('cves.timeline')}>
      <Loaded query={query} skeleton={<SkeletonCard />} headingLevel="h3" isCompact>
        {(events) => <Events events={events} />}
      </Loaded>
    </SectionCard>
  );
}

const shownFirst = 10;

function Events({ events }: { readonly events: readonly TimelineEvent[] }) {
  const { t } = useTranslation();
  const [all, setAll] = useState(false);
  if (events.length === 0) return <p className="app-subtle">{t('cves.noEvents')}</p>;
  return (
    <>
      <ProgressStepper isVertical aria-label={t('cves.timeline')}>
        {events.slice(0, all ? events.length : shownFirst).map((event, index) => (
          <ProgressStep
            key={`${event.at} ${event.kind} ${event.cluster_name} ${event.namespace} ${event.detail}`}
            id={`event-${index}`}
            titleId={`event-title-${index}`}
            variant={look(event.kind)}
            description={<Details event={event} />}
          >
            {t(`cves.event.${event.kind}`)}
          </ProgressStep>
        ))}
      </ProgressStepper>
      {!all && events.length > shownFirst && (
        <Button variant="link" isInline onClick={() => setAll(true)}>
          {t('cves.showAllOf', { count: events.length })}
        </Button>
      )}
    </>
  );
}

function Details({ event }: { readonly event: TimelineEvent }) {
  const place = [event.namespace, event.cluster_name].filter((part) => part !== null).join(' · ');
  const rest = [place, event.actor, event.detail].filter((part) => part !== null && part !== '');
  return (
    <>
      <Moment at={event.at} withTime />
      {rest.map((part) => (
        <div key={part}>
          <ForeignWord>{part ?? ''}</ForeignWord>
        </div>
      ))}
    </>
  );
}

const good: readonly TimelineEvent['kind'][] = ['fix_available', 'gone', 'remediation_resolved'];
const grave: readonly TimelineEvent['kind'][] = ['kev_listed', 'escalated', 'returned'];

function look(kind: TimelineEvent['kind']): ComponentProps<typeof ProgressStep>['variant'] {
  if (good.includes(kind)) return 'success';
  return grave.includes(kind) ? 'warning' : 'info';
}
