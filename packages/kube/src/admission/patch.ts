/** Changing image fields of a workload (RFC 6902; ADM-8, ADM-9, ADM-13). */

/** One operation of RFC 6902. */
export type PatchOperation =
  | { readonly op: 'test'; readonly path: string; readonly value: unknown }
  | { readonly op: 'replace'; readonly path: string; readonly value: unknown };

/** A field that is to become something else. */
export interface Replacement {
  /** JSON pointer. */
  readonly path: string;
  readonly from: string;
  readonly to: string;
}

/**
 * The patch for some fields, sorted by path. Each replacement is preceded by a test of the old value: where another webhook has
 * changed the field meanwhile, the patch fails instead of putting back what nobody asked for.
 */
export function imagePatch(replacements: readonly Replacement[]): readonly PatchOperation[] {
  const sorted = replacements.toSorted((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
  return sorted.flatMap(({ path, from, to }): readonly PatchOperation[] => [
    { op: 'test', path, value: from },
    { op: 'replace', path, value: to },
  ]);
}
