import { Button, Tooltip } from '@patternfly/react-core';
import type { SourceStatus } from '@pratique/hub/contract';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useAgo } from '../design/ago.ts';
import { useFormat } from '../design/format.ts';
import { useSource } from './queries.ts';

/** "As of 14:02", and when StackRox was last read: the age of every figure on the page. Pressing it looks again. */
export function DataAge() {
  const { t } = useTranslation();
  const format = useFormat();
  const { data, dataUpdatedAt, refetch } = useSource();
  if (data === undefined) return null;
  if (data.data_as_of === null) return <span className="app-subtle">{t('source.neverShort')}</span>;
  const polled = data.last_poll_at ?? data.data_as_of;
  return (
    <>
      <Tooltip content={t('source.polled', { at: format.dateTime(polled) })}>
        <Button variant="link" isInline className="app-data-age app-figures" onClick={() => void refetch()}>
          {t('source.asOf', { at: format.clock(data.data_as_of, new Date(dataUpdatedAt)) })}
        </Button>
      </Tooltip>
      <LastRead at={data.last_poll_at} />
    </>
  );
}

/** "StackRox last read 40 seconds ago", ticking. Not a live region: a clock must not talk. */
function LastRead({ at }: { readonly at: SourceStatus['last_poll_at'] }) {
  const { t } = useTranslation();
  const ago = useAgo();
  const now = useNow(at);
  if (at === null) return null;
  return <span className="app-subtle app-figures">{t('live.lastRead', { ago: ago(at, now) })}</span>;
}

/** The present, moving each second while seconds are told and each half minute after that. */
function useNow(at: string | null): number {
  const [now, setNow] = useState(() => Date.now());
  const isFresh = at !== null && now - Date.parse(at) < 120_000;
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), isFresh ? 1000 : 30_000);
    return () => clearInterval(timer);
  }, [isFresh]);
  return now;
}
