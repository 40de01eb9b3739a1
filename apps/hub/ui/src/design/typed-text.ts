import { useEffect, useEffectEvent, useRef, useState } from 'react';

export interface TypedText {
  readonly typed: string;
  readonly setTyped: (text: string) => void;
  /** Reports a text at once, without waiting for a pause. */
  readonly send: (text: string) => void;
}

/**
 * Text under a person's fingers: shown at once, reported when typing pauses for `delayMs`, and replaced when the
 * value changes from outside (another filter cleared it, the address changed).
 */
export function useTypedText(value: string, onChange: (value: string) => void, delayMs: number): TypedText {
  const [typed, setTyped] = useState(value);
  const reported = useRef(value);
  function send(text: string): void {
    reported.current = text.trim();
    onChange(reported.current);
  }
  const sendLater = useEffectEvent(send);

  useEffect(() => {
    if (value === reported.current) return;
    reported.current = value;
    setTyped(value);
  }, [value]);
  useEffect(() => {
    if (typed.trim() === reported.current) return;
    const timer = setTimeout(() => sendLater(typed), delayMs);
    return () => clearTimeout(timer);
  }, [typed, delayMs]);
  return { typed, setTyped, send };
}
