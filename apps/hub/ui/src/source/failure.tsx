/** A request that failed, in words. "We could not look" is told apart from "our fault" and from "not allowed". */
import BanIcon from '@patternfly/react-icons/dist/esm/icons/ban-icon';
import ClockIcon from '@patternfly/react-icons/dist/esm/icons/outlined-clock-icon';
import EyeSlashIcon from '@patternfly/react-icons/dist/esm/icons/eye-slash-icon';
import PluggedIcon from '@patternfly/react-icons/dist/esm/icons/plugged-icon';
import SearchIcon from '@patternfly/react-icons/dist/esm/icons/search-icon';
import UserLockIcon from '@patternfly/react-icons/dist/esm/icons/user-lock-icon';
import type { TFunction } from 'i18next';
import type { ComponentType } from 'react';
import { useTranslation } from 'react-i18next';
import { type ApiError, type ApiErrorKind, asApiError } from '../api-error.ts';
import { ForeignWord } from '../design/foreign-text.tsx';
import { useFormat } from '../design/format.ts';
import { StatePanel, type StatePanelProps } from '../design/state-panel.tsx';
import { useKnownSource } from './queries.ts';

const looks: Readonly<Record<ApiErrorKind, { status?: 'danger' | 'warning' | 'info'; icon?: ComponentType }>> = {
  offline: { status: 'warning', icon: PluggedIcon },
  unauthenticated: { status: 'info', icon: UserLockIcon },
  forbidden: { icon: BanIcon },
  not_found: { icon: SearchIcon },
  invalid: { status: 'danger' },
  unavailable: { status: 'warning', icon: EyeSlashIcon },
  limited: { status: 'warning', icon: ClockIcon },
  internal: { status: 'danger' },
};

export interface FailureProps extends Pick<StatePanelProps, 'headingLevel' | 'isCompact'> {
  readonly error: unknown;
  readonly retry?: () => void;
  readonly isRetrying?: boolean;
}

export function Failure({ error, retry, isRetrying, headingLevel, isCompact }: FailureProps) {
  const { t } = useTranslation();
  const problem = asApiError(error);
  const label = problem.kind === 'unauthenticated' ? t('failure.signIn') : t('failure.retry');
  const act = problem.kind === 'unauthenticated' ? () => location.reload() : retry;
  return (
    <StatePanel
      title={t(`failure.${problem.kind}.title`)}
      {...looks[problem.kind]}
      {...(headingLevel === undefined ? {} : { headingLevel })}
      isCompact={isCompact === true}
      facts={factsOf(problem, t)}
      actions={act === undefined ? [] : [{ label, onClick: act, isBusy: isRetrying === true }]}
    >
      <Explanation problem={problem} />
    </StatePanel>
  );
}

function Explanation({ problem }: { readonly problem: ApiError }) {
  const { t } = useTranslation();
  return (
    <>
      <p>{t(`failure.${problem.kind}.body`)}</p>
      {problem.kind === 'unavailable' && <LastData />}
      {problem.detail !== '' && (
        <p className="app-subtle">
          <ForeignWord>{problem.detail}</ForeignWord>
        </p>
      )}
      {problem.hint !== null && (
        <p className="app-strong">
          <ForeignWord>{problem.hint}</ForeignWord>
        </p>
      )}
    </>
  );
}

/** How old the data was when we could still look. */
function LastData() {
  const { t } = useTranslation();
  const format = useFormat();
  const { data } = useKnownSource();
  if (data === undefined) return null;
  if (data.data_as_of === null) return <p>{t('source.neverTitle')}</p>;
  return <p>{t('source.lastData', { at: format.dateTime(data.data_as_of) })}</p>;
}

function factsOf(problem: ApiError, t: TFunction): readonly (readonly [string, string])[] {
  const expected = problem.kind === 'not_found' || problem.kind === 'offline' || problem.kind === 'unauthenticated';
  if (expected) return [];
  const facts: (readonly [string, string])[] = [];
  if (problem.code !== null) facts.push([t('failure.code'), problem.code]);
  if (problem.requestId !== null) facts.push([t('failure.requestId'), problem.requestId]);
  return facts;
}
