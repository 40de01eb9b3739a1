import type { ThresholdPreview, ThresholdPreviewQuery } from '@pratique/hub/contract';
import { reachesLimit } from '../findings/scores.ts';
import type { Desk } from '../visibility/desk.ts';

/** What a pair of thresholds would hide of everything deployed, and what of that is shown all the same. */
export function previewThresholds(desk: Desk, limits: ThresholdPreviewQuery): ThresholdPreview {
  const everyone = { userId: '', reach: { kind: 'all' }, isSecTeam: true, seesAll: true, hasNamespaces: true } as const;
  const sight = desk.sight(everyone, desk.scope(everyone, {}));
  const { view } = sight;
  let visible = 0;
  let alwaysShown = 0;
  for (let position = 0; position < view.cves.length; position += 1) {
    if (reachesLimit(view.cvss[position]!, limits.min_cvss) && reachesLimit(view.epss[position]!, limits.min_epss)) {
      visible += 1;
    } else if (
      sight.kev[position] === 1 ||
      sight.accepted[position] === 1 ||
      desk.ledger.priorities.has(view.cves[position]!)
    ) {
      alwaysShown += 1;
    }
  }
  return {
    total_cves: view.cves.length,
    visible_cves: visible,
    hidden_cves: view.cves.length - visible,
    always_shown_cves: alwaysShown,
  };
}
