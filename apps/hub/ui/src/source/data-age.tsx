import { Button, Tooltip } from '@patternfly/react-core';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../design/format.ts';
import { useSource } from './queries.ts';

/** "As of 14:02": the age of every figure on the page. Pressing it looks again. */
export function DataAge() {
  const { t } = useTranslation();
  const format = useFormat();
  const { data, dataUpdatedAt, refetch } = useSource();
  if (data === undefined) return null;
  if (data.data_as_of === null) return <span className="app-subtle">{t('source.neverShort')}</span>;
  const polled = data.last_poll_at ?? data.data_as_of;
  return (
    <Tooltip content={t('source.polled', { at: format.dateTime(polled) })}>
      <Button variant="link" isInline className="app-data-age app-figures" onClick={() => void refetch()}>
        {t('source.asOf', { at: format.clock(data.data_as_of, new Date(dataUpdatedAt)) })}
      </Button>
    </Tooltip>
  );
}
