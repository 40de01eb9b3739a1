import { TextInput } from '@patternfly/react-core';
import { useEffect, useRef, useState } from 'react';

export interface DebouncedTextProps {
  readonly id: string;
  readonly value: string;
  readonly type?: 'text' | 'number';
  readonly onChange: (value: string) => void;
  readonly delayMs?: number;
}

/** A text field that reports when typing pauses, and follows its value when that changes from outside. */
export function DebouncedText({ id, value, type = 'text', onChange, delayMs = 400 }: DebouncedTextProps) {
  const [typed, setTyped] = useState(value);
  const reported = useRef(value);
  const report = useRef(onChange);
  report.current = onChange;
  useEffect(() => {
    if (value === reported.current) return;
    reported.current = value;
    setTyped(value);
  }, [value]);
  useEffect(() => {
    if (typed.trim() === reported.current) return;
    const timer = setTimeout(() => {
      reported.current = typed.trim();
      report.current(reported.current);
    }, delayMs);
    return () => clearTimeout(timer);
  }, [typed, delayMs]);
  return (
    <TextInput id={id} type={type} value={typed} min={0} maxLength={255} onChange={(_event, next) => setTyped(next)} />
  );
}
