import { Button, ProgressStep, ProgressStepper } from '@patternfly/react-core';
import type { TimelineEvent } from '@pratique/hub/contract';
import { type ComponentProps, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ForeignWord } from '../design/foreign-text.tsx';
import { useFormat } from '../design/format.ts';
import { Moment } from '../design/moment.tsx';
import { usePrinting } from '../design/printing.ts';
import { SectionCard } from '../design/section-card.tsx';
import { SkeletonCard } from '../design/skeletons.tsx';
import type { Scope } from '../shell/scope.ts';
import { Loaded } from '../source/loaded.tsx';
import { useTimeline } from './queries.ts';
import { EventDetail } from './timeline-detail.tsx';

/** What happened to the CVE, in the world and here, oldest first. */
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

/** Of many, the latest: what began long ago opens on demand. */
function Events({ events }: { readonly events: readonly TimelineEvent[] }) {
  const { t } = useTranslation();
  const [all, setAll] = useState(false);
  const isWhole = usePrinting() || all || events.length <= shownFirst;
  if (events.length === 0) return <p className="app-subtle">{t('cves.noEvents')}</p>;
  return (
    <>
      {!isWhole && (
        <Button variant="link" isInline className="app-below" onClick={() => setAll(true)}>
          {t('cve.earlierEvents', { count: events.length - shownFirst })}
        </Button>
      )}
      <ProgressStepper isVertical aria-label={t('cves.timeline')}>
        {(isWhole ? events : events.slice(-shownFirst)).map((event, index) => (
          <ProgressStep
            key={`${event.at} ${event.kind} ${event.cluster_name} ${event.namespace} ${event.detail} ${event.actor}`}
            id={`event-${index}`}
            titleId={`event-title-${index}`}
            variant={look(event.kind)}
            description={<Details event={event} />}
          >
            {t(`cves.event.${event.kind}`)}
          </ProgressStep>
        ))}
      </ProgressStepper>
    </>
  );
}

function Details({ event }: { readonly event: TimelineEvent }) {
  const { t } = useTranslation();
  const format = useFormat();
  const place = [event.namespace, event.cluster_name].filter((part) => part !== null && part !== '').join(' · ');
  return (
    <>
      {isWholeDay(event.at) ? (
        <time dateTime={event.at}>{format.day(event.at)}</time>
      ) : (
        <Moment at={event.at} withTime />
      )}
      <EventDetail event={event} />
      {place !== '' && (
        <div>
          <ForeignWord>{place}</ForeignWord>
        </div>
      )}
      {event.actor !== null && event.actor !== '' && (
        <div>
          {t('cve.event.by')} <ForeignWord>{event.actor}</ForeignWord>
        </div>
      )}
    </>
  );
}

/** A calendar day turned into midnight UTC, as catalogues give it: its hour is made up, and a time zone must not move it. */
function isWholeDay(at: string): boolean {
  return at.includes('T00:00:00');
}

const good: readonly TimelineEvent['kind'][] = ['fix_available', 'gone', 'remediation_resolved'];
const grave: readonly TimelineEvent['kind'][] = ['kev_listed', 'escalated', 'returned'];

function look(kind: TimelineEvent['kind']): ComponentProps<typeof ProgressStep>['variant'] {
  if (good.includes(kind)) return 'success';
  return grave.includes(kind) ? 'warning' : 'info';
}
