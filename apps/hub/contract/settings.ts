/** The thresholds every team's view obeys, and what another pair of them would hide. */
import Type, { type Static } from 'typebox';

const cvss = Type.Number({ minimum: 0, maximum: 10 });
const probability = Type.Number({ minimum: 0, maximum: 1 });

/** `GET /api/settings/thresholds` */
export const Thresholds = Type.Object({ min_cvss_score: cvss, min_epss_score: probability });
export type Thresholds = Static<typeof Thresholds>;

export const EscalationRule = Type.Object({
  severity_min: Type.Integer({ minimum: 0, maximum: 4 }),
  epss_threshold: probability,
  days_to_level1: Type.Integer({ minimum: 1 }),
  days_to_level2: Type.Integer({ minimum: 1 }),
  days_to_level3: Type.Integer({ minimum: 1 }),
  match: Type.Optional(Type.Union([Type.Literal('any'), Type.Literal('all')])),
});
export type EscalationRule = Static<typeof EscalationRule>;

/** `GET /api/settings` (security team) */
export const Settings = Type.Object({
  id: Type.String(),
  ...Thresholds.properties,
  escalation_rules: Type.Array(EscalationRule),
  escalation_warning_days: Type.Integer(),
  digest_day: Type.Integer(),
  management_email: Type.String(),
  updated_by: Type.Union([Type.String(), Type.Null()]),
  updated_at: Type.String(),
});
export type Settings = Static<typeof Settings>;

/** `GET /api/settings/threshold-preview` (security team) */
export const ThresholdPreviewQuery = Type.Object({
  min_cvss: cvss,
  min_epss: Type.Number({ minimum: 0, maximum: 1, default: 0 }),
});
export type ThresholdPreviewQuery = Static<typeof ThresholdPreviewQuery>;
export const ThresholdPreview = Type.Object({
  total_cves: Type.Integer(),
  visible_cves: Type.Integer(),
  hidden_cves: Type.Integer(),
  always_shown_cves: Type.Optional(
    Type.Integer({ description: 'of the hidden, shown all the same: priority, acceptance, KEV' }),
  ),
});
export type ThresholdPreview = Static<typeof ThresholdPreview>;
