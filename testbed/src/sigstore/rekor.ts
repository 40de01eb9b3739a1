/**
 * A transparency log that answers as Rekor does with API 1: promise, time and proof, hex where Rekor has hex. Two
 * trees make one log, as in production: the index of the log is not the index in the tree.
 */
import { randomBytes } from 'node:crypto';
import Type from 'typebox';
import { Value } from 'typebox/value';
import { checkpoint } from './checkpoint.ts';
import { jsonAnswer, refusal } from './http.ts';
import type { Answer, Ask } from './http.ts';
import { signWith } from './keys.ts';
import type { ServiceKey } from './keys.ts';
import { Refused, canonical, canonicalEntry } from './log-entries.ts';
import { auditPath, leafHash, treeHead } from './merkle.ts';

const entriesPath = '/api/v1/log/entries';
/** Entries of an older tree that this log does not serve any more. */
const older = 1000;

const retrieval = Type.Object({
  entries: Type.Optional(Type.Array(Type.Unknown(), { maxItems: 10 })),
  entryUUIDs: Type.Optional(Type.Array(Type.String(), { maxItems: 10 })),
  logIndexes: Type.Optional(Type.Array(Type.Integer(), { maxItems: 10 })),
});

/** What the log works with. */
export interface RekorParts {
  readonly key: ServiceKey;
  /** Host name in checkpoints. */
  readonly host: string;
  readonly now: () => Date;
}

interface Kept {
  readonly uuid: string;
  readonly body: Buffer;
  /** Seconds. */
  readonly integratedTime: number;
}

interface Log extends RekorParts {
  readonly treeId: bigint;
  readonly kept: Kept[];
}

/** The handler of a new, empty log. */
export function rekor(parts: RekorParts): (ask: Ask) => Answer {
  const log: Log = { ...parts, treeId: randomBytes(8).readBigUInt64BE() / 2n, kept: [] };
  return (ask) => {
    try {
      return route(log, ask);
    } catch (error) {
      if (error instanceof Refused || error instanceof SyntaxError) return refusal(400, error.message);
      throw error;
    }
  };
}

function route(log: Log, ask: Ask): Answer {
  if (ask.method === 'POST' && ask.path === entriesPath) return add(log, JSON.parse(ask.body.toString()));
  if (ask.method === 'POST' && ask.path === `${entriesPath}/retrieve`) return retrieve(log, ask.body);
  if (ask.method !== 'GET') return refusal(405, 'method not allowed');
  if (ask.path === '/api/v1/log/publicKey') {
    return { status: 200, type: 'application/x-pem-file', body: log.key.pem };
  }
  if (ask.path === '/api/v1/log') return jsonAnswer(200, state(log));
  if (ask.path === entriesPath) return found(log, at(log, Number(ask.query.get('logIndex'))));
  if (ask.path.startsWith(`${entriesPath}/`)) return found(log, named(log, ask.path.slice(entriesPath.length + 1)));
  return refusal(404, 'not found');
}

function add(log: Log, proposal: unknown): Answer {
  const body = canonicalEntry(proposal);
  const uuid = uuidOf(log, body);
  const location = { location: `${entriesPath}/${uuid}`, etag: uuid };
  if (named(log, uuid) !== undefined) {
    return jsonAnswer(409, { code: 409, message: `an equivalent entry already exists with UUID ${uuid}` }, location);
  }
  log.kept.push({ uuid, body, integratedTime: Math.floor(log.now().getTime() / 1000) });
  return jsonAnswer(201, present(log, log.kept.length - 1), location);
}

function retrieve(log: Log, bytes: Buffer): Answer {
  const wanted = Value.Parse(retrieval, JSON.parse(bytes.toString()));
  const uuids = [
    ...(wanted.entryUUIDs ?? []),
    ...(wanted.entries ?? []).map((one) => uuidOf(log, canonicalEntry(one))),
  ];
  const indexes = [
    ...uuids.map((uuid) => named(log, uuid)),
    ...(wanted.logIndexes ?? []).map((index) => at(log, index)),
  ];
  const known = indexes.filter((index) => index !== undefined);
  return jsonAnswer(
    200,
    known.map((index) => present(log, index)),
  );
}

function found(log: Log, index: number | undefined): Answer {
  return index === undefined ? refusal(404, 'entry not found') : jsonAnswer(200, present(log, index));
}

function present(log: Log, index: number): object {
  const { uuid, body, integratedTime } = log.kept[index] as Kept;
  const leaves = log.kept.map((one) => leafHash(one.body));
  const promised = {
    ...{ body: body.toString('base64'), integratedTime },
    ...{ logID: log.key.id.toString('hex'), logIndex: index + older },
  };
  const inclusionProof = {
    checkpoint: head(log, leaves),
    hashes: auditPath(leaves, index).map((one) => one.toString('hex')),
    ...{ logIndex: index, rootHash: treeHead(leaves).toString('hex'), treeSize: leaves.length },
  };
  const signedEntryTimestamp = signWith(log.key, canonical(promised)).toString('base64');
  return { [uuid]: { ...promised, verification: { inclusionProof, signedEntryTimestamp } } };
}

function state(log: Log): object {
  const leaves = log.kept.map((one) => leafHash(one.body));
  return {
    ...{ rootHash: treeHead(leaves).toString('hex'), treeSize: leaves.length },
    ...{ signedTreeHead: head(log, leaves), treeID: String(log.treeId), inactiveShards: [] },
  };
}

function head(log: Log, leaves: readonly Buffer[]): string {
  const origin = `${log.host} - ${log.treeId}`;
  return checkpoint(log.key, { origin, signer: log.host, size: leaves.length, root: treeHead(leaves) });
}

function uuidOf(log: Log, body: Buffer): string {
  return log.treeId.toString(16).padStart(16, '0') + leafHash(body).toString('hex');
}

/** The short form without the tree is accepted too. */
function named(log: Log, uuid: string): number | undefined {
  const index = log.kept.findIndex((one) => one.uuid === uuid || one.uuid.slice(16) === uuid);
  return index < 0 ? undefined : index;
}

function at(log: Log, logIndex: number): number | undefined {
  return log.kept[logIndex - older] === undefined ? undefined : logIndex - older;
}
