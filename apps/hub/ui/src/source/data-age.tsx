import { Tooltip } from '@patternfly/react-core';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../design/format.ts';
import { useSource } from './queries.ts';

/** "as of 14:02": the age of every figure on the page. */
export function DataAge() {
  const { t } = useTranslation();
  const format = useFormat();
  const { data } = useSource();
  if (data === undefined) return null;
  if (data.data_as_of === null) return <span className="app-subtle">{t('source.neverShort')}</span>;
  const polled = data.last_poll_at === null ? null : format.dateTime(data.last_poll_at);
  return (
    <Tooltip content={polled === null ? format.dateTime(data.data_as_of) : t('source.polled', { at: polled })}>
      {/* A tooltip that only a mouse can reach is no tooltip. */}
      <span tabIndex={0} className="app-subtle app-figures app-nowrap">
        {t('source.asOf', { at: format.clock(data.data_as_of, new Date()) })}
      </span>
    </Tooltip>
  );
}
