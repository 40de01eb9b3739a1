/** Whether a pattern is for an image, and how exactly (PAT-2 to PAT-4). */
import { spellings } from '../image/spellings.ts';
import type { CanonicalImage } from '../image/canonical-image.ts';
import { fits, readGlob, run } from './glob.ts';
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
  const read = readGlob(pattern);
  if (read.state === 'invalid') return undefined;
  const written = pattern.split('/');
  const names = matching === 'legacy' ? legacyNames : anchoredNames;
  const glob = matching === 'legacy' ? unanchored(read.glob) : read.glob;
  return {
    match(image) {
      let best: Exactness | undefined;
      for (const name of names(glob, image)) {
        const exactness = exactnessOf(written, name);
        if (best === undefined || compareExactness(exactness, best) > 0) best = exactness;
      }
      return best;
    },
  };
}

/** Positive where the first is more exact, 0 where both are equally exact. Total: never undecided. */
export function compareExactness(one: Exactness, other: Exactness): number {
  return one.parts - other.parts || compareLists(one.shared, other.shared) || compareLists(one.lengths, other.lengths);
}

/** PAT-2: a part of the name is enough. */
function unanchored({ text, alternatives }: Glob): Glob {
  const before = text.startsWith('*') ? [] : [run];
  const after = text.endsWith('*') ? [] : [run];
  return {
    text,
    alternatives: alternatives.map((one) => ({ ...one, tokens: [...before, ...one.tokens, ...after] })),
  };
}

function legacyNames({ alternatives }: Glob, { name }: CanonicalImage): readonly string[] {
  return alternatives.some((alternative) => fits(alternative, name)) ? [name] : [];
}

/** PAT-3: the spellings that fit whole, or up to where their tag or digest begins. */
function anchoredNames({ alternatives }: Glob, image: CanonicalImage): readonly string[] {
  return formsOf(image)
    .filter((forms) => alternatives.some((one) => beginnings(one, forms).some((text) => fits(one, text))))
    .map(({ whole }) => whole);
}

/** A spelling, and what of it patterns may be compared with that do not speak of digest or tag. */
interface Forms {
  readonly whole: string;
  readonly any: readonly string[];
  readonly noDigest: readonly string[];
  readonly noTag: readonly string[];
}

function beginnings({ carriesDigest, carriesTag }: Alternative, forms: Forms): readonly string[] {
  return carriesDigest ? forms.any : carriesTag ? forms.noDigest : forms.noTag;
}

// The same for every rule an image is compared with.
const known = new WeakMap<CanonicalImage, readonly Forms[]>();

/**
 * Tag and digest are cut off by their known lengths, never by looking for a colon: that of a port would cut `reg.lan:5000/app`
 * down to `reg.lan`.
 */
function formsOf(image: CanonicalImage): readonly Forms[] {
  const kept = known.get(image);
  if (kept !== undefined) return kept;
  const { tag, digest } = image;
  const made = spellings(image).map((whole) => {
    const withoutDigest = digest === undefined ? whole : whole.slice(0, -(digest.length + 1));
    const withoutTag = tag === undefined ? withoutDigest : withoutDigest.slice(0, -(tag.length + 1));
    const [any, noDigest, noTag] = [[whole], [whole, withoutDigest], [whole, withoutDigest, withoutTag]];
    return { whole, any: [...any], noDigest: [...new Set(noDigest)], noTag: [...new Set(noTag)] };
  });
  known.set(image, made);
  return made;
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
