import { TextInput } from '@patternfly/react-core';
import { useTypedText } from './typed-text.ts';

export interface DebouncedTextProps {
  readonly id: string;
  readonly value: string;
  readonly type?: 'text' | 'number';
  readonly onChange: (value: string) => void;
  readonly delayMs?: number;
}

/** A text field that reports when typing pauses, and follows its value when that changes from outside. */
export function DebouncedText({ id, value, type = 'text', onChange, delayMs = 400 }: DebouncedTextProps) {
  const { typed, setTyped } = useTypedText(value, onChange, delayMs);
  return (
    <TextInput id={id} type={type} value={typed} min={0} maxLength={255} onChange={(_event, next) => setTyped(next)} />
  );
}
