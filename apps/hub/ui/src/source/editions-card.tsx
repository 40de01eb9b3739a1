import { DescriptionList } from '@patternfly/react-core';
import type { SourceStatus } from '@pratique/hub/contract';
import { useTranslation } from 'react-i18next';
import { Fact } from '../design/fact.tsx';
import { ForeignWord } from '../design/foreign-text.tsx';
import { useFormat } from '../design/format.ts';
import { Moment } from '../design/moment.tsx';
import { SectionCard } from '../design/section-card.tsx';
import { Age, day } from './age.tsx';

/** CISA adds to its catalogue every few days, FIRST scores daily; a month without either is worth a look. */
const oldFrom = 30 * day;

/** Which edition of the outside catalogues the figures rest on. */
export function EditionsCard({ source, now }: { readonly source: SourceStatus; readonly now: number }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { kev_catalog: kev, epss_feed: epss } = source;
  return (
    <SectionCard title={t('sourcePage.editions')}>
      <DescriptionList isCompact isAutoFit autoFitMinModifier={{ default: '280px' }}>
        <Fact label={t('sourcePage.kev')}>
          {kev === null ? (
            t('sourcePage.noKev')
          ) : (
            <>
              <ForeignWord>{kev.version}</ForeignWord>, <Moment at={kev.released} />
              <div className="app-small">
                <Age at={kev.released} now={now} oldFrom={oldFrom} />
              </div>
              <div className="app-subtle app-small">
                {t('sourcePage.entries', { shown: format.count(kev.entries), count: kev.entries })}
              </div>
            </>
          )}
        </Fact>
        <Fact label={t('sourcePage.epss')}>
          {epss === null ? (
            t('sourcePage.noEpss')
          ) : (
            <>
              <ForeignWord>{epss.model_version ?? t('sourcePage.modelUnknown')}</ForeignWord>
              {epss.score_date !== null && <>, {format.day(epss.score_date)}</>}
              <div className="app-small">
                <Age at={epss.score_date} now={now} oldFrom={oldFrom} />
              </div>
              <div className="app-subtle app-small">
                {t('sourcePage.entries', { shown: format.count(epss.entries), count: epss.entries })}
              </div>
            </>
          )}
        </Fact>
      </DescriptionList>
    </SectionCard>
  );
}
