import type { ClientBase } from 'pg';
import {
  detectSchema,
  readFingerprints,
  readImageFindings,
  readInventory,
  type Central,
  type CentralMode,
  type CentralSchema,
  type ImageRef,
} from '@pratique/stackrox';
import { findingOfCentral, inventoryOfCentral } from './from-central.ts';
import type { Inventory } from './inventory.ts';
import { exceptionsNow } from './known-exceptions.ts';
import { publish, type Publication } from './publish.ts';
import { stageSegments, sizeOfState, type ReaderSession, type SegmentToStage } from './reader-session.ts';
import { encodeSegment } from './segment.ts';
import { judgeSize, type SourceSize } from './shrinkage.ts';
import type { SourceProblem } from './store.ts';

/** What a poll needs, besides what the session remembers. */
export interface PollOptions {
  readonly central: Central;
  readonly client: ClientBase;
  readonly session: ReaderSession;
  readonly force?: CentralMode | undefined;
  readonly maxShrinkPercent: number;
  readonly now: () => Date;
  /** Ends a long reading early; what was staged stays. */
  readonly signal?: AbortSignal | undefined;
  /** Told how far the reading of images is; for logs and progress displays. */
  readonly onProgress?: ((progress: { readonly read: number; readonly total: number }) => void) | undefined;
}

/** How a poll ended. A refusal keeps the last version and says why. */
export type PollOutcome =
  | { readonly kind: 'published'; readonly version: number; readonly imagesRead: number }
  | { readonly kind: 'unchanged'; readonly version: number }
  | { readonly kind: 'refused'; readonly problem: SourceProblem };

/** Images read at once: about a third of what the reading library would take, to keep the heap of the first poll small. */
const readBatch = 80;
/** Images in one transaction towards the application database; about half a megabyte of segments. */
const stageBatch = 100;
/** Each hour this share of the images is read again whatever their fingerprint, so that nothing is overlooked for longer than a day. */
const sweepParts = 24;

/**
 * One poll: small tables whole, images by fingerprint, only changed images read, then published as one new version.
 * @throws Fault of the StackRox package when Central cannot be read; nothing is published then.
 */
export async function pollOnce(options: PollOptions): Promise<PollOutcome> {
  const { central, session } = options;
  const startedAt = options.now();
  const schema = await detectSchema(central, options.force === undefined ? {} : { force: options.force });
  distrustOtherDatabase(session, schema);
  const inventory = inventoryOfCentral(await readInventory(central, schema));
  const previous = sizeOfState(session.state);
  const early = judgeSize(
    previous,
    { ...findingsOf(previous), ...countInventory(inventory) },
    options.maxShrinkPercent,
  );
  if (early !== null) {
    return { kind: 'refused', problem: early };
  }
  const refs = refsOf(inventory);
  const fingerprints = await readFingerprints(central, schema, refs);
  const changed = refs.filter(({ ref }) => mustRead(session, ref, fingerprints.get(ref), startedAt));
  await readChanged({ ...options, schema, changed, fingerprints });
  const size = sizeAfter(session, inventory, refs);
  const late = judgeSize(previous, size, options.maxShrinkPercent);
  if (late !== null) {
    return { kind: 'refused', problem: late };
  }
  const exceptions = await exceptionsNow({ central, schema, known: session.exceptions, changed, now: startedAt });
  const publication: Publication = { inventory, exceptions, schema, size, refs, startedAt };
  const version = await publish(options.client, session, publication);
  return version === null
    ? { kind: 'unchanged', version: session.state?.version ?? 0 }
    : { kind: 'published', version, imagesRead: changed.length };
}

/** After a restore the same fingerprint may stand for other rows: everything is read again. */
function distrustOtherDatabase(session: ReaderSession, schema: CentralSchema): void {
  const last = session.state?.databaseIdentity ?? null;
  if (last !== null && last !== String(schema.databaseOid)) {
    session.staged.clear();
    session.exceptions = null;
    for (const [ref, { rows }] of session.segments) {
      session.segments.set(ref, { fingerprint: '', rows });
    }
  }
}

function countInventory(inventory: Inventory): Pick<SourceSize, 'deployments' | 'images'> {
  return {
    deployments: inventory.deployments.length,
    images: inventory.images.filter((image) => image.ref !== null).length,
  };
}

/** Before any image is read only the small tables can be judged: findings count as unchanged. */
function findingsOf(previous: SourceSize | null): Pick<SourceSize, 'findings' | 'imagesWithFindings'> {
  return { findings: previous?.findings ?? 0, imagesWithFindings: previous?.imagesWithFindings ?? 0 };
}

/** The segment keys of everything deployed, each once. */
function refsOf(inventory: Inventory): ImageRef[] {
  const refs = new Map<string, ImageRef>();
  for (const { ref, generation } of inventory.images) {
    if (ref !== null && generation !== null) {
      refs.set(ref, { ref, generation });
    }
  }
  return [...refs.values()];
}

function mustRead(session: ReaderSession, ref: string, fingerprint: string | undefined, at: Date): boolean {
  const staged = session.staged.get(ref);
  if (staged !== undefined && staged.fingerprint === fingerprint) {
    return false;
  }
  const known = session.segments.get(ref);
  return known === undefined || known.fingerprint !== fingerprint || isSwept(session, ref, at);
}

function isSwept(session: ReaderSession, ref: string, at: Date): boolean {
  const hour = Math.floor(at.getTime() / 3_600_000);
  return session.sweptHour !== hour && session.sweptHour !== null && hashOf(ref) % sweepParts === hour % sweepParts;
}

function hashOf(text: string): number {
  let hash = 0;
  for (let at = 0; at < text.length; at += 1) {
    hash = (Math.imul(hash, 31) + text.charCodeAt(at)) >>> 0;
  }
  return hash;
}

interface ReadChangedOptions extends PollOptions {
  readonly schema: CentralSchema;
  readonly changed: readonly ImageRef[];
  readonly fingerprints: ReadonlyMap<string, string>;
}

/** Reads the changed images and stages them in batches, so that a reader that dies half-way loses at most one batch. */
async function readChanged(options: ReadChangedOptions): Promise<void> {
  const { session, changed, client, fingerprints } = options;
  session.sweptHour = Math.floor(options.now().getTime() / 3_600_000);
  let batch: SegmentToStage[] = [];
  let read = 0;
  for await (const image of readImageFindings(options.central, options.schema, changed, { batchSize: readBatch })) {
    read += 1;
    if (image.image === 'gone') {
      continue;
    }
    const segment = session.dictionaries.segmentOf(image.rows.map(findingOfCentral));
    const fingerprint = fingerprints.get(image.ref) ?? '';
    batch.push({ ref: image.ref, fingerprint, rows: segment.facts.length, bytes: encodeSegment(segment) });
    if (batch.length === stageBatch) {
      await stageSegments(client, session, batch);
      batch = [];
      options.onProgress?.({ read, total: changed.length });
      options.signal?.throwIfAborted();
    }
  }
  if (batch.length > 0) {
    await stageSegments(client, session, batch);
  }
  if (read > 0) {
    options.onProgress?.({ read, total: changed.length });
  }
}

function sizeAfter(session: ReaderSession, inventory: Inventory, refs: readonly ImageRef[]): SourceSize {
  let findings = 0;
  let imagesWithFindings = 0;
  for (const { ref } of refs) {
    const rows = (session.staged.get(ref) ?? session.segments.get(ref))?.rows ?? 0;
    findings += rows;
    imagesWithFindings += Number(rows > 0);
  }
  return { ...countInventory(inventory), findings, imagesWithFindings };
}
