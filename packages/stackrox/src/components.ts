import type { Reading } from './connection.ts';
import { generationNames } from './image-ref.ts';
import type { ImageGeneration } from './image-ref.ts';
import type { CentralSchema } from './schema.ts';
import { integer, text } from './values.ts';

/** What a finding needs to know of the component it is in. */
export interface FindingComponent {
  readonly name: string;
  readonly version: string;
  readonly os: string;
  readonly location: string;
  readonly source: number;
  readonly layerType: number | null;
}

/** The components of a batch of images. */
export interface ComponentIndex {
  /**
   * The component of the image at `ordinal` (from 1) with the shortened id; an empty one when there is
   * none.
   */
  find(ordinal: number, shortId: unknown): FindingComponent;
}

const none: FindingComponent = { name: '', version: '', os: '', location: '', source: 0, layerType: null };

/**
 * Reads the components of a batch in one statement. Component ids end in `#<image id>`; that end is cut off
 * on the server, since it is most of the id and the same for all rows of an image.
 */
export async function componentReader(
  reading: Reading,
  batch: { readonly schema: CentralSchema; readonly generation: ImageGeneration; readonly ids: readonly string[] },
): Promise<ComponentIndex> {
  const byImage = batch.ids.map(() => new Map<string, FindingComponent>());
  await reading.each({ text: componentsSql(batch.schema, batch.generation), values: [batch.ids] }, (row) => {
    byImage[Number(row[0]) - 1]?.set(text(row[1]), {
      name: text(row[2]),
      version: text(row[3]),
      os: text(row[4]),
      location: text(row[5]),
      source: integer(row[6]) ?? 0,
      layerType: integer(row[7]),
    });
  });
  return {
    find: (ordinal, shortId) => (typeof shortId === 'string' ? byImage[ordinal - 1]?.get(shortId) : undefined) ?? none,
  };
}

function componentsSql(schema: CentralSchema, generation: ImageGeneration): string {
  return `SELECT u.ord::int, left(k.id, -length(u.id) - 1), k.name, k.version, k.operatingsystem, k.location, k.source,
                 ${schema.columns.layerType ? 'k.layertype' : 'NULL::int'}
            FROM unnest($1::text[]) WITH ORDINALITY u(id, ord)
            JOIN public.image_component_v2 k ON k.${generationNames(generation).owner} = u.id`;
}
