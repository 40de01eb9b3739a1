/** Dates of a CVE, each readable against the other and against today. */
import { DescriptionList } from '@patternfly/react-core';
import type { CveListItem } from '@pratique/hub/contract';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useAgo } from '../design/ago.ts';
import { Fact } from '../design/fact.tsx';
import { useFormat } from '../design/format.ts';
import { Moment } from '../design/moment.tsx';
import { Note } from '../design/note.tsx';
import { Nothing } from '../design/nothing.tsx';

const dayMs = 86_400_000;

/** Whether a calendar day (`YYYY-MM-DD`, or an instant) lies before today, both in UTC. */
export function isPast(day: string, now: Date): boolean {
  return day.slice(0, 10) < now.toISOString().slice(0, 10);
}

/** Whole days from one instant to another; null where either is unknown. */
export function daysBetween(from: string | null, to: string | null): number | null {
  const days = Math.floor((Date.parse(to ?? '') - Date.parse(from ?? '')) / dayMs);
  return Number.isNaN(days) ? null : days;
}

/** When the CVE was first seen here. Pressed, it tells how that compares with its publication. */
export function FirstSeen({ cve }: { readonly cve: Pick<CveListItem, 'first_seen' | 'published_on'> }) {
  const { t } = useTranslation();
  const format = useFormat();
  if (cve.first_seen === null) return <Nothing />;
  return (
    <Note title={t('list.dates.title')} content={() => <Dates cve={cve} />}>
      <time dateTime={cve.first_seen}>{format.date(cve.first_seen)}</time>
    </Note>
  );
}

function Dates({ cve }: { readonly cve: Pick<CveListItem, 'first_seen' | 'published_on'> }) {
  const { t } = useTranslation();
  const ago = useAgo();
  const [now] = useState(() => Date.now());
  const facts = [
    { label: t('list.dates.firstSeen'), at: cve.first_seen },
    { label: t('list.dates.published'), at: cve.published_on },
  ];
  return (
    <>
      <DescriptionList isCompact isHorizontal>
        {facts.map(({ label, at }) => (
          <Fact key={label} label={label}>
            <Moment at={at} /> {at !== null && <div className="app-subtle app-small">{ago(at, now)}</div>}
          </Fact>
        ))}
      </DescriptionList>
      <p className="app-small app-above">{useComparison(cve)}</p>
    </>
  );
}

function useComparison(cve: Pick<CveListItem, 'first_seen' | 'published_on'>): string {
  const { t } = useTranslation();
  const days = daysBetween(cve.published_on, cve.first_seen);
  if (days === null) return t('list.dates.unknown');
  return days >= 0 ? t('list.dates.after', { count: days }) : t('list.dates.before', { count: -days });
}

/** A calendar day by which something must be done. A day that has passed is called so. */
export function DueDay({ day }: { readonly day: string | null | undefined }) {
  const { t } = useTranslation();
  const format = useFormat();
  const [now] = useState(() => new Date());
  if (!day) return <Nothing />;
  const isOver = isPast(day, now);
  return (
    <span className="app-nowrap">
      <time dateTime={day.slice(0, 10)} className={isOver ? 'app-strong' : undefined}>
        {format.day(day)}
      </time>
      {isOver && <div className="app-small">{t('list.pastDue')}</div>}
    </span>
  );
}
