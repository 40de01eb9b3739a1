/** What puts a CVE where it stands, in the order in which it weighs: exploited, prioritised, likely, severe, fixable. */
import type { CveDetail } from '@pratique/hub/contract';

export type Ranked = Pick<
  CveDetail,
  | 'kev'
  | 'kev_due_date'
  | 'kev_entry'
  | 'has_priority'
  | 'priority_level'
  | 'epss'
  | 'severity'
  | 'cvss'
  | 'fixable'
  | 'fixed_by'
  | 'affected_deployments'
  | 'affected_images'
>;

export const rankingKeys = ['kev', 'priority', 'epss', 'severity', 'fix', 'reach'] as const;
export type RankingKey = (typeof rankingKeys)[number];

/** Whether a term lifts this CVE above others; the rest say why it does not stand higher. */
export function lifts(key: RankingKey, cve: Ranked): boolean {
  switch (key) {
    case 'kev':
      return cve.kev === true;
    case 'priority':
      return cve.has_priority;
    case 'epss':
      return cve.epss.probability >= likelyFrom;
    case 'severity':
      return cve.severity >= 3;
    case 'fix':
      return cve.fixable;
    case 'reach':
      return cve.affected_deployments > 0;
  }
}

/** From here on the EPSS mark is no longer green. */
export const likelyFrom = 0.1;

/** CISA's due day, or null. The catalogue's own entry is more exact than the list's column. */
export function dueDay(cve: Pick<Ranked, 'kev_entry' | 'kev_due_date'>): string | null {
  return cve.kev_entry?.due_date ?? cve.kev_due_date ?? null;
}

/** Whether a calendar day (UTC) lies before an instant. */
export function isPast(day: string, now: Date): boolean {
  return day.slice(0, 10) < now.toISOString().slice(0, 10);
}

/** A percentile is cut, not rounded, and nothing is above all others. */
export function percentileShown(percentile: number): number {
  return Math.min(0.999, Math.floor(percentile * 1000) / 1000);
}
