import { Icon } from '@patternfly/react-core';
import ExclamationTriangleIcon from '@patternfly/react-icons/dist/esm/icons/exclamation-triangle-icon';
import { useTranslation } from 'react-i18next';
import { useAgo } from '../design/ago.ts';
import { Nothing } from '../design/nothing.tsx';

export interface AgeProps {
  readonly at: string | null;
  /** The present, in milliseconds. */
  readonly now: number;
  /** From this age on, in milliseconds, it is marked as old. */
  readonly oldFrom: number;
}

export const hour = 3_600_000;
export const day = 24 * hour;

/** "5 hours ago", and marked when that is too long: with a sign and a word, not a colour alone. */
export function Age({ at, now, oldFrom }: AgeProps) {
  const { t } = useTranslation();
  const ago = useAgo();
  if (at === null) return <Nothing />;
  const words = ago(at, now);
  if (words === '' || now - Date.parse(at) < oldFrom) return <span className="app-figures">{words}</span>;
  return (
    <span className="app-with-icon app-figures">
      <Icon isInline status="warning">
        <ExclamationTriangleIcon />
      </Icon>
      {t('sourcePage.longAgo', { ago: words })}
    </span>
  );
}
