import { Value } from 'typebox/value';
import { ImageDecision, type AdmissionDecision, type ImagePreview } from '@pratique/hub/contract';

/** A decision as its row holds it, but for what is the same for a whole report. */
export interface DecisionRow {
  readonly uid: string;
  readonly at: string;
  readonly namespace: string;
  readonly kind: string;
  readonly name: string;
  readonly operation: string;
  readonly user_name: string;
  readonly allowed: boolean;
  readonly would_allow: boolean;
  readonly dry_run: boolean;
  readonly duration_ms: number;
  readonly classes: readonly string[];
  readonly image_count: number;
  readonly refused_count: number;
  readonly preview: readonly ImagePreview[];
  readonly search: string;
  readonly warnings: readonly string[];
  readonly images: readonly ImageDecision[];
}

const previewedImages = 3;
const previewedCharacters = 300;
/** Oldest instant that is believed, in milliseconds before the report: a gate waits hours for its hub, not months. */
const oldestMs = 7 * 86_400_000;

/** The row of a reported decision. `now`: epoch milliseconds of the report. */
export function rowOf(decision: AdmissionDecision, now: number): DecisionRow {
  const { user, at, warnings, images: reported, ...facts } = storable(decision);
  const images = reported.map((image) => Value.Clean(ImageDecision, image) as ImageDecision);
  const refused = images.filter(({ verdict }) => verdict === 'refused');
  return {
    uid: facts.uid,
    at: plausibleInstant(at, now),
    namespace: facts.namespace,
    kind: facts.kind,
    name: facts.name,
    operation: facts.operation,
    user_name: user,
    allowed: facts.allowed,
    would_allow: facts.would_allow,
    dry_run: facts.dry_run,
    duration_ms: Math.min(facts.duration_ms, 1e9),
    classes: [...new Set(images.flatMap((image) => image.class ?? []))],
    image_count: images.length,
    refused_count: refused.length,
    preview: [...refused, ...images.filter((image) => !refused.includes(image))].slice(0, previewedImages).map(preview),
    search: images
      .flatMap(({ image, digest }) => [image, digest ?? ''])
      .join('\n')
      .toLowerCase(),
    warnings,
    images,
  };
}

function preview({ image, verdict, class: word, digest, validator, message }: ImageDecision): ImagePreview {
  const short =
    message.length > previewedCharacters ? `${message.slice(0, previewedCharacters)}…`.toWellFormed() : message;
  return { image, verdict, class: word, digest, validator, message: short };
}

/** The clock of a cluster may be wrong; what it says must neither stand above all others for years nor be unstorable. */
function plausibleInstant(at: string, now: number): string {
  const stated = Date.parse(at);
  const believed = Number.isNaN(stated) ? now : Math.min(Math.max(stated, now - oldestMs), now);
  return new Date(believed).toISOString();
}

/** PostgreSQL stores neither NUL nor half a character, and one such text must not keep a whole report out. */
function storable<T>(value: T): T {
  if (typeof value === 'string') return value.replaceAll('\u0000', '\uFFFD').toWellFormed() as T;
  if (Array.isArray(value)) return value.map((one: unknown) => storable(one)) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, storable(one as unknown)])) as T;
}
