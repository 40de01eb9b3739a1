import { PageSection } from '@patternfly/react-core';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { PageHeading } from '../design/page-heading.tsx';
import { useScope } from '../shell/scope.ts';
import { ByCve } from './by-cve.tsx';
import { ByImage } from './by-image.tsx';
import { FilterBar } from './filter-bar.tsx';
import type { ListSearch } from './search.ts';
import { ThresholdBanner } from './threshold-banner.tsx';
import './cves.css';

/** `/vulnerabilities`: what is wrong with what runs, by CVE or by image. */
export function ListPage() {
  const { t } = useTranslation();
  const search = useSearch({ from: '/vulnerabilities' });
  const scope = useScope();
  const navigate = useNavigate({ from: '/vulnerabilities' });
  function change(next: ListSearch): void {
    // Every answer has an address of its own; typing and sliding must not fill the history with steps.
    void navigate({ search: { ...scope, ...next }, replace: next.view === search.view && next.page === search.page });
  }
  return (
    <>
      <PageHeading title={t('cves.title')}>
        <p className="app-subtle">{t('cves.lead')}</p>
      </PageHeading>
      <PageSection isFilled>
        <ThresholdBanner />
        <FilterBar search={search} onChange={change} />
        {search.view === 'image' ? (
          <ByImage search={search} scope={scope} onChange={change} />
        ) : (
          <ByCve search={search} scope={scope} onChange={change} />
        )}
      </PageSection>
    </>
  );
}
