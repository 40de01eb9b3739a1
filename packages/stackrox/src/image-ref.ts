import type { CentralSchema } from './schema.ts';

/** 1: an image is its digest. 2: an image is the pair of full name and digest. */
export type ImageGeneration = 1 | 2;

/** Which row of `images` (generation 1, the digest) or `images_v2` (generation 2, a UUID) is meant. */
export interface ImageRef {
  readonly ref: string;
  readonly generation: ImageGeneration;
}

/** Names of tables and columns of one generation; constants, safe to place into SQL. */
export interface GenerationNames {
  readonly images: 'public.images' | 'public.images_v2';
  /** The owner's column in `image_cves_v2` and `image_component_v2`. */
  readonly owner: 'imageid' | 'imageidv2';
  readonly layers: 'images_layers' | 'images_v2_layers';
  readonly layerOwner: 'images_id' | 'images_v2_id';
}

const names: Readonly<Record<ImageGeneration, GenerationNames>> = {
  1: { images: 'public.images', owner: 'imageid', layers: 'images_layers', layerOwner: 'images_id' },
  2: { images: 'public.images_v2', owner: 'imageidv2', layers: 'images_v2_layers', layerOwner: 'images_v2_id' },
};

/** The names of one generation. */
export function generationNames(generation: ImageGeneration): GenerationNames {
  return names[generation];
}

/**
 * The references of each generation that the schema can answer, each reference once. A v1 schema has no
 * rows of generation 2.
 */
export function byGeneration(
  refs: Iterable<ImageRef>,
  schema: CentralSchema,
): readonly (readonly [ImageGeneration, readonly string[]])[] {
  const split = { 1: new Set<string>(), 2: new Set<string>() };
  for (const { ref, generation } of refs) split[generation].add(ref);
  const result: [ImageGeneration, readonly string[]][] = [];
  if (split[1].size > 0) result.push([1, [...split[1]]]);
  if (split[2].size > 0 && schema.columns.imageIdV2) result.push([2, [...split[2]]]);
  return result;
}

/** `items` in pieces of at most `size`. */
export function* batches<Item>(items: readonly Item[], size: number): Generator<readonly Item[]> {
  for (let start = 0; start < items.length; start += size) yield items.slice(start, start + size);
}
