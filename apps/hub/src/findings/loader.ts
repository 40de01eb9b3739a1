import type { ClientBase } from 'pg';
import { buildSnapshot, segmentRefs, type SnapshotParts } from './build-snapshot.ts';
import { decodeExceptions, decodeInventory, type Inventory } from './inventory.ts';
import { componentWidth, factWidth, type DictionaryName } from './layout.ts';
import { alignedWords, decodeSegment, type Segment } from './segment.ts';
import type { Snapshot } from './snapshot.ts';
import {
  inTransaction,
  nothingRead,
  readDictionaryChunks,
  readPart,
  readSegments,
  readSourceState,
  readVersionToken,
  type SourceState,
  type StoredChunk,
} from './store.ts';
import { extendStringTable } from './string-table.ts';

/** What loading found: the state of the source, and a snapshot if there is a newer version than the last one loaded. */
export interface Loaded {
  readonly state: SourceState | null;
  readonly snapshot: Snapshot | null;
}

interface Kept {
  readonly epoch: number;
  readonly version: number;
  /** Null for a version nobody has noted. */
  readonly token: string | null;
  readonly lastSeq: Readonly<Record<DictionaryName, number>>;
  /** The newest one; what comes next is built upon its tables. */
  readonly snapshot: Snapshot;
  /** Windows into its rows, by key. */
  readonly segments: Map<string, Segment>;
}

/**
 * Loads published versions from the application database: the first whole, later ones by what changed. A snapshot never changes
 * once it is handed out; the next one is built from its rows and what is new, so that they are in memory once.
 */
export class SnapshotLoader {
  readonly #source: string;
  #kept: Kept | null = null;

  constructor(source: string) {
    this.#source = source;
  }

  /** Reads the state and, when it names a version not loaded yet, that version, at one moment of the database. */
  async load(client: ClientBase): Promise<Loaded> {
    return inTransaction(client, 'begin isolation level repeatable read read only', async () => {
      const state = await readSourceState(client, this.#source);
      if (state === null || state.version === 0) {
        return { state, snapshot: null };
      }
      const token = await readVersionToken(client, this.#source, state.version);
      if (this.#isLoaded(state, token)) {
        return { state, snapshot: null };
      }
      this.#kept = await this.#read(client, state, token);
      return { state, snapshot: this.#kept.snapshot };
    });
  }

  #isLoaded(state: SourceState, token: string | null): boolean {
    const kept = this.#kept;
    return kept?.epoch === state.epoch && kept.version === state.version && kept.token === token;
  }

  /** What is kept can be built upon unless an older backup was restored since, under whose numbers other things came. */
  async #base(client: ClientBase, { epoch, version }: SourceState): Promise<Kept | null> {
    const kept = this.#kept;
    if (kept?.epoch !== epoch || kept.version >= version) {
      return null;
    }
    return (await readVersionToken(client, this.#source, kept.version)) === kept.token ? kept : null;
  }

  async #read(client: ClientBase, state: SourceState, token: string | null): Promise<Kept> {
    const { epoch, version } = state;
    const base = await this.#base(client, state);
    const lastSeq = base?.lastSeq ?? nothingRead;
    const chunks = await readDictionaryChunks(client, this.#source, epoch, lastSeq);
    const inventory = await readPart(client, this.#source, 'inventory', 0);
    const exceptions = await readPart(client, this.#source, 'exceptions', 0);
    const segments = base?.segments ?? new Map<string, Segment>();
    for await (const batch of readSegments(client, this.#source, epoch, base?.version ?? 0)) {
      batch.forEach(({ ref, bytes }) => segments.set(ref, decodeSegment(ownBytes(bytes))));
    }
    const parts: SnapshotParts = {
      epoch,
      version,
      dataAsOf: state.dataAsOf?.getTime() ?? 0,
      base: base?.snapshot ?? null,
      cves: extendStringTable(base?.snapshot.cves ?? null, bytesOf(chunks, 'cve')),
      texts: extendStringTable(base?.snapshot.texts ?? null, bytesOf(chunks, 'text')),
      facts: wordsOf(bytesOf(chunks, 'fact'), factWidth),
      components: wordsOf(bytesOf(chunks, 'component'), componentWidth),
      segments,
      inventory: inventory === null ? emptyInventory : decodeInventory(inventory.bytes),
      exceptions: exceptions === null ? [] : decodeExceptions(exceptions.bytes),
    };
    forgetUndeployed(parts.inventory, segments);
    const snapshot = buildSnapshot(parts);
    keepRowsOf(snapshot, parts, segments);
    return { epoch, version, token, lastSeq: lastSeqOf(lastSeq, chunks), snapshot, segments };
  }
}

const emptyInventory: Inventory = { clusters: [], namespaces: [], deployments: [], images: [] };

function forgetUndeployed(inventory: Inventory, segments: Map<string, Segment>): void {
  const live = new Set(inventory.images.map((image) => image.ref));
  for (const ref of [...segments.keys()].filter((known) => !live.has(known))) {
    segments.delete(ref);
  }
}

/** From now on the segments are windows into the snapshot; the bytes they were read from can go. */
function keepRowsOf(snapshot: Snapshot, parts: SnapshotParts, segments: Map<string, Segment>): void {
  for (const [ref, segment] of segmentRefs(parts)) {
    const start = snapshot.segmentStart[segment]!;
    const end = snapshot.segmentStart[segment + 1]!;
    segments.set(ref, {
      os: snapshot.segmentOs[segment]!,
      facts: snapshot.rowFact.subarray(start, end),
      components: snapshot.rowComponent.subarray(start, end),
      firstSeen: snapshot.rowFirstSeen.subarray(start, end),
    });
  }
}

/** Bytes of their own: a slice of the driver's buffer would keep the whole network packet alive. */
function ownBytes(bytes: Uint8Array): Uint8Array {
  const own = new Uint8Array(bytes.byteLength);
  own.set(bytes);
  return own;
}

function bytesOf(chunks: readonly StoredChunk[], name: DictionaryName): Uint8Array[] {
  return chunks.filter((chunk) => chunk.name === name).map((chunk) => chunk.bytes);
}

function lastSeqOf(
  before: Readonly<Record<DictionaryName, number>>,
  chunks: readonly StoredChunk[],
): Record<DictionaryName, number> {
  const last = { ...before };
  for (const { name, seq } of chunks) {
    last[name] = Math.max(last[name], seq);
  }
  return last;
}

function wordsOf(chunks: readonly Uint8Array[], width: number): Uint32Array {
  const runs = chunks.map(alignedWords);
  const total = runs.reduce((sum, run) => sum + run.length, 0);
  const words = new Uint32Array(total - (total % width));
  let at = 0;
  for (const run of runs) {
    words.set(run, at);
    at += run.length;
  }
  return words;
}
