import { Button, Card, CardBody, DescriptionList, Popover } from '@patternfly/react-core';
import InfoCircleIcon from '@patternfly/react-icons/dist/esm/icons/info-circle-icon';
import type { CveDetail } from '@pratique/hub/contract';
import { useTranslation } from 'react-i18next';
import { Fact } from '../design/fact.tsx';
import { ForeignWord } from '../design/foreign-text.tsx';
import { useFormat } from '../design/format.ts';
import { Moment } from '../design/moment.tsx';
import { Nothing } from '../design/nothing.tsx';
import { Severity } from '../design/severity.tsx';
import { wordOrNothing } from './image-cve-table.tsx';
import { Fixable } from './labels.tsx';
import { Cvss, Epss } from './scores.tsx';

/** What one wants to know first. */
export function Headline({ cve }: { readonly cve: CveDetail }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <Card>
      <CardBody>
        <DescriptionList
          columnModifier={{ default: '1Col', sm: '2Col', md: '3Col' }}
          isCompact
          aria-label={t('cves.headline')}
        >
          <Fact label={t('cves.severity')}>
            <Severity severity={cve.severity} />
          </Fact>
          <Fact label="CVSS">
            <Cvss score={cve.cvss} />{' '}
            {cve.cvss_vector !== null && <VectorNote vector={cve.cvss_vector} nvd={cve.nvd_cvss} />}
          </Fact>
          <Fact label="EPSS">
            <Epss probability={cve.epss_probability} /> <EpssNote epss={cve.epss} />
          </Fact>
          <Fact label={t('cves.kevTitle')}>{cve.kev === true ? <Kev cve={cve} /> : t('cves.kevNot')}</Fact>
          <Fact label={t('cves.column.fixable')}>
            <Fixable fixable={cve.fixable} />{' '}
            {cve.fixable && cve.fixed_by !== null && <ForeignWord>{`(${cve.fixed_by})`}</ForeignWord>}
          </Fact>
          <Fact label={t('cves.affected')}>
            {t('cves.affectedCounts', {
              deployments: format.count(cve.affected_deployments),
              images: format.count(cve.affected_images),
            })}
          </Fact>
          <Fact label={t('cves.column.firstSeen')}>
            <Moment at={cve.first_seen} withTime />
          </Fact>
          <Fact label={t('cves.column.published')}>
            <Moment at={cve.published_on} />
          </Fact>
          <Fact label={t('cves.fixAvailable')}>
            <Moment at={cve.fix_available_at} />
          </Fact>
          <Fact label={t('cves.os')}>{wordOrNothing(cve.operating_system)}</Fact>
          <Fact label={t('cves.rhacsState')}>{t(`cves.rhacs.${rhacsNames[cve.rhacs_state ?? 0] ?? 'observed'}`)}</Fact>
          <Fact label={t('cves.datasource')}>{wordOrNothing(cve.datasource)}</Fact>
        </DescriptionList>
      </CardBody>
    </Card>
  );
}

const rhacsNames = ['observed', 'deferred', 'false_positive'] as const;

function VectorNote({ vector, nvd }: { readonly vector: string; readonly nvd: number | null }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <Popover
      aria-label={t('cves.vector')}
      headerContent={t('cves.vector')}
      bodyContent={
        <>
          <code className="app-foreign">{vector}</code>
          {nvd !== null && <p>{t('cves.nvdScore', { score: format.score(nvd) })}</p>}
        </>
      }
    >
      <NoteButton label={t('cves.vector')} />
    </Popover>
  );
}

function NoteButton({ label, ...rest }: { readonly label: string }) {
  return <Button {...rest} variant="plain" hasNoPadding icon={<InfoCircleIcon />} aria-label={label} />;
}

/** Where the EPSS figure comes from. A percentile is cut, not rounded: nothing is above all others. A feed that does not know a CVE is said, not shown as zero. */
function EpssNote({ epss }: { readonly epss: CveDetail['epss'] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const share = (value: number | null) => (value === null ? <Nothing /> : format.percent(value));
  return (
    <Popover
      aria-label={t('cves.epss.title')}
      headerContent={t('cves.epss.title')}
      bodyContent={
        <DescriptionList isCompact isHorizontal>
          <Fact label={t('cves.epss.percentile')}>
            {share(epss.percentile === null ? null : Math.floor(epss.percentile * 1000) / 1000)}
          </Fact>
          <Fact label={t('cves.epss.model')}>{wordOrNothing(epss.model_version)}</Fact>
          <Fact label={t('cves.epss.date')}>
            {epss.score_date === null ? <Nothing /> : format.day(epss.score_date)}
          </Fact>
          <Fact label={t('cves.epss.feed')}>
            {epss.feed_probability === null ? t('cves.epss.notInFeed') : share(epss.feed_probability)}
          </Fact>
        </DescriptionList>
      }
    >
      <NoteButton label={t('cves.epss.title')} />
    </Popover>
  );
}

function Kev({ cve }: { readonly cve: CveDetail }) {
  const { t } = useTranslation();
  const format = useFormat();
  const entry = cve.kev_entry;
  const due = entry?.due_date ?? cve.kev_due_date;
  return (
    <>
      <span className="app-strong">{due ? t('cves.kevListedDue', { day: format.day(due) }) : t('cves.kevListed')}</span>
      {entry?.required_action && (
        <div className="app-small">
          <ForeignWord>{entry.required_action}</ForeignWord>
        </div>
      )}
    </>
  );
}
