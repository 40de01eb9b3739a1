/** Why a person sees a CVE, or does not: the hub's own reasons, one by one, with their values. */
import { Alert, Icon, List, ListItem, Skeleton } from '@patternfly/react-core';
import EyeIcon from '@patternfly/react-icons/dist/esm/icons/eye-icon';
import EyeSlashIcon from '@patternfly/react-icons/dist/esm/icons/eye-slash-icon';
import InfoCircleIcon from '@patternfly/react-icons/dist/esm/icons/info-circle-icon';
import type { VisibilityAnswer, VisibilityTerm } from '@pratique/hub/contract';
import { useTranslation } from 'react-i18next';
import { ForeignWord } from '../design/foreign-text.tsx';
import { useFormat } from '../design/format.ts';
import { SectionCard } from '../design/section-card.tsx';
import { SkeletonCard } from '../design/skeletons.tsx';
import type { Scope } from '../shell/scope.ts';
import { Loaded } from '../source/loaded.tsx';
import { useVisibility } from './queries.ts';
import { nextStepText, termText } from './words.ts';
import './visibility.css';

export function VisibilityPanel({ cveId, scope }: { readonly cveId: string; readonly scope: Scope }) {
  const { t } = useTranslation();
  const query = useVisibility(cveId, scope);
  const title =
    query.data === undefined
      ? t('visibility.title')
      : query.data.visible
        ? t('visibility.why')
        : t('visibility.whyNot');
  return (
    <SectionCard title={title}>
      <Loaded query={query} skeleton={<SkeletonCard />} headingLevel="h3" isCompact>
        {(answer) => <Answer answer={answer} />}
      </Loaded>
    </SectionCard>
  );
}

/** The same without a card of its own, for a page that already says what it is about. */
export function VisibilityTerms({ cveId, scope }: { readonly cveId: string; readonly scope: Scope }) {
  const query = useVisibility(cveId, scope);
  return (
    <Loaded query={query} skeleton={<SkeletonLines />} headingLevel="h3" isCompact>
      {(answer) => <Answer answer={answer} />}
    </Loaded>
  );
}

function SkeletonLines() {
  const { t } = useTranslation();
  return <Skeleton width="60%" screenreaderText={t('design.loading')} />;
}

function Answer({ answer }: { readonly answer: VisibilityAnswer }) {
  const { t } = useTranslation();
  const values = { cve: answer.cve_id, count: answer.occurs_in.length };
  return (
    <>
      <Alert
        isInline
        isPlain
        component="p"
        variant={answer.visible ? 'success' : 'info'}
        title={answer.visible ? t('visibility.visible', values) : t('visibility.hidden', values)}
      />
      <List isPlain isBordered aria-label={t('visibility.terms')} className="app-terms">
        {answer.terms.map((term) => (
          <Term key={`${term.term} ${term.text}`} term={term} cveId={answer.cve_id} />
        ))}
      </List>
    </>
  );
}

const effects = {
  shows: { Glyph: EyeIcon, status: 'success' },
  hides: { Glyph: EyeSlashIcon, status: 'warning' },
  informs: { Glyph: InfoCircleIcon, status: 'info' },
} as const;

function Term({ term, cveId }: { readonly term: VisibilityTerm; readonly cveId: string }) {
  const { t } = useTranslation();
  const format = useFormat();
  const nextStep = nextStepText(term, { t });
  const { Glyph, status } = effects[term.effect];
  return (
    <ListItem
      icon={
        <Icon status={status}>
          <Glyph />
        </Icon>
      }
    >
      <span className="pf-v6-screen-reader">{t(`visibility.effect.${term.effect}`)} </span>
      <ForeignWord>{termText(term, { cveId, t, format })}</ForeignWord>
      {nextStep !== null && (
        <p className="app-next-step">
          <span className="app-strong">{t('visibility.nextStep')}</span> <ForeignWord>{nextStep}</ForeignWord>
        </p>
      )}
    </ListItem>
  );
}
