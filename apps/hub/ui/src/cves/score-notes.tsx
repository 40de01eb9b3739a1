/** What stands behind a score: the vector of a CVSS, the model and day of an EPSS. */
import { Button, DescriptionList, Popover } from '@patternfly/react-core';
import InfoCircleIcon from '@patternfly/react-icons/dist/esm/icons/info-circle-icon';
import type { CveDetail } from '@pratique/hub/contract';
import { useTranslation } from 'react-i18next';
import { Fact } from '../design/fact.tsx';
import { useFormat } from '../design/format.ts';
import { Nothing } from '../design/nothing.tsx';
import { wordOrNothing } from './image-cve-table.tsx';
import { percentileShown } from './ranking.ts';
import { vectorWords } from './vector.ts';

export function VectorNote({ vector, nvd }: { readonly vector: string; readonly nvd: number | null }) {
  const { t } = useTranslation();
  const format = useFormat();
  const words = vectorWords(vector);
  return (
    <Popover
      aria-label={t('cves.vector')}
      headerComponent="h2"
      headerContent={t('cves.vector')}
      closeBtnAriaLabel={t('cve.close')}
      bodyContent={
        <>
          <code className="app-foreign">{vector}</code>
          {words.length > 0 && (
            <DescriptionList
              isCompact
              isHorizontal
              horizontalTermWidthModifier={{ default: '17ch' }}
              className="app-vector"
            >
              {words.map(({ metric, value }) => (
                <Fact key={metric} label={t(`cve.vector.metric.${metric}`)}>
                  {t(`cve.vector.value.${value}`)}
                </Fact>
              ))}
            </DescriptionList>
          )}
          {nvd !== null && <p>{t('cves.nvdScore', { score: format.score(nvd) })}</p>}
        </>
      }
    >
      <NoteButton label={t('cves.vector')} />
    </Popover>
  );
}

function NoteButton({ label, ...rest }: { readonly label: string }) {
  return (
    <Button
      {...rest}
      variant="plain"
      hasNoPadding
      icon={<InfoCircleIcon />}
      aria-label={label}
      className="app-no-print"
    />
  );
}

/** Where the EPSS figure comes from. A feed that does not know a CVE is said, not shown as zero. */
export function EpssNote({ epss }: { readonly epss: CveDetail['epss'] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const share = (value: number | null) => (value === null ? <Nothing /> : format.percent(value));
  return (
    <Popover
      aria-label={t('cves.epss.title')}
      headerComponent="h2"
      headerContent={t('cves.epss.title')}
      closeBtnAriaLabel={t('cve.close')}
      bodyContent={
        <>
          <p className="app-below">{t('cve.epssMeaning')}</p>
          <DescriptionList isCompact isHorizontal>
            <Fact label={t('cve.epssScore')}>{share(epss.probability)}</Fact>
            <Fact label={t('cves.epss.percentile')}>
              {share(epss.percentile === null ? null : percentileShown(epss.percentile))}
            </Fact>
            <Fact label={t('cves.epss.model')}>{wordOrNothing(epss.model_version)}</Fact>
            <Fact label={t('cves.epss.date')}>
              {epss.score_date === null ? <Nothing /> : format.day(epss.score_date)}
            </Fact>
            <Fact label={t('cves.epss.feed')}>
              {epss.feed_probability === null ? t('cves.epss.notInFeed') : share(epss.feed_probability)}
            </Fact>
          </DescriptionList>
        </>
      }
    >
      <NoteButton label={t('cves.epss.title')} />
    </Popover>
  );
}
