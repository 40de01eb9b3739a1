import { useTranslation } from 'react-i18next';
import { Choice } from '../design/choice.tsx';

export interface SortChoiceProps<T extends string> {
  readonly columns: readonly { readonly key: T; readonly label: string }[];
  readonly sortBy: T;
  readonly sortDesc: boolean;
  readonly onSort: (key: T, desc: boolean) => void;
}

/** Sorting where the table stands as cards and has no headings to press. */
export function SortChoice<T extends string>({ columns, sortBy, sortDesc, onSort }: SortChoiceProps<T>) {
  const { t } = useTranslation();
  const options = columns.flatMap(({ key, label }) => [
    { value: `${key} desc`, label: t('cves.descending', { column: label }) },
    { value: `${key} asc`, label: t('cves.ascending', { column: label }) },
  ]);
  return (
    <Choice
      label={t('cves.sort')}
      value={`${sortBy} ${sortDesc ? 'desc' : 'asc'}`}
      options={options}
      onChange={(value) => {
        const key = columns.find((column) => value.startsWith(`${column.key} `))?.key;
        if (key !== undefined) onSort(key, value.endsWith(' desc'));
      }}
    />
  );
}
