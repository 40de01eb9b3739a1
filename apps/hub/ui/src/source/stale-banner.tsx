import { Alert, PageSection } from '@patternfly/react-core';
import { useTranslation } from 'react-i18next';
import { ForeignWord } from '../design/foreign-text.tsx';
import { useFormat } from '../design/format.ts';
import { useSource } from './queries.ts';

/** Warns on every page while the figures are older than they should be, with the hub's own reason. */
export function StaleBanner() {
  const { t } = useTranslation();
  const format = useFormat();
  const { data, dataUpdatedAt } = useSource();
  if (data === undefined || data.state === 'current') return null;
  const title =
    data.state === 'never_read' || data.data_as_of === null
      ? t('source.neverTitle')
      : t('source.staleTitle', { at: format.clock(data.data_as_of, new Date(dataUpdatedAt)) });
  return (
    <PageSection className="app-banner">
      <Alert component="p" isInline variant="warning" title={title}>
        {data.problem === null ? (
          t('source.staleBody')
        ) : (
          <>
            <ForeignWord>{data.problem.message}</ForeignWord> <ForeignWord>{data.problem.hint}</ForeignWord>
          </>
        )}
      </Alert>
    </PageSection>
  );
}
