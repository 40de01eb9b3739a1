/** CVEs grouped by the image that carries them, and the page of one image. */
import Type, { type Static } from 'typebox';
import { AffectedDeployment, findingFilters } from './cves.ts';
import { Instant, Nullable, Page, scopeFilter, Severity } from './primitives.ts';
import type { imageSortKeys } from './words.ts';

export type ImageSortKey = (typeof imageSortKeys)[number];

/** `GET /api/cves/by-image`. With `page` or `page_size` the answer is a page, else a bare array of at most 5,000. */
export const ImageGroupQuery = Type.Object({
  ...findingFilters,
  image_name: Type.Optional(Type.String({ maxLength: 1024 })),
  page: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000_000 })),
  page_size: Type.Optional(Type.Integer({ minimum: 1, maximum: 200 })),
  sort_by: Type.String({ maxLength: 40, default: 'total_cves' }),
  sort_desc: Type.Boolean({ default: true }),
});
export type ImageGroupQuery = Static<typeof ImageGroupQuery>;

export const ImageCveGroup = Type.Object({
  image_name: Type.String(),
  image_id: Type.String(),
  total_cves: Type.Integer(),
  critical_cves: Type.Integer(),
  high_cves: Type.Integer(),
  medium_cves: Type.Integer(),
  low_cves: Type.Integer(),
  max_cvss: Type.Number(),
  max_epss: Type.Number(),
  fixable_cves: Type.Integer(),
  affected_deployments: Type.Integer(),
  namespaces: Type.Array(Type.String()),
  clusters: Type.Array(Type.String()),
});
export type ImageCveGroup = Static<typeof ImageCveGroup>;
export const ImageCveGroupPage = Page(ImageCveGroup);
export type ImageCveGroupPage = Static<typeof ImageCveGroupPage>;

/** `GET /api/cves/by-image/{image_id}/cves` */
export const ImageCvesQuery = Type.Object({ ...findingFilters, name: Type.Optional(Type.String({ maxLength: 1024 })) });
export type ImageCvesQuery = Static<typeof ImageCvesQuery>;

export const ImageCveDetail = Type.Object({
  cve_id: Type.String(),
  severity: Severity,
  cvss: Type.Number(),
  epss_probability: Type.Number(),
  impact_score: Type.Number(),
  fixable: Type.Boolean(),
  fixed_by: Nullable(Type.String()),
  affected_deployments: Type.Integer(),
  first_seen: Nullable(Instant),
  published_on: Nullable(Instant),
  kev: Type.Optional(Type.Boolean()),
  component_names: Type.Optional(Type.Array(Type.String())),
});
export type ImageCveDetail = Static<typeof ImageCveDetail>;

/** `GET /api/images/{image_id}`. One digest may run under several names: `name` chooses one of them. */
export const ImageDetailQuery = Type.Object({ ...scopeFilter, name: Type.Optional(Type.String({ maxLength: 1024 })) });
export type ImageDetailQuery = Static<typeof ImageDetailQuery>;

export const ImageLayer = Type.Object({ idx: Type.Integer(), instruction: Type.String(), value: Type.String() });

/** A component of an image that holds visible CVEs, and the layer it came with, as far as the source says. */
export const ImageComponent = Type.Object({
  component_name: Type.String(),
  component_version: Type.String(),
  layer: Nullable(Type.Union([Type.Literal('base'), Type.Literal('application')])),
  cve_count: Type.Integer(),
  worst_severity: Severity,
  fixed_by: Nullable(Type.String()),
});
export type ImageComponent = Static<typeof ImageComponent>;

/** What a later scan of the image changed, in numbers of CVEs. */
export const ImageChange = Type.Object({
  at: Instant,
  appeared: Type.Integer(),
  gone: Type.Integer(),
  returned: Type.Integer(),
});
export type ImageChange = Static<typeof ImageChange>;

export const ImageDetail = Type.Object({
  image_id: Type.String(),
  name_fullname: Type.String(),
  name_registry: Nullable(Type.String()),
  name_remote: Nullable(Type.String()),
  name_tag: Nullable(Type.String()),
  os: Nullable(Type.String()),
  created: Nullable(Instant),
  last_scanned: Nullable(Instant),
  last_updated: Nullable(Instant),
  docker_user: Nullable(Type.String()),
  risk_score: Type.Number(),
  top_cvss: Type.Number(),
  component_count: Type.Integer(),
  cve_count: Type.Integer(),
  fixable_cves: Type.Integer(),
  critical_cves: Type.Integer(),
  high_cves: Type.Integer(),
  medium_cves: Type.Integer(),
  low_cves: Type.Integer(),
  layers: Type.Array(ImageLayer),
  layers_state: Type.Union([
    Type.Literal('read'),
    Type.Literal('not_granted'),
    Type.Literal('not_kept'),
    Type.Literal('unavailable'),
  ]),
  scan_state: Type.Union([Type.Literal('scanned'), Type.Literal('not_scanned')]),
  cve_timeline: Type.Array(
    Type.Object({
      month: Type.String(),
      critical: Type.Integer(),
      important: Type.Integer(),
      moderate: Type.Integer(),
      low: Type.Integer(),
    }),
  ),
  cves: Type.Array(ImageCveDetail),
  other_names: Type.Optional(Type.Array(Type.String())),
  components: Type.Optional(Type.Array(ImageComponent)),
  deployments: Type.Optional(Type.Array(AffectedDeployment)),
  history: Type.Optional(Type.Array(ImageChange)),
  data_as_of: Type.Optional(Nullable(Instant)),
});
export type ImageDetail = Static<typeof ImageDetail>;
