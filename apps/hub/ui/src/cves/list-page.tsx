import { PageSection } from '@patternfly/react-core';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { PageHeading } from '../design/page-heading.tsx';
import { NewData } from '../live/new-data.tsx';
import { useScope } from '../shell/scope.ts';
import { SavedViews } from '../views/saved-views.tsx';
import { ByCve } from './by-cve.tsx';
import { ByImage } from './by-image.tsx';
import { FilterBar } from './filter-bar.tsx';
import { cveListQuery, imageListQuery, type ListSearch } from './search.ts';
import { useSelection } from './selection.ts';
import { SelectionBar } from './selection-bar.tsx';
import { ThresholdBanner } from './threshold-banner.tsx';
import './cves.css';

/** `/vulnerabilities`: what is wrong with what runs, by CVE or by image. */
export function ListPage() {
  const { t } = useTranslation();
  const search = useSearch({ from: '/vulnerabilities' });
  const scope = useScope();
  const navigate = useNavigate({ from: '/vulnerabilities' });
  const page = useRef<HTMLElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const byImage = search.view === 'image';
  const asked = byImage ? imageListQuery(search, scope) : cveListQuery(search, scope);
  const selection = useSelection(JSON.stringify({ ...asked, page: 0, page_size: 0, sort_by: '', sort_desc: true }));
  function change(next: ListSearch): void {
    // Every answer has an address of its own; typing and sliding must not fill the history with steps.
    void navigate({ search: { ...scope, ...next }, replace: next.view === search.view && next.page === search.page });
  }
  const view = { search, scope, onChange: change };
  return (
    <section ref={page} aria-label={t('cves.title')} className="app-contents">
      <PageHeading title={t('cves.title')} aside={<SavedViews search={search} scope={scope} />}>
        <p className="app-subtle">{t('cves.lead')}</p>
      </PageHeading>
      <PageSection isFilled>
        <ThresholdBanner />
        <FilterBar search={search} onChange={change} root={page} />
        <NewData root={list} question={JSON.stringify(asked)} hasSelection={selection.ids.size > 0} />
        <div ref={list}>{byImage ? <ByImage {...view} /> : <ByCve {...view} selection={selection} />}</div>
        {!byImage && <SelectionBar selection={selection} />}
      </PageSection>
    </section>
  );
}
