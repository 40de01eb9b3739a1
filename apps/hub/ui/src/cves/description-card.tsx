import { Alert, Title } from '@patternfly/react-core';
import type { CveDetail } from '@pratique/hub/contract';
import { useTranslation } from 'react-i18next';
import { ForeignText } from '../design/foreign-text.tsx';
import { SectionCard } from '../design/section-card.tsx';
import { sectionsOf } from './description.ts';

/** What the scanner says about the CVE; and if its record could not be read, that. */
export function DescriptionCard({ cve }: { readonly cve: CveDetail }) {
  const { t } = useTranslation();
  const sections = cve.summary === null ? [] : sectionsOf(cve.summary);
  const fault = cve.record_state === 'unavailable' || cve.record_state === 'broken' ? cve.record_state : null;
  return (
    <SectionCard title={t('cves.description')}>
      {fault !== null && (
        <Alert component="p" isInline variant="warning" title={t(`cves.record.${fault}.title`)}>
          {t(`cves.record.${fault}.body`)}
        </Alert>
      )}
      {fault === null && sections.length === 0 && <p className="app-subtle">{t('cves.noDescription')}</p>}
      {sections.map(({ heading, text }) => (
        <div key={`${heading} ${text.slice(0, 80)}`}>
          {heading !== null && (
            <Title headingLevel="h3" size="md" className="app-section-heading">
              {t(`cves.section.${heading}`)}
            </Title>
          )}
          <ForeignText text={text} />
        </div>
      ))}
    </SectionCard>
  );
}
