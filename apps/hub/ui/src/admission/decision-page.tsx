import { Alert, Card, CardBody, DescriptionList, Label, PageSection, Stack, StackItem } from '@patternfly/react-core';
import type { AdmissionDetail } from '@pratique/hub/contract';
import { Link, useParams, useSearch } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { CopyLink } from '../cves/copy-link.tsx';
import { Fact } from '../design/fact.tsx';
import { ForeignWord } from '../design/foreign-text.tsx';
import { useFormat } from '../design/format.ts';
import { Moment } from '../design/moment.tsx';
import { Nothing } from '../design/nothing.tsx';
import { PageHeading } from '../design/page-heading.tsx';
import { SkeletonCard } from '../design/skeletons.tsx';
import { Loaded } from '../source/loaded.tsx';
import { workloadName } from './decisions-table.tsx';
import { ImageEvidence } from './image-evidence.tsx';
import { OutcomeLabel } from './outcome.tsx';
import { useDecision } from './queries.ts';
import './admission.css';

/** `/admission/$uid`: one decision, with all that was seen. */
export function DecisionPage() {
  const { t } = useTranslation();
  const { uid } = useParams({ from: '/admission/$uid' });
  const { in: cluster } = useSearch({ from: '/admission/$uid' });
  const query = useDecision(uid, cluster);
  const { data } = query;
  const title =
    data === undefined ? t('admission.decision') : `${data.kind} ${workloadName(data, t('admission.unnamed'))}`;
  return (
    <>
      <PageHeading
        title={title}
        parent={<Link to="/admission">{t('admission.title')}</Link>}
        aside={
          data !== undefined && (
            <span className="app-with-icon">
              <OutcomeLabel outcome={data.outcome} />
              <CopyLink />
            </span>
          )
        }
      />
      <PageSection isFilled>
        <Loaded query={query} skeleton={<SkeletonCard lines={10} />}>
          {(decision) => <Decision decision={decision} />}
        </Loaded>
      </PageSection>
    </>
  );
}

/** `sha256:` and enough to tell two policies apart. */
const shownHash = 19;
const order = { refused: 0, accepted: 1, skipped: 2 } as const;

function Decision({ decision }: { readonly decision: AdmissionDetail }) {
  const { t } = useTranslation();
  const images = decision.images.toSorted((a, b) => order[a.verdict] - order[b.verdict]);
  return (
    <Stack hasGutter className="app-detail">
      {decision.outcome === 'would_refuse' && (
        <StackItem>
          <Alert component="p" isInline variant="warning" title={t('admission.wouldTitle')}>
            {t('admission.wouldBody')}
          </Alert>
        </StackItem>
      )}
      <StackItem>
        <Facts decision={decision} />
      </StackItem>
      {images.map((image) => (
        <StackItem key={`${image.image} ${image.paths.join(' ')}`}>
          <ImageEvidence
            image={image}
            hasPage={image.digest !== null && decision.known_images.includes(image.digest)}
          />
        </StackItem>
      ))}
    </Stack>
  );
}

function Facts({ decision }: { readonly decision: AdmissionDetail }) {
  const { t } = useTranslation();
  const format = useFormat();
  const word = (text: string) => (text === '' ? <Nothing /> : <ForeignWord>{text}</ForeignWord>);
  return (
    <Card component="section" aria-label={t('admission.decision')}>
      <CardBody>
        <DescriptionList isCompact isAutoFit autoFitMinModifier={{ default: '120px', md: '180px' }}>
          <Fact label={t('admission.column.at')}>
            <Moment at={decision.at} withTime />
          </Fact>
          <Fact label={t('scope.namespace')}>{word(decision.namespace)}</Fact>
          <Fact label={t('scope.cluster')}>{word(decision.cluster_name)}</Fact>
          <Fact label={t('admission.fact.operation')}>
            {word(decision.operation)}{' '}
            {decision.dry_run && (
              <Label isCompact variant="outline">
                {t('admission.dryRun')}
              </Label>
            )}
          </Fact>
          <Fact label={t('admission.fact.user')}>{word(decision.user)}</Fact>
          <Fact label={t('admission.fact.took')}>
            <span className="app-figures">
              {t('admission.milliseconds', { shown: format.count(Math.round(decision.duration_ms)) })}
            </span>
          </Fact>
          <Fact label={t('admission.fact.uid')}>{word(decision.uid)}</Fact>
          <Fact label={t('admission.fact.policy')}>{word(decision.policy_hash.slice(0, shownHash))}</Fact>
        </DescriptionList>
        {decision.warnings.length > 0 && (
          <div className="app-admission-warnings">
            {decision.warnings.map((warning) => (
              <Alert
                key={warning}
                component="p"
                isInline
                isPlain
                variant="warning"
                title={<ForeignWord>{warning}</ForeignWord>}
              />
            ))}
          </div>
        )}
      </CardBody>
    </Card>
  );
}
