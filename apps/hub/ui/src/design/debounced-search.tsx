import { SearchInput } from '@patternfly/react-core';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';

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
  const [typed, setTyped] = useState(value);
  const reported = useRef(value);
  const report = useRef(onChange);
  report.current = onChange;

  useEffect(() => {
    if (value !== reported.current) {
      reported.current = value;
      setTyped(value);
    }
  }, [value]);
  useEffect(() => {
    if (typed.trim() === reported.current) return;
    const timer = setTimeout(() => send(typed), delayMs);
    return () => clearTimeout(timer);
  }, [typed, delayMs]);

  function send(text: string): void {
    reported.current = text.trim();
    report.current(reported.current);
  }
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
