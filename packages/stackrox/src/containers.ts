import type { Reading } from './connection.ts';
import type { ImageGeneration } from './image-ref.ts';
import type { CentralMode, CentralSchema } from './schema.ts';
import { integer, text } from './values.ts';

/** One container of a deployment and the one image row it stands for. */
export interface CentralContainer {
  readonly deploymentId: string;
  readonly index: number;
  /** As deployed; may end in `@sha256:…`. */
  readonly imageName: string;
  /** `sha256:…`, or `''` while unknown. */
  readonly digest: string;
  /** null: Central knows no such image (not scanned yet, or pruned). */
  readonly imageRef: string | null;
  readonly generation: ImageGeneration | null;
  /** 0 regular, 1 init container; null before 4.11. */
  readonly type: number | null;
}

/** Reads all containers with the image reference that counts under the schema's mode. */
export async function readContainers(reading: Reading, schema: CentralSchema): Promise<CentralContainer[]> {
  const containers: CentralContainer[] = [];
  await reading.each({ text: containersSql(schema) }, (row) => {
    const generation = row[5] === 1 || row[5] === 2 ? row[5] : null;
    containers.push({
      deploymentId: text(row[0]),
      index: integer(row[1]) ?? 0,
      imageName: text(row[2]),
      digest: text(row[3]),
      imageRef: generation === null ? null : text(row[4]),
      generation,
      type: integer(row[6]),
    });
  });
  return containers;
}

function containersSql(schema: CentralSchema): string {
  return `SELECT dc.deployments_id::text, dc.idx, dc.image_name_fullname, dc.image_id, i.ref, i.generation,
                 ${schema.columns.containerType ? 'dc.type' : 'NULL::int'}
            FROM public.deployments_containers dc
            LEFT JOIN (${referenceSql[schema.mode]}) i ON ${matchSql[schema.mode]}`;
}

/** How a container finds its line in the reference table below. */
const matchSql: Readonly<Record<CentralMode, string>> = {
  v1: 'i.ref = dc.image_id',
  v2: 'i.ref = dc.image_idv2',
  mixed: `i.digest = coalesce(dc.image_id, '') AND i.v2 = coalesce(dc.image_idv2, '')`,
};

/**
 * While Central migrates to V2 identities each image decides for itself: V2 where component rows of it
 * exist, else V1 where component rows exist, else whichever image row there is. Component rows decide
 * because Central first writes V2 rows of images it cannot pull with a scan time but empty; going by the
 * image row would make their findings vanish until the next scan. Probed once per distinct pair, not per
 * container: a side-car image stands in hundreds of them.
 */
const mixedSql = `
  SELECT p.digest, p.v2,
         CASE WHEN h2.x IS NOT NULL THEN p.v2 WHEN h1.x IS NOT NULL THEN p.digest ELSE coalesce(v2.id, v1.id) END AS ref,
         CASE WHEN h2.x IS NOT NULL THEN 2 WHEN h1.x IS NOT NULL THEN 1
              WHEN v2.id IS NOT NULL THEN 2 WHEN v1.id IS NOT NULL THEN 1 END AS generation
    FROM (SELECT DISTINCT coalesce(image_id, '') AS digest, coalesce(image_idv2, '') AS v2 FROM public.deployments_containers) p
    LEFT JOIN public.images_v2 v2 ON v2.id = nullif(p.v2, '')
    LEFT JOIN public.images v1 ON v1.id = nullif(p.digest, '')
    LEFT JOIN LATERAL (SELECT 1 AS x FROM public.image_component_v2 k WHERE k.imageidv2 = nullif(p.v2, '') LIMIT 1) h2 ON true
    LEFT JOIN LATERAL (SELECT 1 AS x FROM public.image_component_v2 k WHERE k.imageid = nullif(p.digest, '') LIMIT 1) h1 ON true`;

const referenceSql: Readonly<Record<CentralMode, string>> = {
  v1: `SELECT id AS ref, 1 AS generation FROM public.images WHERE id <> ''`,
  v2: `SELECT id AS ref, 2 AS generation FROM public.images_v2 WHERE id <> ''`,
  mixed: mixedSql,
};
