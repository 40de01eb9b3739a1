import { AdmissionDecision } from '@pratique/hub/contract';
import { charactersOf } from './queue.ts';

/** Above this a decision is told without what was found in its images: the hub refuses reports of four megabytes. */
const maxCharacters = 512 * 1024;
const shortPaths = 4;

/**
 * A decision within the limits of the contract: longer texts end in an ellipsis, longer lists are cut. Names of images and what
 * registries answer can be of any length, and a report that breaks a limit would be refused whole.
 */
export function fitDecision(decision: AdmissionDecision): AdmissionDecision {
  const fitted = fit(limits, decision) as AdmissionDecision;
  if (charactersOf(fitted) <= maxCharacters) return fitted;
  const images = fitted.images.map((image) => ({ ...image, found: [], paths: image.paths.slice(0, shortPaths) }));
  return { ...fitted, images };
}

/** The parts of a JSON schema that limit sizes. */
interface Limits {
  readonly maxLength?: number;
  readonly maxItems?: number;
  readonly items?: Limits;
  readonly properties?: Readonly<Record<string, Limits>>;
  readonly anyOf?: readonly Limits[];
}

// The schema's own type knows too much for a walk over any of its parts.
const limits = AdmissionDecision as unknown as Limits;

function fit(part: Limits, value: unknown): unknown {
  if (typeof value === 'string') return cut(value, maxLengthOf(part));
  if (Array.isArray(value)) {
    return value.slice(0, part.maxItems).map((one: unknown) => (part.items ? fit(part.items, one) : one));
  }
  if (typeof value !== 'object' || value === null || part.properties === undefined) return value;
  // Only what the contract knows: nothing of a workload may leave the cluster by accident.
  return Object.fromEntries(
    Object.entries(part.properties).map(([key, inner]) => [key, fit(inner, (value as Record<string, unknown>)[key])]),
  );
}

function maxLengthOf({ maxLength, anyOf }: Limits): number {
  return maxLength ?? anyOf?.find((one) => one.maxLength !== undefined)?.maxLength ?? Infinity;
}

function cut(text: string, length: number): string {
  // Databases store neither NUL nor half a character.
  const whole = text.replaceAll('\u0000', '\uFFFD').toWellFormed();
  return whole.length <= length ? whole : `${whole.slice(0, length - 1).toWellFormed()}…`;
}
