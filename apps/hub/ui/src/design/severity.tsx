/** The five severities: the only place that gives them a colour, always together with icon and word. */
import { Icon } from '@patternfly/react-core';
import SeverityCriticalIcon from '@patternfly/react-icons/dist/esm/icons/severity-critical-icon';
import SeverityImportantIcon from '@patternfly/react-icons/dist/esm/icons/severity-important-icon';
import SeverityMinorIcon from '@patternfly/react-icons/dist/esm/icons/severity-minor-icon';
import SeverityModerateIcon from '@patternfly/react-icons/dist/esm/icons/severity-moderate-icon';
import SeverityUndefinedIcon from '@patternfly/react-icons/dist/esm/icons/severity-undefined-icon';
import { useTranslation } from 'react-i18next';

const looks = [
  { name: 'unknown', Glyph: SeverityUndefinedIcon },
  { name: 'low', Glyph: SeverityMinorIcon },
  { name: 'moderate', Glyph: SeverityModerateIcon },
  { name: 'important', Glyph: SeverityImportantIcon },
  { name: 'critical', Glyph: SeverityCriticalIcon },
] as const;

export type SeverityName = (typeof looks)[number]['name'];

/** Severity 4 … 0, worst first, as choices and legends list them. */
export const severitiesWorstFirst = [4, 3, 2, 1, 0] as const;

/** Name of a severity; anything outside 0–4 is unknown. */
export function severityName(severity: number): SeverityName {
  return looks[severity]?.name ?? 'unknown';
}

export function SeverityIcon({ severity }: { readonly severity: number }) {
  const { Glyph, name } = looks[severity] ?? looks[0];
  return (
    <Icon className={`app-severity app-severity-${name}`} isInline>
      <Glyph />
    </Icon>
  );
}

/** Icon and word of a severity (0 unknown … 4 critical). */
export function Severity({ severity }: { readonly severity: number }) {
  const { t } = useTranslation();
  return (
    <span className="app-nowrap app-with-icon">
      <SeverityIcon severity={severity} />
      {t(`severity.${severityName(severity)}`)}
    </span>
  );
}
