import type { Me } from '@pratique/hub/contract';
import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import { useThresholds } from '../cves/queries.ts';
import { ForeignWord } from '../design/foreign-text.tsx';
import { useFormat } from '../design/format.ts';
import type { Scope } from '../shell/scope.ts';

const namedAtMost = 4;

/** Whose figures these are: where this person may look, to what the sidebar narrows it, and what thresholds leave out. */
export function Lead({ me, scope }: { readonly me: Me | undefined; readonly scope: Scope }) {
  const { t } = useTranslation();
  if (me === undefined) return null;
  const narrowed = narrowedText(scope, t);
  return (
    <>
      <p className="app-subtle">
        <ForeignWord>{narrowed ?? reachText(me, t)}</ForeignWord>
      </p>
      <ThresholdNote isSecTeam={me.is_sec_team} />
    </>
  );
}

function ThresholdNote({ isSecTeam }: { readonly isSecTeam: boolean }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { data } = useThresholds(!isSecTeam);
  if (isSecTeam || data === undefined || (data.min_cvss_score === 0 && data.min_epss_score === 0)) return null;
  const values = { cvss: format.score(data.min_cvss_score), epss: format.percent(data.min_epss_score) };
  return <p className="app-subtle app-small">{t('dashboard.thresholds', values)}</p>;
}

function reachText(me: Me, t: TFunction): string {
  if (me.is_sec_team) return t('dashboard.lead.secTeam');
  if (me.has_all_namespaces) return t('dashboard.lead.wildcard');
  const names = me.namespaces.map((pair) => `${pair.namespace} (${pair.cluster_name})`);
  if (names.length === 0) return t('dashboard.lead.none');
  const shown = names.slice(0, namedAtMost).join(', ');
  const more = names.length - namedAtMost;
  return t('dashboard.lead.team', { count: names.length, names: more > 0 ? `${shown} …` : shown });
}

function narrowedText({ cluster, ns }: Scope, t: TFunction): string | null {
  if (cluster !== undefined && ns !== undefined) return t('dashboard.lead.both', { cluster, namespace: ns });
  if (cluster !== undefined) return t('dashboard.lead.cluster', { cluster });
  return ns === undefined ? null : t('dashboard.lead.namespace', { namespace: ns });
}
