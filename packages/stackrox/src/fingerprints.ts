import { isFault } from '@pratique/runtime/fault';
import type { Central } from './connection.ts';
import { batches, byGeneration, generationNames } from './image-ref.ts';
import type { ImageGeneration, ImageRef } from './image-ref.ts';
import { limits } from './limits.ts';
import type { CentralSchema } from './schema.ts';
import { epochSql } from './values.ts';

/**
 * For each image a short text that changes when its scan result is written anew, keyed by reference.
 *
 * All CVE rows of an image are written by one transaction, so the `xmin` of one of them stands for all
 * (`x…`). It needs SELECT on the whole table; where that is refused, the scan time stands in (`t…`), which
 * moves less precisely. An image without CVE rows is told by its scan time (`s…`: scanned and clean), by
 * its absence of one (`u`: never scanned), or is gone (`g`).
 *
 * An exception rewrites single rows and may or may not move the fingerprint; exceptions have their own, see
 * `exceptions.ts`. The values of different databases (`databaseOid`) must not be compared.
 */
export async function readFingerprints(
  central: Central,
  schema: CentralSchema,
  refs: Iterable<ImageRef>,
): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  let sql = transactionSql;
  for (const [generation, ids] of byGeneration(refs, schema)) {
    for (const batch of batches(ids, limits.probeBatch)) {
      try {
        await probe(central, sql(generation), batch, found);
      } catch (error) {
        if (sql === scanTimeSql || !isFault(error, 'stackrox-permission-denied')) throw error;
        sql = scanTimeSql;
        await probe(central, sql(generation), batch, found);
      }
    }
  }
  return found;
}

async function probe(central: Central, sql: string, ids: readonly string[], found: Map<string, string>): Promise<void> {
  await central.snapshot({ bulk: true }, (reading) =>
    reading.each({ text: sql, values: [ids] }, (row) => {
      found.set(String(row[0]), String(row[1]));
    }),
  );
}

function transactionSql(generation: ImageGeneration): string {
  const { images, owner } = generationNames(generation);
  return `SELECT u.id, coalesce('x' || c.xmin::text, ${withoutRows('s')})
            FROM unnest($1::text[]) u(id)
            LEFT JOIN ${images} i ON i.id = u.id
            LEFT JOIN LATERAL (SELECT v.xmin FROM public.image_cves_v2 v WHERE v.${owner} = u.id LIMIT 1) c ON true`;
}

function scanTimeSql(generation: ImageGeneration): string {
  return `SELECT u.id, ${withoutRows('t')} FROM unnest($1::text[]) u(id) LEFT JOIN ${generationNames(generation).images} i ON i.id = u.id`;
}

function withoutRows(prefix: string): string {
  return `CASE WHEN i.id IS NULL THEN 'g' WHEN i.scan_scantime IS NULL THEN 'u' ELSE '${prefix}' || ${epochSql('i.scan_scantime')}::text END`;
}
