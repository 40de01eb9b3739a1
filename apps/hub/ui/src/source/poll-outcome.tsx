import { Icon } from '@patternfly/react-core';
import ExclamationTriangleIcon from '@patternfly/react-icons/dist/esm/icons/exclamation-triangle-icon';
import { useTranslation } from 'react-i18next';

/** How a look at the source ended: new data, nothing new, or the code of what went wrong. */
export function PollOutcome({ outcome }: { readonly outcome: string }) {
  const { t } = useTranslation();
  if (outcome === 'published' || outcome === 'updated') return <>{t('sourcePage.outcome.published')}</>;
  if (outcome === 'unchanged') return <span className="app-subtle">{t('sourcePage.outcome.unchanged')}</span>;
  return (
    <span className="app-with-icon">
      <Icon isInline status="warning">
        <ExclamationTriangleIcon />
      </Icon>
      <span>
        {t('sourcePage.outcome.failed')} <code className="app-foreign">{outcome}</code>
      </span>
    </span>
  );
}
