import { isFault } from '@pratique/runtime/fault';
import type { Central } from './connection.ts';
import { batches, byGeneration, generationNames } from './image-ref.ts';
import type { ImageGeneration, ImageRef } from './image-ref.ts';
import type { CentralSchema } from './schema.ts';
import { limits } from './limits.ts';
import { epochSql } from './values.ts';

/** What an approved exception made of a CVE in an image. Everything not listed is observed. */
export interface ExceptionState extends ImageRef {
  readonly cve: string;
  readonly state: 'deferred' | 'false-positive';
}

/**
 * A text that changes whenever an exception was asked for, approved, changed, withdrawn or expired; null
 * where `vulnerability_requests` is missing or not granted, which means: read {@link readExceptions} each
 * time. Central rewrites the CVE rows shortly after the decision, so read once more on the poll that
 * follows a change.
 */
export async function readExceptionsFingerprint(central: Central, schema: CentralSchema): Promise<string | null> {
  if (!schema.columns.exceptions) return null;
  try {
    const rows = await central.read<unknown[]>({
      text: `SELECT status, expired, count(*)::int, max(${epochSql('lastupdated')})
               FROM public.vulnerability_requests GROUP BY status, expired ORDER BY status, expired`,
      rowMode: 'array',
    });
    return JSON.stringify(rows);
  } catch (error) {
    if (isFault(error, 'stackrox-permission-denied')) return null;
    throw error;
  }
}

/**
 * Reads the set of (image, CVE) that an exception covers: the whole of it by the index on `state`, deployed or not, or, where `refs` are
 * given, what covers these images.
 */
export async function readExceptions(
  central: Central,
  schema: CentralSchema,
  refs?: Iterable<ImageRef>,
): Promise<ExceptionState[]> {
  return central.snapshot({ bulk: true }, async (reading) => {
    const states: ExceptionState[] = [];
    for (const { generation, ids } of refs === undefined ? everything(schema) : chosen(refs, schema)) {
      await reading.each({ text: statesSql(generation, ids), values: ids === null ? [] : [ids] }, (row) => {
        states.push({
          ref: String(row[0]),
          generation,
          cve: String(row[1]),
          state: row[2] === 1 ? 'deferred' : 'false-positive',
        });
      });
    }
    return states;
  });
}

interface Choice {
  readonly generation: ImageGeneration;
  /** Null: all of that generation. */
  readonly ids: readonly string[] | null;
}

function everything(schema: CentralSchema): readonly Choice[] {
  const generations: readonly ImageGeneration[] = schema.mode === 'v1' ? [1] : schema.mode === 'v2' ? [2] : [1, 2];
  return generations.map((generation) => ({ generation, ids: null }));
}

function chosen(refs: Iterable<ImageRef>, schema: CentralSchema): readonly Choice[] {
  return byGeneration(refs, schema).flatMap(([generation, ids]) =>
    [...batches(ids, limits.probeBatch)].map((batch) => ({ generation, ids: batch })),
  );
}

/**
 * Central writes the same state to all rows of a CVE in an image; should they ever differ, the milder
 * reading counts.
 */
function statesSql(generation: ImageGeneration, ids: Choice['ids']): string {
  const { owner } = generationNames(generation);
  return `SELECT c.${owner}, c.cvebaseinfo_cve, min(c.state) FROM public.image_cves_v2 c
           WHERE c.state IN (1, 2) AND c.${owner} IS NOT NULL AND c.cvebaseinfo_cve <> ''
             ${ids === null ? '' : `AND c.${owner} = ANY ($1::text[])`} GROUP BY 1, 2`;
}
