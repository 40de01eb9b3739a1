/** Why a CVE stands where it does: one sentence, and its terms one by one for whoever wants them. */
import { Icon } from '@patternfly/react-core';
import ArrowUpIcon from '@patternfly/react-icons/dist/esm/icons/arrow-up-icon';
import MinusIcon from '@patternfly/react-icons/dist/esm/icons/minus-icon';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import type { CveDetail } from '@pratique/hub/contract';
import { useTranslation } from 'react-i18next';
import { ForeignWord } from '../design/foreign-text.tsx';
import { useFormat } from '../design/format.ts';
import { severityName } from '../design/severity.tsx';
import { dueDay, lifts, percentileShown, type Ranked, type RankingKey, rankingKeys } from './ranking.ts';

/** The sentence. Terms that say nothing are left out; what remains is joined as the language joins things. */
export function WhyHere({ cve }: { readonly cve: CveDetail }) {
  const { i18n } = useTranslation();
  const phrases = usePhrases(cve);
  const joined = new Intl.ListFormat(i18n.language, { type: 'conjunction' }).format(phrases);
  const sentence = `${joined.charAt(0).toLocaleUpperCase(i18n.language)}${joined.slice(1)}.`;
  return <p className="app-why">{sentence}</p>;
}

function usePhrases(cve: Ranked): readonly string[] {
  const { t } = useTranslation();
  const format = useFormat();
  const phrases: string[] = [];
  if (cve.kev === true) {
    const since = cve.kev_entry?.date_added ?? null;
    phrases.push(since === null ? t('cve.why.kev') : t('cve.why.kevSince', { day: format.day(since) }));
  }
  if (cve.has_priority)
    phrases.push(t('cve.why.priority', { level: t(`cve.why.level.${cve.priority_level ?? 'unset'}`) }));
  if (cve.epss.probability > 0) phrases.push(t('cve.why.epss', { share: format.percent(cve.epss.probability) }));
  if (cve.severity > 0) phrases.push(t(`cve.why.severity.${severityName(cve.severity)}`));
  phrases.push(cve.fixable ? t('cve.why.fix') : t('cve.why.noFix'));
  return phrases;
}

/** Every term with its value and what it does. */
export function RankingTable({ cve }: { readonly cve: CveDetail }) {
  const { t } = useTranslation();
  return (
    <Table
      aria-label={t('cve.ranking.title')}
      variant="compact"
      className="app-tight"
      borders={false}
      gridBreakPoint="grid-md"
    >
      <Thead>
        <Tr>
          <Th>{t('cve.ranking.term')}</Th>
          <Th>{t('cve.ranking.value')}</Th>
          <Th>{t('cve.ranking.effect')}</Th>
        </Tr>
      </Thead>
      <Tbody>
        {rankingKeys.map((key) => (
          <Term key={key} name={key} cve={cve} />
        ))}
      </Tbody>
    </Table>
  );
}

function Term({ name, cve }: { readonly name: RankingKey; readonly cve: CveDetail }) {
  const { t } = useTranslation();
  const value = useTermValue(name, cve);
  const isLifting = lifts(name, cve);
  return (
    <Tr>
      <Td dataLabel={t('cve.ranking.term')} modifier="nowrap">
        {t(`cve.ranking.name.${name}`)}
      </Td>
      <Td dataLabel={t('cve.ranking.value')}>
        <ForeignWord>{value}</ForeignWord>
      </Td>
      <Td dataLabel={t('cve.ranking.effect')}>
        <span className={isLifting ? 'app-with-icon' : 'app-with-icon app-subtle'}>
          <Icon isInline>{isLifting ? <ArrowUpIcon /> : <MinusIcon />}</Icon>
          {isLifting ? t(`cve.ranking.lifts.${name}`) : t(`cve.ranking.rests.${name}`)}
        </span>
      </Td>
    </Tr>
  );
}

function useTermValue(name: RankingKey, cve: CveDetail): string {
  const { t } = useTranslation();
  const format = useFormat();
  const due = dueDay(cve);
  const { percentile, probability } = cve.epss;
  const values: Readonly<Record<RankingKey, () => string>> = {
    kev: () =>
      cve.kev !== true
        ? t('cves.kevNot')
        : due
          ? t('cves.kevListedDue', { day: format.day(due) })
          : t('cves.kevListed'),
    priority: () => (cve.has_priority ? t(`cves.priority.${cve.priority_level ?? 'unset'}`) : t('cve.ranking.none')),
    epss: () =>
      percentile === null
        ? format.percent(probability)
        : t('cve.epssAbove', {
            share: format.percent(probability),
            above: format.percent(percentileShown(percentile)),
          }),
    severity: () => `${t(`severity.${severityName(cve.severity)}`)}, CVSS ${format.score(cve.cvss)}`,
    fix: () => cve.fixed_by ?? (cve.fixable ? t('cves.fixable') : t('cves.notFixable')),
    reach: () =>
      t('cves.affectedCounts', {
        deployments: format.count(cve.affected_deployments),
        images: format.count(cve.affected_images),
      }),
  };
  return values[name]();
}
