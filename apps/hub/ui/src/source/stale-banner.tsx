import { Alert, PageSection } from '@patternfly/react-core';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../design/format.ts';
import { useMe } from '../shell/queries.ts';
import { problemText } from './problem.ts';
import { useSource } from './queries.ts';

/** Warns on every page while the figures are older than they should be, why, and who does something about it. */
export function StaleBanner() {
  const { t } = useTranslation();
  const format = useFormat();
  const { data, dataUpdatedAt } = useSource();
  const { data: me } = useMe();
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
            {problemText(data.problem, t)}{' '}
            {me?.is_sec_team === true ? (
              <Link to="/source">{t('source.problem.details')}</Link>
            ) : (
              t('source.problem.forTeams')
            )}
          </>
        )}
      </Alert>
    </PageSection>
  );
}
