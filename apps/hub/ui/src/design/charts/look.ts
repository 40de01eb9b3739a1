/** Colours of the charts: PatternFly's tokens, so both themes follow. Never the only carrier of a meaning. */
import type { SeverityName } from '../severity.tsx';

const severity = '--pf-t--global--icon--color--severity';

export const severityColours: Readonly<Record<SeverityName, string>> = {
  unknown: `var(${severity}--undefined--default)`,
  low: `var(${severity}--none--default)`,
  moderate: `var(${severity}--moderate--default)`,
  important: `var(${severity}--important--default)`,
  critical: `var(${severity}--critical--default)`,
};

/** Ink that can be read on a severity's colour, in both themes. */
export function inkOn(name: SeverityName): string {
  return name === 'critical' ? 'var(--pf-t--global--text--color--inverse)' : 'var(--pf-t--color--gray--95)';
}

/** The one accent for figures that are no severity. */
export const accent = 'var(--pf-t--global--color--brand--default)';
export const fixableColour = 'var(--pf-t--global--icon--color--status--success--default)';
/** Hatched, by {@link Patterns}: told apart from "fixable" without its colour. */
export const unfixableColour = 'url(#app-hatch)';
export const ground = 'var(--pf-t--global--background--color--primary--default)';
export const ink = 'var(--pf-t--global--text--color--regular)';
export const faintInk = 'var(--pf-t--global--text--color--subtle)';
/** What stands out on the chart for a moment: the name of a point. */
export const inverseGround = 'var(--pf-t--global--background--color--inverse--default)';
export const inverseInk = 'var(--pf-t--global--text--color--inverse)';
