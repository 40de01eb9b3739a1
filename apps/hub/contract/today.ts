/** The few things a person should do today, each with why and until when. */
import Type, { type Static } from 'typebox';
import { PriorityLevel } from './cves.ts';
import { Day, Instant, Nullable, Severity } from './primitives.ts';
import { todayReasons } from './words.ts';

export type TodayReason = (typeof todayReasons)[number];

export const TodayItem = Type.Object({
  cve_id: Type.String(),
  reason: Type.Enum(todayReasons),
  severity: Severity,
  cvss: Type.Number(),
  epss_probability: Type.Number(),
  fixable: Type.Boolean(),
  fixed_by: Nullable(Type.String()),
  component_names: Type.Array(Type.String()),
  affected_deployments: Type.Integer(),
  /** At most three, alphabetical; `namespace_count` says how many there are. */
  namespaces: Type.Array(Type.String()),
  namespace_count: Type.Integer(),
  due: Nullable(Day),
  /** What the security team set by hand; null where they set nothing. */
  priority_level: Type.Optional(Nullable(PriorityLevel)),
  first_seen: Nullable(Instant),
});
export type TodayItem = Static<typeof TodayItem>;

/** `GET /api/dashboard/today`: at most eight items. The counts say how many of each kind there are in all. */
export const Today = Type.Object({
  items: Type.Array(TodayItem),
  counts: Type.Object({
    kev_overdue: Type.Integer(),
    kev: Type.Integer(),
    priority: Type.Integer(),
    likely: Type.Integer(),
    new: Type.Integer(),
  }),
  /** When this person last looked, before this visit; null at the first visit. A visit ends after an hour of silence. */
  last_visit: Nullable(Instant),
  data_as_of: Type.Optional(Nullable(Instant)),
});
export type Today = Static<typeof Today>;
