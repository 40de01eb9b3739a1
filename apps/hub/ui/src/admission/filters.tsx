import {
  Button,
  ToggleGroup,
  ToggleGroupItem,
  Toolbar,
  ToolbarContent,
  ToolbarGroup,
  ToolbarItem,
} from '@patternfly/react-core';
import { useTranslation } from 'react-i18next';
import { Choice } from '../design/choice.tsx';
import { DebouncedSearch } from '../design/debounced-search.tsx';
import { classWords, knownClass } from './class-words.ts';
import { type AdmissionSearch, isNarrowed, type Period, periods, withAdmissionFilters } from './search.ts';

export interface FiltersProps {
  readonly search: AdmissionSearch;
  readonly onChange: (search: AdmissionSearch) => void;
}

const outcomes = ['refused', 'would_refuse', 'allowed'] as const;

/** What is asked of the list. Pressing a chosen outcome again takes it back. */
export function Filters({ search, onChange }: FiltersProps) {
  const { t } = useTranslation();
  const filter = (change: Parameters<typeof withAdmissionFilters>[1]) => onChange(withAdmissionFilters(search, change));
  return (
    <Toolbar hasNoPadding colorVariant="no-background" aria-label={t('admission.filters')}>
      <ToolbarContent>
        <ToolbarItem>
          <ToggleGroup aria-label={t('admission.column.outcome')}>
            <ToggleGroupItem
              text={t('admission.outcome.any')}
              isSelected={search.outcome === undefined}
              onChange={() => filter({ outcome: undefined })}
            />
            {outcomes.map((outcome) => (
              <ToggleGroupItem
                key={outcome}
                text={t(`admission.outcome.${outcome}`)}
                isSelected={search.outcome === outcome}
                onChange={() => filter({ outcome: search.outcome === outcome ? undefined : outcome })}
              />
            ))}
          </ToggleGroup>
        </ToolbarItem>
        <ToolbarItem className="app-search">
          <DebouncedSearch
            label={t('admission.image')}
            value={search.image ?? ''}
            maxLength={300}
            onChange={(image) => filter({ image: image || undefined })}
          />
        </ToolbarItem>
        <Menus search={search} onChange={onChange} />
        {isNarrowed(search) && (
          <ToolbarItem alignSelf="center">
            <Button variant="link" isInline onClick={() => onChange({})}>
              {t('cves.clearFilters')}
            </Button>
          </ToolbarItem>
        )}
      </ToolbarContent>
    </Toolbar>
  );
}

function Menus({ search, onChange }: FiltersProps) {
  const { t } = useTranslation();
  const filter = (change: Parameters<typeof withAdmissionFilters>[1]) => onChange(withAdmissionFilters(search, change));
  return (
    <ToolbarGroup variant="filter-group">
      <ToolbarItem>
        <Choice
          label={t('admission.reason')}
          showsLabel
          value={search.class ?? ''}
          options={[
            { value: '', label: t('admission.anyReason') },
            ...classWords.map((word) => ({ value: word, label: t(`admission.class.${word}`) })),
          ]}
          onChange={(word) => filter({ class: knownClass(word) })}
        />
      </ToolbarItem>
      <ToolbarItem>
        <Choice<Period | ''>
          label={t('admission.time')}
          showsLabel
          value={search.period ?? ''}
          options={[
            { value: '', label: t('admission.period.all') },
            ...periods.map((period) => ({ value: period, label: t(`admission.period.${period}`) })),
          ]}
          onChange={(period) => filter({ period: period === '' ? undefined : period })}
        />
      </ToolbarItem>
    </ToolbarGroup>
  );
}
