import { isFault } from '@pratique/runtime/fault';
import type { Central } from './connection.ts';
import { generationNames } from './image-ref.ts';
import type { ImageRef } from './image-ref.ts';
import { limits } from './limits.ts';
import type { CentralSchema } from './schema.ts';
import { integer, text } from './values.ts';

/** One instruction of an image's build history. */
export interface CentralLayer {
  readonly index: number;
  readonly instruction: string;
  /** May hold build arguments, and so secrets. */
  readonly value: string;
}

/**
 * The history, or why there is none: the role may not read it (the advised default), or this release does
 * not keep it.
 */
export type ImageLayers =
  | { readonly outcome: 'layers'; readonly layers: readonly CentralLayer[] }
  | { readonly outcome: 'not-granted' }
  | { readonly outcome: 'not-kept' };

/** Reads the build history of one image in order. */
export async function readImageLayers(central: Central, schema: CentralSchema, image: ImageRef): Promise<ImageLayers> {
  const { layers, layerOwner } = generationNames(image.generation);
  if (image.generation === 2 && !schema.columns.imageIdV2) return { outcome: 'not-kept' };
  const [table] = await central.read<{ granted: boolean }>({
    text: `SELECT has_table_privilege(c.oid, 'SELECT') OR has_any_column_privilege(c.oid, 'SELECT') AS granted
             FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname = 'public' AND c.relname = $1`,
    values: [layers],
  });
  if (table === undefined) return { outcome: 'not-kept' };
  if (!table.granted) return { outcome: 'not-granted' };
  try {
    const rows = await central.read<unknown[]>({
      text: `SELECT l.idx, l.instruction, left(l.value, ${limits.layerValueCharacters}) FROM public.${layers} l
              WHERE l.${layerOwner} = $1 ORDER BY l.idx LIMIT ${limits.layers}`,
      values: [image.ref],
      rowMode: 'array',
    });
    return {
      outcome: 'layers',
      layers: rows.map((row) => ({ index: integer(row[0]) ?? 0, instruction: text(row[1]), value: text(row[2]) })),
    };
  } catch (error) {
    // Only some of its columns may be granted.
    if (isFault(error, 'stackrox-permission-denied')) return { outcome: 'not-granted' };
    throw error;
  }
}
