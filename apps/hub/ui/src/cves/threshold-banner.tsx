import { Alert } from '@patternfly/react-core';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../design/format.ts';
import { useMe } from '../shell/queries.ts';
import { useThresholds } from './queries.ts';

/** Tells everyone outside the security team that the list leaves out minor CVEs, and from which values on. */
export function ThresholdBanner() {
  const { t } = useTranslation();
  const format = useFormat();
  const { data: me } = useMe();
  const { data } = useThresholds(me !== undefined && !me.is_sec_team);
  if (data === undefined || me === undefined || me.is_sec_team) return null;
  if (data.min_cvss_score === 0 && data.min_epss_score === 0) return null;
  const values = { cvss: format.score(data.min_cvss_score), epss: format.percent(data.min_epss_score) };
  return (
    <Alert component="p" isInline variant="info" className="app-below" title={t('cves.thresholds.title', values)}>
      {t('cves.thresholds.body')}
    </Alert>
  );
}
