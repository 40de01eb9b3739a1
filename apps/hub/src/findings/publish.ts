import { createHash } from 'node:crypto';
import type { ClientBase } from 'pg';
import type { CentralSchema, ImageRef } from '@pratique/stackrox';
import { FindingDictionaries } from './dictionary.ts';
import {
  compareScans,
  recordImageChanges,
  recordWorkloads,
  workloadsOf,
  type ImageChange,
  type Workload,
} from './history.ts';
import { encodePart, type FindingException, type Inventory } from './inventory.ts';
import { listOf, type KnownExceptions } from './known-exceptions.ts';
import type { ReaderSession } from './reader-session.ts';
import { decodeSegment } from './segment.ts';
import type { SourceSize } from './shrinkage.ts';
import {
  findingsChannel,
  inTransaction,
  noteVersion,
  nothingRead,
  readDictionaryChunks,
  readSourceState,
} from './store.ts';

/** Everything a poll has read and found believable. */
export interface Publication {
  readonly inventory: Inventory;
  readonly exceptions: KnownExceptions;
  readonly schema: CentralSchema;
  readonly size: SourceSize;
  readonly refs: readonly ImageRef[];
  /** When the poll began: the age of the data. */
  readonly startedAt: Date;
}

interface Part {
  readonly name: 'inventory' | 'exceptions';
  readonly hash: string;
  /** Made only where it is to be stored. */
  readonly value: () => Inventory | readonly FindingException[];
}

/**
 * Makes what was read the new version, in one transaction: segments, small tables, history and state appear together or not at all.
 * Returns the version, or null when nothing differs from the last one (then only the age of the data moves).
 */
export async function publish(
  client: ClientBase,
  session: ReaderSession,
  publication: Publication,
): Promise<number | null> {
  const { inventory, exceptions } = publication;
  const parts: readonly Part[] = [
    { name: 'inventory', hash: hashOf(withoutMoments(inventory)), value: () => inventory },
    { name: 'exceptions', hash: exceptions.hash, value: () => listOf(exceptions) },
  ];
  const workloads = workloadsOf(inventory);
  const version = await inTransaction(client, 'begin isolation level repeatable read', async () => {
    const changedParts = await partsThatDiffer(client, session.source, parts);
    const newEpoch = session.state !== null && session.state.epoch !== session.epoch;
    const isNew = newEpoch || session.staged.size > 0 || changedParts.length > 0 || (session.state?.version ?? 0) === 0;
    const next = (session.state?.version ?? 0) + (isNew ? 1 : 0);
    if (isNew) {
      await recordHistory(client, session, { at: publication.startedAt, workloads });
      await moveStaged(client, session, publication.refs, next);
      // The moments of the inventory make no version, but a version takes them along.
      const stored = new Set([parts[0]!, ...changedParts]);
      await storeParts(client, session.source, { parts: [...stored], version: next });
    }
    await storeState(client, session, { publication, version: next });
    if (isNew) {
      await noteVersion(client, session.source, next);
      await client.query('select pg_notify($1, $2)', [findingsChannel, `${session.source}:${next}`]);
    }
    return isNew ? next : null;
  });
  await settle(client, session, publication);
  session.workloads = version === null ? session.workloads : workloads;
  return version;
}

function hashOf(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex');
}

/**
 * An inventory without the moments Central moves all the time: the last sign of life of a cluster (kept with the state of the source) and
 * when it last touched an image. Either would make every poll of a quiet fleet a new version.
 */
function withoutMoments({ clusters, images, ...rest }: Inventory): unknown {
  return {
    ...rest,
    clusters: clusters.map(({ lastContact: _moves, ...cluster }) => cluster),
    images: images.map(({ updated: _moves, ...image }) => image),
  };
}

async function partsThatDiffer(client: ClientBase, source: string, parts: readonly Part[]): Promise<readonly Part[]> {
  const { rows } = await client.query<{ name: string; hash: string }>(
    'select name, hash from findings_parts where source = $1',
    [source],
  );
  const stored = new Map(rows.map(({ name, hash }) => [name, hash]));
  return parts.filter(({ name, hash }) => stored.get(name) !== hash);
}

async function storeParts(
  client: ClientBase,
  source: string,
  { parts, version }: { readonly parts: readonly Part[]; readonly version: number },
): Promise<void> {
  for (const { name, hash, value } of parts) {
    await client.query(
      `insert into findings_parts (source, name, version, hash, bytes) values ($1, $2, $3, $4, $5)
       on conflict (source, name) do update set version = excluded.version, hash = excluded.hash, bytes = excluded.bytes`,
      [source, name, version, hash, encodePart(value())],
    );
  }
}

async function recordHistory(
  client: ClientBase,
  session: ReaderSession,
  { at, workloads }: { readonly at: Date; readonly workloads: ReadonlyMap<string, Workload> },
): Promise<void> {
  const { source } = session;
  await recordImageChanges(client, { source, at, changes: await changedScans(client, session) });
  await recordWorkloads(client, { source, at, present: workloads, before: session.workloads });
}

/** Scans compared at once; about a megabyte of segments. */
const scansPerComparison = 200;

