/** Whether a pattern is for an image, and how exactly (PAT-2 to PAT-4). */
import { spellings } from '../image/spellings.ts';
import type { CanonicalImage } from '../image/canonical-image.ts';
import { fits, readGlob } from './glob.ts';
import type { Alternative, Glob } from './glob.ts';

/** How exactly a pattern names an image; compared member by member, larger is more exact. */
export interface Exactness {
  /** Components of the pattern as written. */
  readonly parts: number;
  /** Per component, how many characters it shares with the image from the left. */
  readonly shared: readonly number[];
  /** Per component, its length. */
  readonly lengths: readonly number[];
}

/** How patterns are compared with images. */
export type PatternMatching = 'anchored' | 'legacy';

/** A pattern prepared for many images. */
export interface Matcher {
  /** @returns how exactly it names the image, undefined where it does not match */
  match(image: CanonicalImage): Exactness | undefined;
}

/**
 * Prepares a pattern.
 *
 * @returns undefined where the pattern cannot be read, which loading a configuration has refused before
 */
export function matcherOf(pattern: string, matching: PatternMatching): Matcher | undefined {
  const read = readGlob(matching === 'legacy' ? unanchored(pattern) : pattern);
  if (read.state === 'invalid') return undefined;
  const written = pattern.split('/');
  const names = matching === 'legacy' ? legacyNames : anchoredNames;
  return {
    match(image) {
      const found = names(read.glob, image).map((name) => exactnessOf(written, name));
      return found.reduce<Exactness | undefined>(
        (best, one) => (best === undefined || compareExactness(one, best) > 0 ? one : best),
        undefined,
      );
    },
  };
}

/** Positive where the first is more exact, 0 where both are equally exact. Total: never undecided. */
export function compareExactness(one: Exactness, other: Exactness): number {
  return one.parts - other.parts || compareLists(one.shared, other.shared) || compareLists(one.lengths, other.lengths);
}

/** PAT-2: a part of the name is enough. */
function unanchored(pattern: string): string {
  return `${pattern.startsWith('*') ? '' : '*'}${pattern}${pattern.endsWith('*') ? '' : '*'}`;
}

function legacyNames({ alternatives }: Glob, { name }: CanonicalImage): readonly string[] {
  return alternatives.some((alternative) => fits(alternative, name)) ? [name] : [];
}

/** PAT-3: the spellings that fit whole, or up to where their tag or digest begins. */
function anchoredNames({ alternatives }: Glob, image: CanonicalImage): readonly string[] {
  return spellings(image).filter((spelling) =>
    alternatives.some((alternative) =>
      beginnings(alternative, image, spelling).some((text) => fits(alternative, text)),
    ),
  );
}

/**
 * What of a spelling may be compared: all of it, and without what the pattern does not speak of. Tag and digest are cut off by
 * their known lengths, never by looking for a colon: that of a port would cut `reg.lan:5000/app` down to `reg.lan`.
 */
function beginnings(pattern: Alternative, { tag, digest }: CanonicalImage, spelling: string): readonly string[] {
  if (pattern.carriesDigest) return [spelling];
  const withoutDigest = digest === undefined ? spelling : spelling.slice(0, -(digest.length + 1));
  if (pattern.carriesTag || tag === undefined) return [spelling, withoutDigest];
  return [spelling, withoutDigest, withoutDigest.slice(0, -(tag.length + 1))];
}

function exactnessOf(written: readonly string[], name: string): Exactness {
  const parts = name.split('/');
  return {
    parts: written.length,
    // A pattern may have more components than the image; those share nothing (PAT-6).
    shared: written.map((component, index) => sharedLength(component, parts[index] ?? '')),
    lengths: written.map(({ length }) => length),
  };
}

function sharedLength(one: string, other: string): number {
  let length = 0;
  while (length < one.length && one[length] === other[length]) length += 1;
  return length;
}

function compareLists(one: readonly number[], other: readonly number[]): number {
  const index = one.findIndex((value, at) => value !== other[at]);
  return index === -1 ? 0 : (one[index] ?? 0) - (other[index] ?? 0);
}
