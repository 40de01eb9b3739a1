/** Distances in time, in words. */
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';

/** From which age on, in seconds, a distance is told in which unit, coarsest first. */
const steps = [
  { from: 2 * 365 * 86_400, unit: 'year', seconds: 365.25 * 86_400 },
  { from: 60 * 86_400, unit: 'month', seconds: 30.44 * 86_400 },
  { from: 2 * 86_400, unit: 'day', seconds: 86_400 },
  { from: 2 * 3600, unit: 'hour', seconds: 3600 },
  { from: 60, unit: 'minute', seconds: 60 },
  { from: 0, unit: 'second', seconds: 1 },
] as const;

/** One a language: see `formatFor`. */
const relative = new Map<string, Intl.RelativeTimeFormat>();

/**
 * `40 seconds ago`, `7 months ago`; '' for text that is no date. An instant ahead of `now` counts as this moment:
 * two clocks never agree, and "in 2 seconds" for something that has happened would puzzle.
 */
export function agoFor(language: string): (iso: string, now: number) => string {
  const format = relative.get(language) ?? new Intl.RelativeTimeFormat(language, { numeric: 'always' });
  relative.set(language, format);
  return (iso, now) => {
    const seconds = Math.max(0, (now - Date.parse(iso)) / 1000);
    const step = steps.find(({ from }) => seconds >= from);
    return step === undefined ? '' : format.format(-Math.floor(seconds / step.seconds), step.unit);
  };
}

export function useAgo(): (iso: string, now: number) => string {
  const { i18n } = useTranslation();
  return useMemo(() => agoFor(i18n.language), [i18n.language]);
}
