import type { ClientBase } from 'pg';
import type { InventoryCluster } from './inventory.ts';
import type { DictionaryName } from './layout.ts';
import { dictionaries } from './layout.ts';

/** Channel on which a new version is announced; the payload is `source:version`. */
export const findingsChannel = 'pratique_findings';

/** The state of a source, as the reader last left it. */
export interface SourceState {
  readonly epoch: number;
  /** 0 while nothing has ever been published. */
  readonly version: number;
  readonly dataAsOf: Date | null;
  readonly lastPollAt: Date | null;
  readonly lastPollOutcome: string | null;
  readonly problem: SourceProblem | null;
  readonly schema: { readonly release: string; readonly mode: string; readonly version: string | null } | null;
  readonly counts: Readonly<Record<string, number>>;
  readonly clusters: readonly InventoryCluster[];
  readonly databaseIdentity: string | null;
  readonly exceptionsFingerprint: string | null;
}

/** Why the data is not newer than it is. */
export interface SourceProblem {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
}

interface StateRow {
  epoch: string;
  version: string;
  data_as_of: Date | null;
  last_poll_at: Date | null;
  last_poll_outcome: string | null;
  problem: SourceProblem | null;
  schema: SourceState['schema'];
  counts: Record<string, number>;
  clusters: InventoryCluster[];
  database_identity: string | null;
  exceptions_fingerprint: string | null;
}

/** Reads the state of a source; null before its first poll. */
export async function readSourceState(client: ClientBase, source: string): Promise<SourceState | null> {
  const { rows } = await client.query<StateRow>('select * from findings_state where source = $1', [source]);
  const row = rows[0];
  if (row === undefined) {
    return null;
  }
  return {
    epoch: Number(row.epoch),
    version: Number(row.version),
    dataAsOf: row.data_as_of,
    lastPollAt: row.last_poll_at,
    lastPollOutcome: row.last_poll_outcome,
    problem: row.problem,
    schema: row.schema,
    counts: row.counts,
    clusters: row.clusters,
    databaseIdentity: row.database_identity,
    exceptionsFingerprint: row.exceptions_fingerprint,
  };
}

/** Versions whose tokens are kept. A hub that is further behind loads everything anew. */
const notedVersions = 1_000;

/**
 * Gives a version a token of its own. Numbers come again when an older backup of the application database is restored;
 * what was loaded under a number then is not what it means now.
 */
export async function noteVersion(client: ClientBase, source: string, version: number): Promise<void> {
  await client.query(
    `insert into findings_versions (source, version) values ($1, $2)
     on conflict (source, version) do update set token = gen_random_uuid()`,
    [source, version],
  );
  await client.query('delete from findings_versions where source = $1 and (version <= $2 or version > $3)', [
    source,
    version - notedVersions,
    version,
  ]);
}

/** The token of a version; null for one nobody has noted. */
export async function readVersionToken(client: ClientBase, source: string, version: number): Promise<string | null> {
  const { rows } = await client.query<{ token: string }>(
    'select token from findings_versions where source = $1 and version = $2',
    [source, version],
  );
  return rows[0]?.token ?? null;
}

/** Before any run of any dictionary. */
export const nothingRead: Readonly<Record<DictionaryName, number>> = { cve: -1, text: -1, component: -1, fact: -1 };

/** A stored run of one dictionary. */
export interface StoredChunk {
  readonly name: DictionaryName;
  readonly seq: number;
  readonly bytes: Uint8Array;
}

/** The runs of all dictionaries of an epoch in stored order, from `afterSeq[name]` on. */
export async function readDictionaryChunks(
  client: ClientBase,
  source: string,
  epoch: number,
  afterSeq: Readonly<Record<DictionaryName, number>>,
): Promise<StoredChunk[]> {
  const chunks: StoredChunk[] = [];
  for (const name of dictionaries) {
    const rows = await readRows<[number, Buffer]>(client, {
      text: 'select seq, bytes from findings_dictionary where source = $1 and epoch = $2 and name = $3 and seq > $4 order by seq',
      values: [source, epoch, name, afterSeq[name]],
    });
    chunks.push(...rows.map(([seq, bytes]) => ({ name, seq, bytes })));
  }
  return chunks;
}

/** A stored segment as the loader needs it. */
export interface StoredSegment {
  readonly ref: string;
  readonly bytes: Uint8Array;
}

const segmentsPerRead = 500;

/** Every segment of the epoch changed after `afterVersion`, in batches. */
export async function* readSegments(
  client: ClientBase,
  source: string,
  epoch: number,
  afterVersion: number,
): AsyncGenerator<StoredSegment[]> {
  let lastRef = '';
  for (;;) {
    const rows = await readRows<[string, Buffer]>(client, {
      text: `select ref, bytes from findings_segments
        where source = $1 and epoch = $2 and version > $3 and ref > $4 order by ref limit ${segmentsPerRead}`,
      values: [source, epoch, afterVersion, lastRef],
    });
    if (rows.length === 0) {
      return;
    }
    yield rows.map(([ref, bytes]) => ({ ref, bytes }));
    lastRef = rows.at(-1)![0];
  }
}

/** A stored part (`inventory`, `exceptions`) if it is newer than `afterVersion`; else null. */
export async function readPart(
  client: ClientBase,
  source: string,
  name: string,
  afterVersion: number,
): Promise<{ readonly version: number; readonly hash: string; readonly bytes: Uint8Array } | null> {
  const { rows } = await client.query<{ version: string; hash: string; bytes: Buffer }>(
    'select version, hash, bytes from findings_parts where source = $1 and name = $2 and version > $3',
    [source, name, afterVersion],
  );
  const row = rows[0];
  return row === undefined ? null : { version: Number(row.version), hash: row.hash, bytes: row.bytes };
}

/** Rows as arrays: at hundreds of thousands of them property names would be most of the work. */
async function readRows<Row extends unknown[]>(
  client: ClientBase,
  statement: { readonly text: string; readonly values: readonly unknown[] },
): Promise<Row[]> {
  const result = await client.query<Row>({ text: statement.text, values: [...statement.values], rowMode: 'array' });
  return result.rows;
}

/** Runs `work` in one transaction: committed when it returns, rolled back when it throws. */
export async function inTransaction<T>(client: ClientBase, begin: string, work: () => Promise<T>): Promise<T> {
  await client.query(begin);
  try {
    const result = await work();
    await client.query('commit');
    return result;
  } catch (error) {
    await client.query('rollback').catch(() => undefined);
    throw error;
  }
}
