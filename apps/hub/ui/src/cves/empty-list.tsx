import SearchIcon from '@patternfly/react-icons/dist/esm/icons/search-icon';
import CheckCircleIcon from '@patternfly/react-icons/dist/esm/icons/check-circle-icon';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { StatePanel } from '../design/state-panel.tsx';
import type { Scope } from '../shell/scope.ts';
import { looksLikeVulnerabilityId } from '../visibility/vulnerability-id.ts';
import { VisibilityPanel } from '../visibility/panel.tsx';
import { activeFilters, type ListSearch, withoutFilters } from './search.ts';

export interface EmptyListProps {
  readonly search: ListSearch;
  readonly scope: Scope;
  readonly onClear: (search: ListSearch) => void;
}

/** We looked, and nothing matches. A search for one id can be asked why. */
export function EmptyList({ search, scope, onClear }: EmptyListProps) {
  const { t } = useTranslation();
  const [asked, setAsked] = useState<string | null>(null);
  const isFiltered = activeFilters(search).length > 0;
  const wanted = search.search?.trim() ?? '';
  const canAsk = looksLikeVulnerabilityId(wanted);
  const clear = { label: t('cves.clearFilters'), onClick: () => onClear(withoutFilters(search)) };
  const why = { label: t('visibility.whyNot'), onClick: () => setAsked(wanted) };
  const title = isFiltered ? t('cves.empty.title') : t('cves.emptyScope.title');
  return (
    <>
      <StatePanel
        title={title}
        icon={isFiltered ? SearchIcon : CheckCircleIcon}
        actions={[...(canAsk && asked !== wanted ? [why] : []), ...(isFiltered ? [clear] : [])]}
      >
        {isFiltered ? t('cves.empty.body') : t('cves.emptyScope.body')}
      </StatePanel>
      {asked !== null && asked === wanted && <VisibilityPanel cveId={canonical(asked)} scope={scope} />}
    </>
  );
}

/** CVE ids are written in capitals everywhere; other sources' ids keep their own case. */
function canonical(id: string): string {
  return /^cve-/i.test(id) ? id.toUpperCase() : id;
}
