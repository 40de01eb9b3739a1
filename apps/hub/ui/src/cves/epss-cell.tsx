import { DescriptionList } from '@patternfly/react-core';
import type { EpssEntry } from '@pratique/hub/contract';
import { useTranslation } from 'react-i18next';
import { Fact } from '../design/fact.tsx';
import { useFormat } from '../design/format.ts';
import { Note } from '../design/note.tsx';
import { Nothing } from '../design/nothing.tsx';
import { wordOrNothing } from './image-cve-table.tsx';
import { Epss } from './scores.tsx';

export interface EpssCellProps {
  /** What Central reports and what the list is sorted by, 0–1. */
  readonly probability: number;
  /** What FIRST's feed says, where it knows the CVE. */
  readonly feed: EpssEntry | undefined;
}

/** The probability; with the feed also its place among all scored CVEs, and on demand where both come from. */
export function EpssCell({ probability, feed }: EpssCellProps) {
  const { t } = useTranslation();
  const rank = useRank(feed);
  if (feed === undefined || rank === null) return <Epss probability={probability} />;
  return (
    <>
      <Epss probability={probability} />
      <div className="app-small app-subtle">
        <Note title={t('cves.epss.title')} content={() => <Provenance probability={probability} feed={feed} />}>
          {t('list.percentileShort', { rank })}
        </Note>
      </div>
    </>
  );
}

/** Cut to one digit and never whole: nothing is above all others. Null where the feed gives no percentile. */
function useRank(feed: EpssEntry | undefined): string | null {
  const format = useFormat();
  const share = feed?.percentile ?? null;
  return share === null ? null : format.score(Math.min(99.9, Math.floor(share * 1000) / 10));
}

function Provenance({ probability, feed }: { readonly probability: number; readonly feed: EpssEntry }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <>
      <DescriptionList isCompact isHorizontal>
        <Fact label={t('list.epss.inList')}>{format.percent(probability)}</Fact>
        <Fact label={t('cves.epss.feed')}>{format.percent(feed.probability)}</Fact>
        <Fact label={t('cves.epss.percentile')}>{useRank(feed) ?? <Nothing />}</Fact>
        <Fact label={t('cves.epss.model')}>{wordOrNothing(feed.model_version)}</Fact>
        <Fact label={t('cves.epss.date')}>{feed.score_date === null ? <Nothing /> : format.day(feed.score_date)}</Fact>
      </DescriptionList>
      <p className="app-small app-above">{t('list.epss.meaning')}</p>
    </>
  );
}
