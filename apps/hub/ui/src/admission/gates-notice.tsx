import { Alert, List, ListItem } from '@patternfly/react-core';
import type { AdmissionCluster, AdmissionSummary } from '@pratique/hub/contract';
import { useTranslation } from 'react-i18next';
import { useAgo } from '../design/ago.ts';
import { ForeignWord } from '../design/foreign-text.tsx';
import { useFormat } from '../design/format.ts';

interface GatesNoticeProps {
  readonly summary: AdmissionSummary;
  /** The present, in milliseconds. */
  readonly now: number;
}

/** What is missing in the figures: gates that fell silent, decisions that were lost on the way, and, quietly, clusters without a gate. */
export function GatesNotice({ summary, now }: GatesNoticeProps) {
  return (
    <>
      <Incomplete summary={summary} now={now} />
      <WithoutGate clusters={summary.clusters} />
    </>
  );
}

function Incomplete({ summary, now }: GatesNoticeProps) {
  const { t } = useTranslation();
  const sentences = useSentences(summary, now);
  if (sentences.length === 0) return null;
  const isSilent = summary.state === 'silent';
  return (
    <Alert
      component="p"
      isInline
      variant={isSilent ? 'warning' : 'info'}
      title={isSilent ? t('admission.gates.silentTitle') : t('admission.gates.incompleteTitle')}
      className="app-admission-notice"
    >
      <List isPlain>
        {sentences.map((sentence) => (
          <ListItem key={sentence}>{sentence}</ListItem>
        ))}
      </List>
      {isSilent && <p>{t('admission.gates.silentStep')}</p>}
    </Alert>
  );
}

/** Where no cluster has a gate the page says so in another way. */
function WithoutGate({ clusters }: Pick<AdmissionSummary, 'clusters'>) {
  const { t } = useTranslation();
  const names = clusters.filter(({ state }) => state === 'never_reported').map(({ cluster_name }) => cluster_name);
  if (names.length === 0 || names.length === clusters.length) return null;
  return (
    <p className="app-subtle app-small">
      <ForeignWord>{t('admission.gates.without', { count: names.length, clusters: names.join(', ') })}</ForeignWord>
    </p>
  );
}

function useSentences({ clusters }: AdmissionSummary, now: number): readonly string[] {
  const { t } = useTranslation();
  const ago = useAgo();
  const format = useFormat();
  const of = (state: AdmissionCluster['state']) => clusters.filter((cluster) => cluster.state === state);
  return [
    ...of('silent').map(({ cluster_name: cluster, last_report_at }) =>
      t('admission.gates.silent', { cluster, ago: ago(last_report_at ?? '', now) }),
    ),
    ...clusters
      .filter(({ dropped }) => dropped > 0)
      .map(({ cluster_name: cluster, dropped }) =>
        t('admission.gates.dropped', { count: dropped, cluster, shown: format.count(dropped) }),
      ),
  ];
}
