/** Choosing one of a list, however long: above a dozen entries the menu can be searched. */
import {
  MenuSearch,
  MenuSearchInput,
  MenuToggle,
  SearchInput,
  Select,
  SelectList,
  SelectOption,
} from '@patternfly/react-core';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';

export interface ChoiceOption<T extends string> {
  readonly value: T;
  readonly label: string;
  readonly description?: string;
}

export interface ChoiceProps<T extends string> {
  /** Accessible name; also stands before the value when `showsLabel`. */
  readonly label: string;
  readonly showsLabel?: boolean;
  readonly value: T;
  readonly options: readonly ChoiceOption<T>[];
  readonly onChange: (value: T) => void;
  readonly isFullWidth?: boolean;
  readonly icon?: ReactNode;
  readonly variant?: 'default' | 'plainText' | 'secondary';
}

const searchFrom = 12;
/** Drawing thousands of menu entries takes seconds; nobody reads past this many without searching. */
const shownAtMost = 100;

export function Choice<T extends string>(props: ChoiceProps<T>) {
  const { label, value, options, onChange, showsLabel, isFullWidth, icon, variant = 'default' } = props;
  const [isOpen, setOpen] = useState(false);
  const [wanted, setWanted] = useState('');
  const chosen = options.find((option) => option.value === value)?.label ?? value;
  return (
    <Select
      isOpen={isOpen}
      selected={value}
      isScrollable
      onOpenChange={setOpen}
      onSelect={(_event, next) => {
        setOpen(false);
        setWanted('');
        onChange(next as T);
      }}
      toggle={(ref) => (
        <MenuToggle
          ref={ref}
          isExpanded={isOpen}
          onClick={() => setOpen(!isOpen)}
          aria-label={`${label}: ${chosen}`}
          isFullWidth={isFullWidth === true}
          variant={variant}
          {...(icon === undefined ? {} : { icon })}
        >
          {showsLabel ? `${label}: ${chosen}` : chosen}
        </MenuToggle>
      )}
    >
      {options.length > searchFrom && <MenuFilter label={label} value={wanted} onChange={setWanted} />}
      <ChoiceList label={label} value={value} options={matching(options, wanted)} />
    </Select>
  );
}

function MenuFilter({
  label,
  value,
  onChange,
}: {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
}) {
  const { t } = useTranslation();
  return (
    <MenuSearch>
      <MenuSearchInput>
        <SearchInput
          value={value}
          aria-label={t('design.searchIn', { label })}
          onChange={(_event, next) => onChange(next)}
          onClear={() => onChange('')}
          resetButtonLabel={t('design.clear')}
        />
      </MenuSearchInput>
    </MenuSearch>
  );
}

function ChoiceList<T extends string>({ label, value, options }: Pick<ChoiceProps<T>, 'label' | 'value' | 'options'>) {
  const { t } = useTranslation();
  const more = options.length - shownAtMost;
  return (
    <SelectList aria-label={label}>
      {options.slice(0, shownAtMost).map((option) => (
        <SelectOption
          key={option.value}
          value={option.value}
          description={option.description}
          isSelected={option.value === value}
        >
          {option.label}
        </SelectOption>
      ))}
      {options.length === 0 && <SelectOption isDisabled>{t('design.noChoice')}</SelectOption>}
      {more > 0 && <SelectOption isDisabled>{t('design.moreChoices', { count: more })}</SelectOption>}
    </SelectList>
  );
}

function matching<T extends string>(options: readonly ChoiceOption<T>[], wanted: string): readonly ChoiceOption<T>[] {
  const needle = wanted.trim().toLowerCase();
  return needle === '' ? options : options.filter((option) => option.label.toLowerCase().includes(needle));
}