/** Scans of images known before, compared with their successors. Those of an older epoch are read by the numbers of that one. */
async function changedScans(client: ClientBase, session: ReaderSession): Promise<ImageChange[]> {
  const { source, epoch, dictionaries } = session;
  const before = session.state?.epoch ?? epoch;
  const old = before === epoch ? dictionaries : await dictionariesOf(client, source, before);
  const changes: ImageChange[] = [];
  let last = '';
  for (;;) {
    const { rows } = await client.query<{ ref: string; before: Buffer; after: Buffer }>(
      `select ref, p.bytes as before, s.bytes as after
       from findings_segments_staged s join findings_segments p using (source, ref)
       where s.source = $1 and s.epoch = $2 and p.epoch = $3 and ref > $4 order by ref limit ${scansPerComparison}`,
      [source, epoch, before, last],
    );
    for (const { ref, before: gone, after } of rows) {
      const change = compareScans(ref, { before: cvesOf(old, gone), after: cvesOf(dictionaries, after) });
      changes.push(...(change === null ? [] : [change]));
    }
    if (rows.length < scansPerComparison) {
      return changes;
    }
    last = rows.at(-1)!.ref;
  }
}

async function dictionariesOf(client: ClientBase, source: string, epoch: number): Promise<FindingDictionaries> {
  const dictionaries = new FindingDictionaries();
  dictionaries.load(await readDictionaryChunks(client, source, epoch, nothingRead));
  return dictionaries;
}

function cvesOf(dictionaries: FindingDictionaries, bytes: Buffer): Set<string> {
  const cves = new Set(Array.from(decodeSegment(bytes).facts, (fact) => dictionaries.cveOfFact(fact)));
  return new Set([...cves].map((cve) => dictionaries.cveAt(cve)));
}

async function moveStaged(
  client: ClientBase,
  session: ReaderSession,
  refs: readonly ImageRef[],
  version: number,
): Promise<void> {
  const { source, epoch } = session;
  const live = refs.map(({ ref }) => ref);
  await client.query(
    `insert into findings_segments (source, ref, epoch, version, fingerprint, row_count, bytes)
     select source, ref, epoch, $3, fingerprint, row_count, bytes from findings_segments_staged
     where source = $1 and epoch = $2 and ref = any ($4::text[])
     on conflict (source, ref) do update set epoch = excluded.epoch, version = excluded.version,
       fingerprint = excluded.fingerprint, row_count = excluded.row_count, bytes = excluded.bytes`,
    [source, epoch, version, live],
  );
  await client.query('delete from findings_segments_staged where source = $1', [source]);
  await client.query(
    'delete from findings_segments where source = $1 and (epoch <> $2 or not (ref = any ($3::text[])))',
    [source, epoch, live],
  );
  await client.query('delete from findings_dictionary where source = $1 and epoch < $2', [source, epoch]);
}

async function storeState(
  client: ClientBase,
  session: ReaderSession,
  { publication, version }: { readonly publication: Publication; readonly version: number },
): Promise<void> {
  const { schema, startedAt } = publication;
  const { release, mode } = schema;
  await client.query(
    `insert into findings_state (source, epoch, version, data_as_of, last_poll_at, last_poll_outcome, problem, schema, counts,
       database_identity, exceptions_fingerprint, clusters)
     values ($1, $2, $3, $4, $4, $5, null, $6, $7, $8, $9, $10)
     on conflict (source) do update set epoch = excluded.epoch, version = excluded.version, data_as_of = excluded.data_as_of,
       last_poll_at = excluded.last_poll_at, last_poll_outcome = excluded.last_poll_outcome, problem = null, schema = excluded.schema,
       counts = excluded.counts, database_identity = excluded.database_identity, exceptions_fingerprint = excluded.exceptions_fingerprint,
       clusters = excluded.clusters`,
    [
      session.source,
      session.epoch,
      version,
      startedAt,
      version === session.state?.version ? 'unchanged' : 'updated',
      JSON.stringify({ release, mode, version: schema.version }),
      JSON.stringify(countsOf(session, publication)),
      String(schema.databaseOid),
      publication.exceptions.fingerprint,
      JSON.stringify(publication.inventory.clusters),
    ],
  );
}

function countsOf(session: ReaderSession, { inventory, size }: Publication): Record<string, number> {
  const facts = session.dictionaries.counts().fact;
  const sameEpoch = session.state?.epoch === session.epoch;
  return {
    clusters: inventory.clusters.length,
    namespaces: inventory.namespaces.length,
    deployments: size.deployments,
    images: size.images,
    images_not_scanned: inventory.images.filter((image) => image.ref === null || image.scanned === null).length,
    images_with_findings: size.imagesWithFindings,
    findings: size.findings,
    cves: session.dictionaries.counts().cve,
    facts,
    facts_at_start: (sameEpoch ? session.state?.counts['facts_at_start'] : undefined) ?? facts,
  };
}

/** Memory follows storage, once the commit is certain. */
async function settle(client: ClientBase, session: ReaderSession, publication: Publication): Promise<void> {
  const live = new Set(publication.refs.map(({ ref }) => ref));
  for (const [ref, segment] of session.staged) {
    session.segments.set(ref, segment);
  }
  session.staged.clear();
  session.exceptions = publication.exceptions;
  for (const ref of [...session.segments.keys()].filter((known) => !live.has(known))) {
    session.segments.delete(ref);
  }
  session.state = await readSourceState(client, session.source);
}
