/** The state of the data behind every answer: how old, from where, and what is wrong with it. */
import Type, { type Static } from 'typebox';
import { Instant, Nullable } from './primitives.ts';
import { sourceStates } from './words.ts';

/** `GET /api/source` */
export const SourceStatus = Type.Object({
  state: Type.Enum(sourceStates),
  data_as_of: Nullable(Instant),
  version: Type.Integer(),
  last_poll_at: Nullable(Instant),
  last_poll_outcome: Nullable(Type.String({ description: 'updated, unchanged, or the code of what went wrong' })),
  problem: Nullable(Type.Object({ code: Type.String(), message: Type.String(), hint: Type.String() })),
  schema: Nullable(Type.Object({ release: Type.String(), mode: Type.String(), version: Nullable(Type.String()) })),
  counts: Type.Object({
    clusters: Type.Integer(),
    namespaces: Type.Integer(),
    deployments: Type.Integer(),
    images: Type.Integer(),
    findings: Type.Integer(),
    cves: Type.Integer(),
    images_not_scanned: Type.Integer(),
  }),
  clusters: Type.Array(
    Type.Object({ name: Type.String(), health: Nullable(Type.Integer()), last_contact: Nullable(Instant) }),
  ),
  kev_catalog: Nullable(Type.Object({ version: Type.String(), released: Type.String(), entries: Type.Integer() })),
  epss_feed: Nullable(
    Type.Object({
      model_version: Nullable(Type.String()),
      score_date: Nullable(Type.String()),
      entries: Type.Integer(),
    }),
  ),
});
export type SourceStatus = Static<typeof SourceStatus>;

/** `GET /api/version` */
export const VersionInfo = Type.Object({
  version: Type.String(),
  commit: Nullable(Type.String()),
  app_schema: Nullable(Type.String()),
  rhacs_schema: Nullable(Type.String()),
  dev_mode: Type.Boolean(),
});
export type VersionInfo = Static<typeof VersionInfo>;

/** One look of the elected reader at the source, as `GET /api/source/polls` lists them (security team), newest first, at most 100. */
export const SourcePoll = Type.Object({
  at: Instant,
  outcome: Type.String({ description: 'published, unchanged, or the code of what went wrong' }),
  milliseconds: Type.Integer(),
  images_read: Type.Integer(),
  version: Type.Integer(),
  message: Nullable(Type.String()),
});
export type SourcePoll = Static<typeof SourcePoll>;
