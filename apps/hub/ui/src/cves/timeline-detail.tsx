/** The `detail` of an event in words: what it holds depends on the kind of event. */
import type { TimelineEvent } from '@pratique/hub/contract';
import { useTranslation } from 'react-i18next';
import { ForeignWord } from '../design/foreign-text.tsx';
import { useFormat } from '../design/format.ts';

const levels = ['critical', 'high', 'medium', 'low'] as const;
const statuses = [
  'requested',
  'approved',
  'rejected',
  'expired',
  'open',
  'in_progress',
  'resolved',
  'verified',
  'wont_fix',
] as const;
const escalationLevels = ['1', '2', '3'] as const;

/** A value we know becomes a sentence; any other is shown as it came, so that nothing is lost. */
export function EventDetail({ event }: { readonly event: TimelineEvent }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { detail, kind } = event;
  if (detail === null || detail === '') return null;
  const level = levels.find((one) => one === detail);
  const status = statuses.find((one) => one === detail);
  const escalation = escalationLevels.find((one) => one === detail);
  if (kind === 'kev_listed' && /^\d{4}-\d{2}-\d{2}/.test(detail))
    return <div>{t('cve.event.due', { day: format.day(detail) })}</div>;
  if (kind === 'prioritised' && level !== undefined)
    return <div>{t('cve.event.level', { level: t(`cves.priority.${level}`) })}</div>;
  if (kind === 'escalated' && escalation !== undefined) return <div>{t(`cve.event.escalation.${escalation}`)}</div>;
  if (kind === 'suppression_requested') {
    return (
      <div>
        {t('cve.event.forComponent')} <ForeignWord>{detail}</ForeignWord>
      </div>
    );
  }
  if (status !== undefined) return <div>{t('cve.event.status', { status: t(`cve.status.${status}`) })}</div>;
  return (
    <div>
      <ForeignWord>{detail}</ForeignWord>
    </div>
  );
}
