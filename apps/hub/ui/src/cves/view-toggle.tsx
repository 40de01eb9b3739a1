import { ToggleGroup, ToggleGroupItem } from '@patternfly/react-core';
import { useTranslation } from 'react-i18next';
import type { FilterBarProps } from './filter-bar.tsx';

/** By CVE or by image. */
export function ViewToggle({ search, onChange }: FilterBarProps) {
  const { t } = useTranslation();
  // Each view sorts by columns of its own, so the order does not carry over.
  const show = (view: 'image' | undefined) =>
    onChange({
      ...search,
      view,
      page: undefined,
      // Images only come in pages.
      page_size: search.page_size === 'all' ? undefined : search.page_size,
      sort_by: undefined,
      sort_desc: undefined,
    });
  return (
    <ToggleGroup aria-label={t('cves.view')}>
      <ToggleGroupItem text={t('cves.byCve')} isSelected={search.view !== 'image'} onChange={() => show(undefined)} />
      <ToggleGroupItem text={t('cves.byImage')} isSelected={search.view === 'image'} onChange={() => show('image')} />
    </ToggleGroup>
  );
}
