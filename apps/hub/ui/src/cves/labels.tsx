/** The short marks beside a CVE: what is known about it and what has been done about it. */
import { Label, LabelGroup, Tooltip } from '@patternfly/react-core';
import BugIcon from '@patternfly/react-icons/dist/esm/icons/bug-icon';
import CheckCircleIcon from '@patternfly/react-icons/dist/esm/icons/check-circle-icon';
import TimesCircleIcon from '@patternfly/react-icons/dist/esm/icons/times-circle-icon';
import type { CveListItem } from '@pratique/hub/contract';
import type { TFunction } from 'i18next';
import { type ComponentProps, type ReactNode, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../design/format.ts';
import { isPast } from './dates.tsx';

type Marked = Pick<
  CveListItem,
  | 'kev'
  | 'kev_due_date'
  | 'has_priority'
  | 'priority_level'
  | 'priority_deadline'
  | 'risk_acceptance_status'
  | 'is_suppressed'
  | 'suppression_requested'
  | 'remediation_status'
  | 'rhacs_state'
>;

interface MarkProps {
  readonly text: string;
  readonly meaning: string;
  readonly color: ComponentProps<typeof Label>['color'];
  readonly icon?: ReactNode;
}

/**
 * One mark; its meaning is a tooltip for eyes and part of the name for screen readers. The tooltip is only built once
 * somebody comes near: a list draws hundreds of marks, and each tooltip costs more than its mark.
 */
function Mark({ text, meaning, color, icon }: MarkProps) {
  const ref = useRef<HTMLSpanElement>(null);
  const [isNear, setNear] = useState(false);
  const near = () => setNear(true);
  return (
    <span
      ref={ref}
      onPointerEnter={near}
      onPointerLeave={() => setNear(false)}
      onFocus={near}
      onBlur={() => setNear(false)}
    >
      <Label isCompact color={color} icon={icon} tabIndex={0} aria-label={`${text}: ${meaning}`} role="note">
        {text}
      </Label>
      {isNear && <Tooltip triggerRef={ref} trigger="manual" isVisible content={meaning} />}
    </span>
  );
}

export function CveLabels({ cve }: { readonly cve: Marked }) {
  const { t } = useTranslation();
  const marks = useMarks(cve);
  if (marks.length === 0) return null;
  return (
    <LabelGroup numLabels={6} isCompact aria-label={t('cves.marks')}>
      {marks.map((mark) => (
        <Mark key={mark.text} {...mark} />
      ))}
    </LabelGroup>
  );
}

function useMarks(cve: Marked): readonly MarkProps[] {
  const { t } = useTranslation();
  const format = useFormat();
  const marks: MarkProps[] = [];
  if (cve.kev === true) {
    marks.push({ ...kevWords(cve.kev_due_date, t, format.day), color: 'red', icon: <BugIcon /> });
  }
  if (cve.has_priority) {
    const level = t(`cves.priority.${cve.priority_level ?? 'unset'}`);
    const deadline = cve.priority_deadline;
    const meaning = deadline
      ? t('cves.prioDue', { level, day: format.date(deadline) })
      : t('cves.prioMeaning', { level });
    marks.push({ text: t('cves.prio'), color: 'purple', meaning });
  }
  return [...marks, ...decisions(cve, t)];
}

/** `KEV, due Dec 3`: the day by which CISA wants it mended. One that has passed is called so. */
function kevWords(due: string | null | undefined, t: TFunction, dayOf: (day: string) => string) {
  if (!due) return { text: 'KEV', meaning: t('cves.kevMeaning') };
  const day = dayOf(due);
  const isOver = isPast(due, new Date());
  return {
    text: isOver ? t('list.kevPastDue') : t('list.kevDue', { day }),
    meaning: isOver ? t('list.kevPastDueMeaning', { day }) : t('cves.kevDue', { day }),
  };
}

function decisions(cve: Marked, t: TFunction): readonly MarkProps[] {
  const marks: MarkProps[] = [];
  if (cve.risk_acceptance_status === 'approved')
    marks.push({ text: t('cves.ack'), color: 'green', meaning: t('cves.ackMeaning') });
  if (cve.risk_acceptance_status === 'requested')
    marks.push({ text: t('cves.ackRequested'), color: 'blue', meaning: t('cves.ackRequestedMeaning') });
  if (cve.is_suppressed) marks.push({ text: t('cves.fp'), color: 'grey', meaning: t('cves.fpMeaning') });
  if (cve.suppression_requested)
    marks.push({ text: t('cves.fpRequested'), color: 'blue', meaning: t('cves.fpRequestedMeaning') });
  if (cve.remediation_status === 'in_progress')
    marks.push({
      text: t('cves.remediation.in_progress'),
      color: 'orange',
      meaning: t('cves.remediationMeaning.in_progress'),
    });
  if (cve.remediation_status === 'remediated')
    marks.push({
      text: t('cves.remediation.remediated'),
      color: 'green',
      meaning: t('cves.remediationMeaning.remediated'),
    });
  if (cve.rhacs_state === 1)
    marks.push({ text: t('cves.rhacs.deferred'), color: 'grey', meaning: t('cves.rhacsMeaning.deferred') });
  if (cve.rhacs_state === 2)
    marks.push({ text: t('cves.rhacs.false_positive'), color: 'grey', meaning: t('cves.rhacsMeaning.false_positive') });
  return marks;
}

/** Whether a fix exists: an icon and a word. */
export function Fixable({ fixable }: { readonly fixable: boolean }) {
  const { t } = useTranslation();
  return (
    <span className={fixable ? 'app-with-icon app-nowrap' : 'app-with-icon app-nowrap app-subtle'}>
      {fixable ? <CheckCircleIcon className="app-yes" /> : <TimesCircleIcon />}
      {fixable ? t('cves.fixable') : t('cves.notFixable')}
    </span>
  );
}
