/** What gates report of their decisions, and what the desk shows of them. */
import Type, { type Static } from 'typebox';
import { Instant, Nullable, Page, paging, scopeFilter } from './primitives.ts';
import { admissionOutcomes, admissionStates } from './words.ts';

/** The most decisions one report may carry; a gate sends the rest in the next. */
export const decisionsPerReport = 500;

const text = (maxLength: number) => Type.String({ maxLength });
const name = (maxLength: number) => Type.String({ minLength: 1, maxLength });
const count = Type.Integer({ minimum: 0 });

/** What became of one image of a workload. */
export const ImageDecision = Type.Object({
  /** The image field as it stood in the workload. */
  image: text(1024),
  /** JSON pointers of the fields that name it. */
  paths: Type.Array(text(300), { maxItems: 64 }),
  verdict: Type.Enum(['accepted', 'refused', 'skipped']),
  /** Stable word of a refusal (`no_signature`, `wrong_key`, …) or of a skip (`child`, `unchanged`). */
  class: Nullable(text(64)),
  digest: Nullable(text(200)),
  rule: Nullable(text(512)),
  validator: Nullable(text(253)),
  validator_type: Nullable(text(32)),
  /** The sentence the deploying person got. */
  message: text(2048),
  next_step: text(2048),
  /** What was seen, in words. */
  found: Type.Array(text(1024), { maxItems: 32 }),
  wanted: text(1024),
  cache: Type.Enum(['miss', 'hit', 'none']),
});
export type ImageDecision = Static<typeof ImageDecision>;

/** One answered AdmissionReview. */
export const AdmissionDecision = Type.Object({
  /** `request.uid`: a decision reported twice is kept once. */
  uid: name(128),
  at: Instant,
  namespace: text(253),
  kind: text(64),
  name: text(253),
  operation: text(16),
  user: text(512),
  /** What the API server was told, after all modes. */
  allowed: Type.Boolean(),
  /** What it would have been told without detection mode, `podsOnly` and rules that only warn. */
  would_allow: Type.Boolean(),
  dry_run: Type.Boolean(),
  duration_ms: Type.Number({ minimum: 0 }),
  warnings: Type.Array(text(256), { maxItems: 32 }),
  images: Type.Array(ImageDecision, { maxItems: 256 }),
});
export type AdmissionDecision = Static<typeof AdmissionDecision>;

/**
 * `POST /api/admission/decisions`, with the API key of the cluster. Answers 202 and how many were new. A gate that decided nothing
 * reports all the same, so that silence means that it is away.
 */
export const AdmissionReport = Type.Object({
  cluster_name: name(255),
  gate: Type.Object({ instance: name(253), version: text(64), policy_hash: text(80) }),
  /** Decisions that had to be dropped since the last report because the hub was away too long. */
  dropped: Type.Integer({ minimum: 0, maximum: 1_000_000_000 }),
  decisions: Type.Array(AdmissionDecision, { maxItems: decisionsPerReport }),
});
export type AdmissionReport = Static<typeof AdmissionReport>;
export const AdmissionReportAnswer = Type.Object({ accepted: Type.Integer(), known: Type.Integer() });
export type AdmissionReportAnswer = Static<typeof AdmissionReportAnswer>;

/** `GET /api/admission/decisions`: the caller's namespaces only. */
export const AdmissionQuery = Type.Object({
  ...scopeFilter,
  ...paging,
  outcome: Type.Optional(Type.Enum(admissionOutcomes)),
  class: Type.Optional(text(64)),
  image: Type.Optional(text(300)),
  since: Type.Optional(Instant),
});
export type AdmissionQuery = Static<typeof AdmissionQuery>;
export const AdmissionEntry = Type.Object({
  ...AdmissionDecision.properties,
  outcome: Type.Enum(admissionOutcomes),
  cluster_name: Type.String(),
  policy_hash: Type.String(),
});
export type AdmissionEntry = Static<typeof AdmissionEntry>;

/** An image as lists name it, with why it was refused. */
export const ImagePreview = Type.Pick(ImageDecision, ['image', 'verdict', 'class', 'digest', 'validator', 'message']);
export type ImagePreview = Static<typeof ImagePreview>;

/** A decision without its evidence. */
export const AdmissionListItem = Type.Object({
  ...Type.Omit(AdmissionEntry, ['images', 'warnings']).properties,
  image_count: count,
  refused_count: count,
  /** The first few, refused ones before others. */
  images: Type.Array(ImagePreview),
});
export type AdmissionListItem = Static<typeof AdmissionListItem>;
export const AdmissionPage = Page(AdmissionListItem);
export type AdmissionPage = Static<typeof AdmissionPage>;

/** `GET /api/admission/decisions/{uid}`: `in` names the cluster where the same request was seen in several. */
export const AdmissionDetailQuery = Type.Object({ in: Type.Optional(text(255)) });
export type AdmissionDetailQuery = Static<typeof AdmissionDetailQuery>;
export const AdmissionDetail = Type.Object({
  ...AdmissionEntry.properties,
  /** Digests of its images that have a page of their own, because they run within the caller's reach. */
  known_images: Type.Array(Type.String()),
});
export type AdmissionDetail = Static<typeof AdmissionDetail>;

/** What a cluster's gates said lately. Without a report nothing is known of its workloads, which is not "nothing was refused". */
export const AdmissionCluster = Type.Object({
  cluster_name: Type.String(),
  state: Type.Enum(admissionStates),
  last_report_at: Nullable(Instant),
  /** Gates heard from lately. */
  gates: count,
  /** Decisions the gates had to drop unreported in the time of the summary. */
  dropped: count,
});
export type AdmissionCluster = Static<typeof AdmissionCluster>;

const outcomeCounts = { allowed: count, refused: count, would_refuse: count };

/** `GET /api/admission/summary`: the last 24 hours of the caller's namespaces. */
export const AdmissionSummary = Type.Object({
  /** The worst of the clusters that have a gate; `never_reported` only where none has one. */
  state: Type.Enum(admissionStates),
  since: Instant,
  ...outcomeCounts,
  clusters: Type.Array(AdmissionCluster),
  /** Those with most refusals first; at most 50. */
  namespaces: Type.Array(Type.Object({ namespace: Type.String(), cluster_name: Type.String(), ...outcomeCounts })),
});
export type AdmissionSummary = Static<typeof AdmissionSummary>;
