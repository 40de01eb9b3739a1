/** What became of a workload and of its images, in a word with a sign. */
import { Label } from '@patternfly/react-core';
import BanIcon from '@patternfly/react-icons/dist/esm/icons/ban-icon';
import CheckCircleIcon from '@patternfly/react-icons/dist/esm/icons/check-circle-icon';
import ExclamationTriangleIcon from '@patternfly/react-icons/dist/esm/icons/exclamation-triangle-icon';
import ForwardIcon from '@patternfly/react-icons/dist/esm/icons/forward-icon';
import type { ImageDecision } from '@pratique/hub/contract';
import { useTranslation } from 'react-i18next';
import { ForeignWord } from '../design/foreign-text.tsx';
import { knownClass } from './class-words.ts';
import type { Outcome } from './search.ts';

const looks = {
  refused: { status: 'danger', icon: <BanIcon /> },
  would_refuse: { status: 'warning', icon: <ExclamationTriangleIcon /> },
  allowed: { status: 'success', icon: <CheckCircleIcon /> },
} as const;

export function OutcomeLabel({ outcome }: { readonly outcome: Outcome }) {
  const { t } = useTranslation();
  const { status, icon } = looks[outcome];
  return (
    <Label isCompact status={status} icon={icon} variant={outcome === 'refused' ? 'filled' : 'outline'}>
      {t(`admission.outcome.${outcome}`)}
    </Label>
  );
}

const verdictLooks = {
  refused: { status: 'danger', icon: <BanIcon /> },
  accepted: { status: 'success', icon: <CheckCircleIcon /> },
  skipped: { status: 'info', icon: <ForwardIcon /> },
} as const;

export function VerdictLabel({ verdict }: Pick<ImageDecision, 'verdict'>) {
  const { t } = useTranslation();
  const { status, icon } = verdictLooks[verdict];
  return (
    <Label isCompact variant="outline" status={status} icon={icon}>
      {t(`admission.verdict.${verdict}`)}
    </Label>
  );
}

/** Why, in words; a word of a newer gate as it came. */
export function ClassText({ word }: { readonly word: string }) {
  const { t } = useTranslation();
  const known = knownClass(word);
  return known === undefined ? <ForeignWord>{word}</ForeignWord> : <>{t(`admission.class.${known}`)}</>;
}
