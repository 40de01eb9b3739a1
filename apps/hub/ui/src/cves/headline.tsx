import { Card, CardBody, DescriptionList, ExpandableSection } from '@patternfly/react-core';
import type { CveDetail } from '@pratique/hub/contract';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Fact } from '../design/fact.tsx';
import { ForeignText, ForeignWord } from '../design/foreign-text.tsx';
import { useFormat } from '../design/format.ts';
import { Moment } from '../design/moment.tsx';
import { Nothing } from '../design/nothing.tsx';
import { usePrinting } from '../design/printing.ts';
import { Severity } from '../design/severity.tsx';
import type { Scope } from '../shell/scope.ts';
import { VisibilityTerms } from '../visibility/panel.tsx';
import { wordOrNothing } from './image-cve-table.tsx';
import { KevFact } from './kev-fact.tsx';
import { percentileShown } from './ranking.ts';
import { EpssNote, VectorNote } from './score-notes.tsx';
import { Cvss, Epss } from './scores.tsx';
import { RankingTable, WhyHere } from './why-here.tsx';

export interface HeadlineProps {
  readonly cve: CveDetail;
  readonly scope: Scope;
  readonly now: Date;
}

/** What one wants to know first: why it stands here, the facts, and behind a press everything that decides. */
export function Headline({ cve, scope, now }: HeadlineProps) {
  const { t } = useTranslation();
  return (
    <Card>
      <CardBody>
        <WhyHere cve={cve} />
        <Facts cve={cve} now={now} />
        <Disclosure label={t('cve.whyInDetail')}>
          <RankingTable cve={cve} />
          <VisibilityTerms cveId={cve.cve_id} scope={scope} />
        </Disclosure>
        {cve.kev_entry?.required_action && (
          <Disclosure label={t('cve.kevAction')}>
            <ForeignText text={cve.kev_entry.required_action} />
          </Disclosure>
        )}
        <Disclosure label={t('cve.moreFacts')}>
          <MoreFacts cve={cve} />
        </Disclosure>
      </CardBody>
    </Card>
  );
}

/** Folded text. What is folded is not fetched; on paper everything is open. */
function Disclosure({ label, children }: { readonly label: string; readonly children: ReactNode }) {
  const [isOpen, setOpen] = useState(false);
  const isShown = usePrinting() || isOpen;
  return (
    <ExpandableSection toggleText={label} isExpanded={isShown} onToggle={(_event, next) => setOpen(next)} isIndented>
      {isShown && children}
    </ExpandableSection>
  );
}

function Facts({ cve, now }: Omit<HeadlineProps, 'scope'>) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <DescriptionList
      isCompact
      isAutoFit
      autoFitMinModifier={{ default: '120px', md: '150px' }}
      aria-label={t('cves.headline')}
      className="app-headline"
    >
      <Fact label={t('cves.severity')}>
        <Severity severity={cve.severity} />
      </Fact>
      <Fact label="CVSS">
        <Cvss score={cve.cvss} />{' '}
        {cve.cvss_vector !== null && <VectorNote vector={cve.cvss_vector} nvd={cve.nvd_cvss} />}
      </Fact>
      <Fact label="EPSS">
        <EpssFact epss={cve.epss} />
      </Fact>
      <Fact label={t('cves.kevTitle')}>
        <KevFact cve={cve} now={now} />
      </Fact>
      <Fact label={t('cve.fix')}>
        <FixFact cve={cve} />
      </Fact>
      <Fact label={t('cves.affected')}>
        <div>
          {t('cve.where.deployments', {
            count: cve.affected_deployments,
            shown: format.count(cve.affected_deployments),
          })}
        </div>
        <div>{t('cve.where.images', { count: cve.affected_images, shown: format.count(cve.affected_images) })}</div>
      </Fact>
      <Fact label={t('cve.seenHere')}>
        <Moment at={cve.first_seen} />
      </Fact>
      <Fact label={t('cves.column.published')}>
        <Moment at={cve.published_on} />
      </Fact>
    </DescriptionList>
  );
}

function EpssFact({ epss }: Pick<CveDetail, 'epss'>) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <>
      <Epss probability={epss.probability} /> <EpssNote epss={epss} />
      {epss.percentile !== null && (
        <div className="app-subtle app-small">
          {t('cve.epssPercentile', { above: format.percent(percentileShown(epss.percentile)) })}
        </div>
      )}
    </>
  );
}

function FixFact({ cve }: { readonly cve: CveDetail }) {
  const { t } = useTranslation();
  if (!cve.fixable) return <span className="app-subtle">{t('cve.noFixYet')}</span>;
  if (cve.fixed_by === null) return <>{t('cve.fixSomewhere')}</>;
  return (
    <>
      <span className="app-strong">
        <ForeignWord>{cve.fixed_by}</ForeignWord>
      </span>
      {cve.components.length > 1 && <div className="app-subtle app-small">{t('cve.fixVaries')}</div>}
    </>
  );
}

const rhacsNames = ['observed', 'deferred', 'false_positive'] as const;

/** What is seldom asked for. */
function MoreFacts({ cve }: { readonly cve: CveDetail }) {
  const { t } = useTranslation();
  return (
    <DescriptionList
      isCompact
      isAutoFit
      autoFitMinModifier={{ default: '120px', md: '150px' }}
      className="app-headline"
    >
      <Fact label={t('cve.firstSeenExactly')}>
        <Moment at={cve.first_seen} withTime />
      </Fact>
      <Fact label={t('cves.fixAvailable')}>
        <Moment at={cve.fix_available_at} />
      </Fact>
      <Fact label={t('cves.os')}>{wordOrNothing(cve.operating_system)}</Fact>
      <Fact label={t('cves.rhacsState')}>{t(`cves.rhacs.${rhacsNames[cve.rhacs_state ?? 0] ?? 'observed'}`)}</Fact>
      <Fact label={t('cves.datasource')}>{wordOrNothing(cve.datasource)}</Fact>
      <Fact label={t('cve.kevName')}>{cve.kev_entry?.name ? wordOrNothing(cve.kev_entry.name) : <Nothing />}</Fact>
    </DescriptionList>
  );
}
