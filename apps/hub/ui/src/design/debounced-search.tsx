import { SearchInput } from '@patternfly/react-core';
import { useTranslation } from 'react-i18next';
import { useTypedText } from './typed-text.ts';

export interface DebouncedSearchProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly delayMs?: number;
  readonly maxLength?: number;
}

/** A search field that reports when typing pauses, at once on Enter, and follows the address when that changes. */
export function DebouncedSearch({ label, value, onChange, delayMs = 300, maxLength = 200 }: DebouncedSearchProps) {
  const { t } = useTranslation();
  const { typed, setTyped, send } = useTypedText(value, onChange, delayMs);
  return (
    <SearchInput
      aria-label={label}
      placeholder={label}
      value={typed}
      onChange={(_event, next) => setTyped(next.slice(0, maxLength))}
      onKeyDown={(event) => {
        if (event.key === 'Enter') send(typed);
      }}
      onClear={() => {
        setTyped('');
        send('');
      }}
      resetButtonLabel={t('design.clear')}
    />
  );
}
