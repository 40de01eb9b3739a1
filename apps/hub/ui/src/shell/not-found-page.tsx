import { Button, PageSection } from '@patternfly/react-core';
import { Link } from '@tanstack/react-router';
import SearchIcon from '@patternfly/react-icons/dist/esm/icons/search-icon';
import { useTranslation } from 'react-i18next';
import { StatePanel } from '../design/state-panel.tsx';

/** An address that leads nowhere says so, instead of turning into some other page. */
export function NotFoundPage() {
  const { t } = useTranslation();
  return (
    <PageSection isFilled>
      <title>{`${t('notFound.title')} · Pratique`}</title>
      <StatePanel title={t('notFound.title')} icon={SearchIcon} headingLevel="h1">
        <p>{t('notFound.body')}</p>
        <p>
          <Button variant="link" component={(props) => <Link {...props} to="/vulnerabilities" />}>
            {t('notFound.back')}
          </Button>
        </p>
      </StatePanel>
    </PageSection>
  );
}
