import { Alert, DescriptionList, Label } from '@patternfly/react-core';
import type { SourceStatus } from '@pratique/hub/contract';
import { useTranslation } from 'react-i18next';
import { Fact } from '../design/fact.tsx';
import { ForeignWord } from '../design/foreign-text.tsx';
import { useFormat } from '../design/format.ts';
import { Moment } from '../design/moment.tsx';
import { Nothing } from '../design/nothing.tsx';
import { SectionCard } from '../design/section-card.tsx';
import { Age, hour } from './age.tsx';
import { problemText } from './problem.ts';
import { PollOutcome } from './poll-outcome.tsx';
import './source.css';

export interface SourceStateProps {
  readonly source: SourceStatus;
  readonly now: number;
  readonly isOperator: boolean;
}

/** Whether the hub could read StackRox lately; if not, what it met and what to do. */
export function SourceState({ source, now, isOperator }: SourceStateProps) {
  const { t } = useTranslation();
  return (
    <SectionCard title={t('sourcePage.state.title')}>
      {source.problem !== null && <Problem problem={source.problem} isOperator={isOperator} />}
      <DescriptionList isCompact isAutoFit autoFitMinModifier={{ default: '150px' }}>
        <Fact label={t('sourcePage.state.label')}>
          <Label status={looks[source.state]}>{t(`sourcePage.state.${source.state}`)}</Label>
        </Fact>
        <Fact label={t('sourcePage.dataAsOf')}>
          <Moment at={source.data_as_of} withTime />
          <div className="app-small">
            <Age at={source.data_as_of} now={now} oldFrom={hour} />
          </div>
        </Fact>
        <Fact label={t('sourcePage.lastPoll')}>
          <Moment at={source.last_poll_at} withTime />
          {source.last_poll_outcome !== null && (
            <div className="app-small">
              <PollOutcome outcome={source.last_poll_outcome} />
            </div>
          )}
        </Fact>
        {isOperator && <OperatorFacts source={source} />}
      </DescriptionList>
      {isOperator && <Counts counts={source.counts} />}
    </SectionCard>
  );
}

const looks = { current: 'success', stale: 'warning', never_read: 'danger' } as const;

interface ProblemProps {
  readonly problem: NonNullable<SourceStatus['problem']>;
  readonly isOperator: boolean;
}

function Problem({ problem, isOperator }: ProblemProps) {
  const { t } = useTranslation();
  return (
    <Alert
      component="p"
      isInline
      variant="warning"
      title={t('sourcePage.problem.title')}
      className="app-source-problem"
    >
      <p>{problemText(problem, t)}</p>
      {isOperator && (
        <p className="app-subtle">
          <ForeignWord>{problem.message}</ForeignWord>
        </p>
      )}
      <p>
        <span className="app-strong">{t('sourcePage.problem.next')}</span>{' '}
        {isOperator ? <ForeignWord>{problem.hint}</ForeignWord> : t('sourcePage.problem.nextForTeams')}
      </p>
      <p className="app-subtle">
        {t('failure.code')} <code className="app-foreign">{problem.code}</code>
      </p>
    </Alert>
  );
}

function OperatorFacts({ source }: Pick<SourceStateProps, 'source'>) {
  const { t } = useTranslation();
  const format = useFormat();
  const { schema } = source;
  return (
    <>
      <Fact label={t('sourcePage.release')}>
        {schema === null ? (
          <Nothing />
        ) : (
          <>
            <ForeignWord>{schema.version ?? schema.release}</ForeignWord>
            <div className="app-subtle app-small">
              {t('sourcePage.schema', { release: schema.release, mode: schema.mode })}
            </div>
          </>
        )}
      </Fact>
      <Fact label={t('sourcePage.version')}>{format.count(source.version)}</Fact>
    </>
  );
}

const countKeys = [
  'clusters',
  'namespaces',
  'deployments',
  'images',
  'images_not_scanned',
  'findings',
  'cves',
] as const;

/** How much was read. Images that nobody scanned are counted too: nothing is known about those. */
function Counts({ counts }: Pick<SourceStatus, 'counts'>) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <DescriptionList
      isCompact
      isAutoFit
      autoFitMinModifier={{ default: '110px' }}
      aria-label={t('sourcePage.counts')}
      className="app-source-counts"
    >
      {countKeys.map((key) => (
        <Fact key={key} label={t(`sourcePage.count.${key}`)}>
          <span className="app-figures">{format.count(counts[key])}</span>
        </Fact>
      ))}
    </DescriptionList>
  );
}
