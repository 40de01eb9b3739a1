import {
  Alert,
  Card,
  CardBody,
  CodeBlock,
  CodeBlockCode,
  ExpandableSection,
  List,
  ListItem,
} from '@patternfly/react-core';
import type { TrialAnswer, TrialRequest } from '@pratique/hub/contract';
import type { UseMutationResult } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { OutcomeLabel } from '../admission/outcome.tsx';
import { asApiError } from '../api-error.ts';
import { ForeignText, ForeignWord } from '../design/foreign-text.tsx';
import { useFormat } from '../design/format.ts';
import { Failure } from '../source/failure.tsx';

interface TrialResultProps {
  readonly trial: UseMutationResult<TrialAnswer, Error, TrialRequest>;
  readonly cluster: string;
}

/** What came of a trial: nothing yet, a mistake in the text, no answer, or the decision. */
export function TrialResult({ trial, cluster }: TrialResultProps) {
  const { t } = useTranslation();
  return (
    <section aria-label={t('trials.result')} aria-live="polite" aria-busy={trial.isPending}>
      {trial.isIdle && <p className="app-subtle">{t('trials.nothingYet')}</p>}
      {trial.isError && <Mistake trial={trial} />}
      {trial.data !== undefined && <Answer answer={trial.data} cluster={cluster} />}
    </section>
  );
}

function Mistake({ trial }: Pick<TrialResultProps, 'trial'>) {
  const { t } = useTranslation();
  const problem = asApiError(trial.error);
  if (problem.kind === 'invalid') {
    return (
      <Alert component="p" isInline variant="warning" title={t('trials.unusable')}>
        <ForeignText text={problem.detail} />
      </Alert>
    );
  }
  const { variables } = trial;
  return (
    <Failure
      error={trial.error}
      retry={() => variables !== undefined && trial.mutate(variables)}
      isRetrying={trial.isPending}
      headingLevel="h2"
      isCompact
    />
  );
}

function Answer({ answer, cluster }: { readonly answer: TrialAnswer; readonly cluster: string }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <Card>
      <CardBody className="app-trial-answer">
        <p className="app-with-icon">
          <OutcomeLabel outcome={answer.allowed ? 'allowed' : 'refused'} />
          <ForeignWord>{`${answer.kind} ${answer.name}`}</ForeignWord>
          <span className="app-subtle app-figures">
            {t('admission.milliseconds', { shown: format.count(Math.round(answer.duration_ms)) })}
          </span>
        </p>
        {answer.message !== '' && <ForeignText text={answer.message} />}
        {answer.warnings.length > 0 && (
          <List isPlain>
            {answer.warnings.map((warning) => (
              <ListItem key={warning}>
                <ForeignText text={warning} />
              </ListItem>
            ))}
          </List>
        )}
        {answer.allowed && <Change answer={answer} />}
        {answer.uid !== null && (
          <p>
            <Link to="/admission/$uid" params={{ uid: answer.uid }} search={{ in: cluster }}>
              {t('trials.seeDecision')}
            </Link>
          </p>
        )}
      </CardBody>
    </Card>
  );
}

/** What the gate wrote into the workload, and the workload as it would run. */
function Change({ answer }: { readonly answer: TrialAnswer }) {
  const { t } = useTranslation();
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <p>{answer.patch === null ? t('trials.unchanged') : t('trials.patched')}</p>
      {answer.patch !== null && (
        <CodeBlock>
          <CodeBlockCode>{JSON.stringify(answer.patch, null, 2)}</CodeBlockCode>
        </CodeBlock>
      )}
      {answer.result !== null && (
        <ExpandableSection
          toggleText={t('trials.asItWouldRun')}
          isExpanded={isOpen}
          onToggle={(_event, next) => setOpen(next)}
        >
          <CodeBlock>
            <CodeBlockCode>{answer.result}</CodeBlockCode>
          </CodeBlock>
        </ExpandableSection>
      )}
    </>
  );
}
