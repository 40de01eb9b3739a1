import { DescriptionList, StackItem } from '@patternfly/react-core';
import type { CveDetail } from '@pratique/hub/contract';
import { useTranslation } from 'react-i18next';
import { Fact } from '../design/fact.tsx';
import { ForeignWord } from '../design/foreign-text.tsx';
import { Moment } from '../design/moment.tsx';
import { SectionCard } from '../design/section-card.tsx';

/** What people decided about the CVE, and when it escalates. Nothing where nobody has yet. */
export function WorkflowCard({ cve }: { readonly cve: CveDetail }) {
  const { t } = useTranslation();
  const dates = datesOf(cve);
  const isSilent = dates.length === 0 && cve.contact_emails.length === 0 && !cve.has_priority;
  if (isSilent) return null;
  return (
    <StackItem>
      <SectionCard title={t('cves.workflow')}>
        <DescriptionList isCompact isHorizontal horizontalTermWidthModifier={{ default: '15ch' }}>
          {cve.has_priority && (
            <Fact label={t('cves.prioTitle')}>{t(`cves.priority.${cve.priority_level ?? 'unset'}`)}</Fact>
          )}
          {cve.priority_reason !== null && (
            <Fact label={t('cves.reason')}>
              <ForeignWord>{cve.priority_reason}</ForeignWord>
              {cve.priority_set_by_name !== null && (
                <div className="app-subtle">
                  <ForeignWord>{cve.priority_set_by_name}</ForeignWord>
                </div>
              )}
            </Fact>
          )}
          {dates.map(({ key, at }) => (
            <Fact key={key} label={t(`cves.date.${key}`)}>
              <Moment at={at} />
            </Fact>
          ))}
          {cve.contact_emails.length > 0 && (
            <Fact label={t('cves.contacts')}>
              {cve.contact_emails.map((address) => (
                <div key={address}>
                  <ForeignWord>{address}</ForeignWord>
                </div>
              ))}
            </Fact>
          )}
        </DescriptionList>
      </SectionCard>
    </StackItem>
  );
}

const dateKeys = [
  'priority_created_at',
  'priority_deadline',
  'risk_acceptance_requested_at',
  'risk_acceptance_reviewed_at',
  'escalation_level1_at',
  'escalation_level2_at',
  'escalation_level3_at',
  'escalation_level1_expected',
  'escalation_level2_expected',
  'escalation_level3_expected',
] as const;

/** Dates that are known. An escalation that has happened, or whose day went by without one, is not expected any more. */
function datesOf(cve: CveDetail): readonly { readonly key: (typeof dateKeys)[number]; readonly at: string }[] {
  const happened = {
    escalation_level1_expected: cve.escalation_level1_at,
    escalation_level2_expected: cve.escalation_level2_at,
    escalation_level3_expected: cve.escalation_level3_at,
  };
  return dateKeys.flatMap((key) => {
    const at = cve[key];
    const hasHappened = key in happened && happened[key as keyof typeof happened] !== null;
    const hasPassed = key.endsWith('_expected') && at !== null && Date.parse(at) < Date.parse(cve.data_as_of ?? '');
    const isOver = hasHappened || hasPassed;
    return at === null || isOver ? [] : [{ key, at }];
  });
}
