import type { Reading } from './connection.ts';
import { byGeneration, generationNames } from './image-ref.ts';
import type { ImageGeneration, ImageRef } from './image-ref.ts';
import type { CentralSchema } from './schema.ts';
import { epochSeconds, epochSql, integer, score, text } from './values.ts';

/** What Central knows about one image, the same shape for both generations. Moments are epoch seconds. */
export interface CentralImage extends ImageRef {
  readonly digest: string;
  /**
   * The name Central keeps. Generation 1 keeps one per digest even where several are deployed: show the
   * container's.
   */
  readonly fullName: string;
  readonly registry: string;
  readonly remote: string;
  readonly tag: string;
  readonly created: number | null;
  readonly user: string;
  /** null: never scanned. Show "not scanned", not "no CVEs". */
  readonly scanTime: number | null;
  readonly os: string;
  readonly lastUpdated: number | null;
  readonly riskScore: number;
  readonly topCvss: number;
  readonly componentCount: number;
}

/** Reads the metadata of the images named; those that are gone are left out. */
export async function readImages(
  reading: Reading,
  schema: CentralSchema,
  refs: Iterable<ImageRef>,
): Promise<CentralImage[]> {
  const images: CentralImage[] = [];
  for (const [generation, ids] of byGeneration(refs, schema)) {
    await reading.each({ text: imagesSql(generation), values: [ids] }, (row) => images.push(toImage(generation, row)));
  }
  return images;
}

function imagesSql(generation: ImageGeneration): string {
  const [digest, components] = generation === 1 ? ['i.id', 'i.components'] : ['i.digest', 'i.scanstats_componentcount'];
  return `SELECT i.id, ${digest}, i.name_fullname, i.name_registry, i.name_remote, i.name_tag, ${epochSql('i.metadata_v1_created')},
                 i.metadata_v1_user, ${epochSql('i.scan_scantime')}, i.scan_operatingsystem, ${epochSql('i.lastupdated')},
                 i.riskscore::float8, i.topcvss::real, ${components}
            FROM unnest($1::text[]) u(id) JOIN ${generationNames(generation).images} i ON i.id = u.id`;
}

function toImage(generation: ImageGeneration, row: readonly unknown[]): CentralImage {
  return {
    ref: text(row[0]),
    generation,
    digest: text(row[1]),
    fullName: text(row[2]),
    registry: text(row[3]),
    remote: text(row[4]),
    tag: text(row[5]),
    created: epochSeconds(row[6]),
    user: text(row[7]),
    scanTime: epochSeconds(row[8]),
    os: text(row[9]),
    lastUpdated: epochSeconds(row[10]),
    riskScore: score(row[11]),
    topCvss: score(row[12]),
    componentCount: integer(row[13]) ?? 0,
  };
}
