import { Alert, Button, Flex, FlexItem, Label, LabelGroup } from '@patternfly/react-core';
import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import { type Format, useFormat } from '../design/format.ts';
import { severityName } from '../design/severity.tsx';
import type { FilterBarProps } from './filter-bar.tsx';
import {
  activeFilters,
  type FilterKey,
  filtersWithoutEffect,
  type ListSearch,
  withFilters,
  withoutFilters,
} from './search.ts';

/** Every filter that is set, each with a way out. */
export function FilterChips({ search, onChange }: FilterBarProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const active = activeFilters(search);
  if (active.length === 0) return null;
  return (
    <Flex rowGap={{ default: 'rowGapSm' }} columnGap={{ default: 'columnGapMd' }}>
      <FlexItem>
        <LabelGroup numLabels={20} categoryName={t('cves.activeFilters')} aria-label={t('cves.activeFilters')}>
          {active.map((key) => {
            const text = chipText(key, search, t, format);
            return (
              <Label
                key={key}
                variant="outline"
                textMaxWidth="32ch"
                onClose={() => onChange(withFilters(search, { [key]: undefined }))}
                closeBtnAriaLabel={t('cves.removeFilter', { filter: text })}
              >
                {text}
              </Label>
            );
          })}
        </LabelGroup>
      </FlexItem>
      <FlexItem>
        <Button variant="link" isInline onClick={() => onChange(withoutFilters(search))}>
          {t('cves.clearFilters')}
        </Button>
      </FlexItem>
      <WithoutEffect search={search} />
    </Flex>
  );
}

/** The view by image does not know every filter; silence would look like "none of these images". */
function WithoutEffect({ search }: { readonly search: ListSearch }) {
  const { t } = useTranslation();
  const idle = filtersWithoutEffect(search);
  if (idle.length === 0) return null;
  const names = idle.map((key) => t(`cves.filter.${key}`)).join(', ');
  return (
    <FlexItem fullWidth={{ default: 'fullWidth' }}>
      <Alert component="p" isInline isPlain variant="warning" title={t('cves.noEffectByImage', { names })} />
    </FlexItem>
  );
}

/** `Severity: Critical, High` */
function chipText(key: FilterKey, search: ListSearch, t: TFunction, format: Format): string {
  const name = t(`cves.filter.${key}`);
  const value = chipValue(key, search, t, format);
  return value === '' ? name : t('cves.chip', { name, value });
}

function chipValue(key: FilterKey, search: ListSearch, t: TFunction, format: Format): string {
  switch (key) {
    case 'severity':
      return (search.severity ?? []).map((one) => t(`severity.${severityName(one)}`)).join(', ');
    case 'fixable':
      return search.fixable === true ? t('design.yes') : t('design.no');
    case 'cvss_min':
      return `≥ ${format.score(search.cvss_min ?? 0)}`;
    case 'epss_min':
      return `≥ ${format.percent(search.epss_min ?? 0)}`;
    case 'first_seen_after':
      return format.dateTime(search.first_seen_after ?? '');
    case 'today':
      return t(`cves.today.${search.today ?? 'kev'}`);
    case 'risk_status':
      return t(`cves.riskStatus.${search.risk_status ?? 'any'}`);
    case 'remediation_status':
      return t(`cves.remediation.${search.remediation_status ?? 'unremediated'}`);
    case 'rhacs_state':
      return t(`cves.rhacs.${search.rhacs_state ?? 'any'}`);
    case 'age_min':
    case 'age_max':
      return t('cves.days', { count: search[key] ?? 0 });
    case 'kev':
    case 'prioritized_only':
    case 'show_suppressed':
      return '';
    default:
      return search[key] ?? '';
  }
}
