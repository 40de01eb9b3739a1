import {
  Badge,
  Button,
  Switch,
  Toolbar,
  ToolbarContent,
  ToolbarGroup,
  ToolbarItem,
  ToolbarToggleGroup,
} from '@patternfly/react-core';
import FilterIcon from '@patternfly/react-icons/dist/esm/icons/filter-icon';
import type { RefObject } from 'react';
import { useTranslation } from 'react-i18next';
import { DebouncedSearch } from '../design/debounced-search.tsx';
import { MultiChoice } from '../design/multi-choice.tsx';
import { severitiesWorstFirst, Severity } from '../design/severity.tsx';
import { Keyboard } from '../keyboard/keyboard.tsx';
import { AdvancedFilters } from './advanced-filters.tsx';
import { FilterChips } from './filter-chips.tsx';
import { SearchHelp } from './search-help.tsx';
import { advancedCount, type Filters, type ListSearch, withFilters } from './search.ts';

export interface FilterBarProps {
  readonly search: ListSearch;
  readonly onChange: (search: ListSearch) => void;
}

/** `root` holds search and rows: what the keys of the list act on. */
export type FilterBarInPageProps = FilterBarProps & { readonly root: RefObject<HTMLElement | null> };

/** What is asked of the list, and how it is looked at. */
export function FilterBar({ search, onChange, root }: FilterBarInPageProps) {
  const { t } = useTranslation();
  const filter = (change: Filters) => onChange(withFilters(search, change));
  return (
    <section aria-label={t('cves.filters')} className="app-filter-bar">
      <Toolbar hasNoPadding colorVariant="no-background">
        <ToolbarContent>
          <ToolbarItem className="app-search app-with-icon">
            <DebouncedSearch
              label={t('list.search')}
              value={search.search ?? ''}
              onChange={(value) => filter({ search: value || undefined })}
            />
            <SearchHelp />
          </ToolbarItem>
          <ToolbarToggleGroup toggleIcon={<FilterIcon />} breakpoint="lg" aria-label={t('cves.filters')}>
            <QuickFilters search={search} filter={filter} />
          </ToolbarToggleGroup>
          <ToolbarItem>
            <AdvancedToggle search={search} onChange={onChange} />
          </ToolbarItem>
          <ToolbarItem align={{ default: 'alignEnd' }} visibility={{ default: 'hidden', lg: 'visible' }}>
            <Keyboard root={root} />
          </ToolbarItem>
        </ToolbarContent>
      </Toolbar>
      {search.advanced === true && (
        <div id="advanced-filters">
          <AdvancedFilters search={search} filter={filter} />
        </div>
      )}
      <FilterChips search={search} onChange={onChange} />
    </section>
  );
}

function QuickFilters({ search, filter }: { readonly search: ListSearch; readonly filter: (change: Filters) => void }) {
  const { t } = useTranslation();
  const flags = [
    { key: 'fixable', label: t('cves.fixableOnly'), isChecked: search.fixable === true },
    { key: 'kev', label: t('cves.kevOnly'), isChecked: search.kev === true },
    { key: 'prioritized_only', label: t('cves.prioritisedOnly'), isChecked: search.prioritized_only === true },
  ] as const;
  return (
    <ToolbarGroup variant="filter-group" alignItems="center" columnGap={{ default: 'columnGapMd' }}>
      <ToolbarItem>
        <MultiChoice
          label={t('cves.severity')}
          chosen={search.severity ?? []}
          options={severitiesWorstFirst.map((value) => ({ value, label: <Severity severity={value} /> }))}
          onChange={(chosen) =>
            filter({ severity: chosen.length === 0 ? undefined : [...chosen].sort((a, b) => b - a) })
          }
        />
      </ToolbarItem>
      {flags.map(({ key, label, isChecked }) => (
        <ToolbarItem key={key} alignSelf="center">
          <Switch
            label={label}
            isChecked={isChecked}
            onChange={(_event, on) => filter({ [key]: on ? true : undefined })}
          />
        </ToolbarItem>
      ))}
    </ToolbarGroup>
  );
}

function AdvancedToggle({ search, onChange }: FilterBarProps) {
  const { t } = useTranslation();
  const count = advancedCount(search);
  const isOpen = search.advanced === true;
  return (
    <Button
      variant="link"
      aria-expanded={isOpen}
      aria-controls="advanced-filters"
      onClick={() => onChange({ ...search, advanced: isOpen ? undefined : true })}
    >
      {isOpen ? t('cves.fewerFilters') : t('cves.moreFilters')} {count > 0 && <Badge isRead>{count}</Badge>}
    </Button>
  );
}
