import { Badge, MenuToggle, Select, SelectList, SelectOption } from '@patternfly/react-core';
import { type ReactNode, useState } from 'react';

export interface MultiChoiceProps<T extends string | number> {
  readonly label: string;
  readonly chosen: readonly T[];
  readonly options: readonly { readonly value: T; readonly label: ReactNode }[];
  readonly onChange: (chosen: readonly T[]) => void;
}

/** Choosing any number of a few entries; the menu stays open while choosing. */
export function MultiChoice<T extends string | number>({ label, chosen, options, onChange }: MultiChoiceProps<T>) {
  const [isOpen, setOpen] = useState(false);
  function toggle(value: T): void {
    onChange(chosen.includes(value) ? chosen.filter((one) => one !== value) : [...chosen, value]);
  }
  return (
    <Select
      role="menu"
      isOpen={isOpen}
      onOpenChange={setOpen}
      onSelect={(_event, value) => toggle(value as T)}
      toggle={(ref) => (
        <MenuToggle
          ref={ref}
          isExpanded={isOpen}
          onClick={() => setOpen(!isOpen)}
          {...(chosen.length > 0 ? { badge: <Badge isRead>{chosen.length}</Badge> } : {})}
        >
          {label}
        </MenuToggle>
      )}
    >
      <SelectList aria-label={label}>
        {options.map((option) => (
          <SelectOption key={option.value} hasCheckbox value={option.value} isSelected={chosen.includes(option.value)}>
            {option.label}
          </SelectOption>
        ))}
      </SelectList>
    </Select>
  );
}
