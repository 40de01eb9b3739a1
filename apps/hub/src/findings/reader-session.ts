import type { ClientBase } from 'pg';
import { FindingDictionaries } from './dictionary.ts';
import type { Workload } from './history.ts';
import type { KnownExceptions } from './known-exceptions.ts';
import type { DictionaryName } from './layout.ts';
import type { SourceSize } from './shrinkage.ts';
import { nothingRead, readDictionaryChunks, readSourceState, type SourceState } from './store.ts';

/** What the reader knows of a stored segment without its bytes. */
export interface KnownSegment {
  readonly fingerprint: string;
  readonly rows: number;
}

/**
 * What an elected reader keeps between polls: the dictionaries it appends to and what is stored already. Rebuilt from storage whenever
 * anything failed half-way, so that memory never runs ahead of what was committed.
 */
export interface ReaderSession {
  readonly source: string;
  readonly epoch: number;
  /** As last committed; replaced after each poll. */
  state: SourceState | null;
  readonly dictionaries: FindingDictionaries;
  /** Last run stored, by dictionary. */
  readonly lastSeq: Record<DictionaryName, number>;
  /** Published segments of this epoch. */
  readonly segments: Map<string, KnownSegment>;
  /** Segments read by a poll that has not been published yet, perhaps by a reader that died. */
  readonly staged: Map<string, KnownSegment>;
  /** The hour (since the epoch) whose share of images was read again last; null before the first poll. */
  sweptHour: number | null;
  /** As last published; null before the first poll. */
  exceptions: KnownExceptions | null;
  /** What ran where as last published, by key; null before the first poll. */
  workloads: ReadonlyMap<string, Workload> | null;
}

/** Reads back what the last reader left. `nextEpoch` starts dictionaries afresh, beside the published ones. */
export async function openSession(client: ClientBase, source: string, nextEpoch = false): Promise<ReaderSession> {
  const state = await readSourceState(client, source);
  const epoch = (state?.epoch ?? 1) + (nextEpoch ? 1 : 0);
  const lastSeq: Record<DictionaryName, number> = { ...nothingRead };
  const chunks = await readDictionaryChunks(client, source, epoch, lastSeq);
  const dictionaries = new FindingDictionaries();
  dictionaries.load(chunks);
  for (const chunk of chunks) {
    lastSeq[chunk.name] = Math.max(lastSeq[chunk.name], chunk.seq);
  }
  return {
    source,
    epoch,
    state,
    dictionaries,
    lastSeq,
    segments: await knownSegments(client, 'findings_segments', source, epoch),
    staged: await knownSegments(client, 'findings_segments_staged', source, epoch),
    sweptHour: null,
    exceptions: null,
    workloads: null,
  };
}

async function knownSegments(
  client: ClientBase,
  table: 'findings_segments' | 'findings_segments_staged',
  source: string,
  epoch: number,
): Promise<Map<string, KnownSegment>> {
  const { rows } = await client.query<{ ref: string; fingerprint: string; row_count: number }>(
    `select ref, fingerprint, row_count from ${table} where source = $1 and epoch = $2`,
    [source, epoch],
  );
  return new Map(rows.map(({ ref, fingerprint, row_count }) => [ref, { fingerprint, rows: row_count }]));
}

/** A segment ready to be stored. */
export interface SegmentToStage {
  readonly ref: string;
  readonly fingerprint: string;
  readonly rows: number;
  readonly bytes: Buffer;
}

/** Stores new dictionary runs and segments together: no segment is ever stored without the words it is written in. */
export async function stageSegments(
  client: ClientBase,
  session: ReaderSession,
  segments: readonly SegmentToStage[],
): Promise<void> {
  await client.query('begin');
  try {
    for (const chunk of session.dictionaries.takeNewChunks()) {
      session.lastSeq[chunk.name] += 1;
      await client.query(
        'insert into findings_dictionary (source, epoch, name, seq, bytes) values ($1, $2, $3, $4, $5)',
        [session.source, session.epoch, chunk.name, session.lastSeq[chunk.name], chunk.bytes],
      );
    }
    await client.query(
      `insert into findings_segments_staged (source, ref, epoch, version, fingerprint, row_count, bytes)
       select $1, u.ref, $2, 0, u.fingerprint, u.rows, u.bytes
       from unnest($3::text[], $4::text[], $5::int[], $6::bytea[]) u(ref, fingerprint, rows, bytes)
       on conflict (source, ref) do update set epoch = excluded.epoch, fingerprint = excluded.fingerprint,
         row_count = excluded.row_count, bytes = excluded.bytes`,
      [
        session.source,
        session.epoch,
        segments.map(({ ref }) => ref),
        segments.map(({ fingerprint }) => fingerprint),
        segments.map(({ rows }) => rows),
        segments.map(({ bytes }) => bytes),
      ],
    );
    await client.query('commit');
  } catch (error) {
    await client.query('rollback').catch(() => undefined);
    throw error;
  }
  segments.forEach(({ ref, fingerprint, rows }) => session.staged.set(ref, { fingerprint, rows }));
}

/** What a published state says of the size of its source; null before the first version. */
export function sizeOfState(state: SourceState | null): SourceSize | null {
  if (state === null || state.version === 0) {
    return null;
  }
  const { deployments = 0, images = 0, findings = 0, images_with_findings = 0 } = state.counts;
  return { deployments, images, findings, imagesWithFindings: images_with_findings };
}
