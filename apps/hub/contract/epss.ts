/** What FIRST's feed says about the CVEs of a page: percentile, model and day, which Central does not tell. */
import Type, { type Static } from 'typebox';
import { Nullable } from './primitives.ts';

/** `GET /api/epss?cve=…&cve=…` */
export const EpssQuery = Type.Object({
  cve: Type.Array(Type.String({ minLength: 1, maxLength: 100 }), { minItems: 1, maxItems: 200 }),
});
export type EpssQuery = Static<typeof EpssQuery>;

/** One CVE the feed knows; those it does not know are left out, which is not a score of zero. */
export const EpssEntry = Type.Object({
  cve_id: Type.String(),
  probability: Type.Number(),
  percentile: Nullable(Type.Number()),
  model_version: Nullable(Type.String()),
  score_date: Nullable(Type.String()),
});
export type EpssEntry = Static<typeof EpssEntry>;
