import { Icon } from '@patternfly/react-core';
import ExclamationCircleIcon from '@patternfly/react-icons/dist/esm/icons/exclamation-circle-icon';
import type { CveDetail } from '@pratique/hub/contract';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../design/format.ts';
import { dueDay, isPast } from './ranking.ts';

/** Whether CISA lists the CVE as exploited, and until when it was to be mended. "Past due" is a word, not a colour. */
export function KevFact({ cve, now }: { readonly cve: CveDetail; readonly now: Date }) {
  const { t } = useTranslation();
  const format = useFormat();
  if (cve.kev !== true) return <span className="app-subtle">{t('cves.kevNot')}</span>;
  const due = dueDay(cve);
  const since = cve.kev_entry?.date_added ?? null;
  return (
    <>
      <div className="app-strong">
        {since === null ? t('cves.kevListed') : t('cve.kevSince', { day: format.day(since) })}
      </div>
      {due !== null &&
        (isPast(due, now) ? (
          <div className="app-with-icon">
            <Icon isInline status="danger">
              <ExclamationCircleIcon />
            </Icon>
            {t('cve.kevPastDue', { day: format.day(due) })}
          </div>
        ) : (
          <div>{t('cve.kevDue', { day: format.day(due) })}</div>
        ))}
      {cve.kev_entry?.ransomware?.toLowerCase() === 'known' && <div>{t('cve.kevRansomware')}</div>}
    </>
  );
}
