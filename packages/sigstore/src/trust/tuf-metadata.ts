/** Kept metadata of The Update Framework, checked again without the network and by a clock that is passed in. */
import { Readable } from 'node:stream';
import { Metadata, MetadataKind } from '@tufjs/models';
import type { Root, Snapshot, Targets, Timestamp } from '@tufjs/models';
import { excerpt } from '@pratique/runtime/fault';
import { sigstoreFault } from '../errors.ts';
import { readKept } from './tuf-cache.ts';
import type { MirrorFolder } from './tuf-cache.ts';

/** A role as it is kept. */
export interface RoleState {
  readonly version: number;
  readonly expires: Date;
}

/** A file the kept metadata vouches for. */
export interface KeptTarget {
  readonly content: Uint8Array;
  /** The earliest end among the four roles. */
  readonly expires: Date;
}

/**
 * A root that its own keys signed.
 *
 * @throws Fault `trust-root-invalid`
 */
export function parseRoot(bytes: Uint8Array): Metadata<Root> {
  try {
    const root = Metadata.fromJSON(MetadataKind.Root, jsonOf(bytes));
    root.verifyDelegate(MetadataKind.Root, root);
    return root;
  } catch (cause) {
    throw sigstoreFault({
      code: 'trust-root-invalid',
      message: `The root of the trust repository cannot be used: ${wordsOf(cause)}.`,
      hint: 'Get the root metadata (root.json) again from the operator of the repository, by a way you trust.',
      cause,
    });
  }
}

/**
 * A file that is kept, if the kept metadata is complete, signed and vouches for it. Expiry is told, not judged.
 *
 * @returns undefined where something is absent or does not fit together
 */
export async function keptTarget(folder: MirrorFolder, name: string): Promise<KeptTarget | undefined> {
  const roles = await keptRoles(folder);
  const content = await readKept(folder, `targets/${encodeURIComponent(name)}`);
  const file = roles?.targets.signed.targets[name];
  if (roles === undefined || content === undefined || file === undefined) return undefined;
  try {
    await file.verify(Readable.from([content]));
  } catch {
    return undefined;
  }
  const ends = Object.values(roles).map((role) => expiryOf(role).getTime());
  return { content, expires: new Date(Math.min(...ends)) };
}

/** The four roles as they are kept, by name; undefined where they do not fit together. */
export async function keptState(folder: MirrorFolder): Promise<Readonly<Record<keyof Roles, RoleState>> | undefined> {
  const roles = await keptRoles(folder);
  if (roles === undefined) return undefined;
  const state = (role: Roles[keyof Roles]): RoleState => ({ version: role.signed.version, expires: expiryOf(role) });
  const { root, timestamp, snapshot, targets } = roles;
  return { root: state(root), timestamp: state(timestamp), snapshot: state(snapshot), targets: state(targets) };
}

/** The names the repository vouches for, without those it delegates. */
export async function keptNames(folder: MirrorFolder): Promise<readonly string[]> {
  const roles = await keptRoles(folder);
  return Object.keys(roles?.targets.signed.targets ?? {});
}

interface Roles {
  readonly root: Metadata<Root>;
  readonly timestamp: Metadata<Timestamp>;
  readonly snapshot: Metadata<Snapshot>;
  readonly targets: Metadata<Targets>;
}

async function keptRoles(folder: MirrorFolder): Promise<Roles | undefined> {
  const [root, timestamp, snapshot, targets] = await Promise.all(
    ['root.json', 'timestamp.json', 'snapshot.json', 'targets.json'].map((name) => readKept(folder, name)),
  );
  if (root === undefined || timestamp === undefined || snapshot === undefined || targets === undefined)
    return undefined;
  try {
    return checkedRoles({
      root: Metadata.fromJSON(MetadataKind.Root, jsonOf(root)),
      timestamp: Metadata.fromJSON(MetadataKind.Timestamp, jsonOf(timestamp)),
      snapshot: Metadata.fromJSON(MetadataKind.Snapshot, jsonOf(snapshot)),
      targets: Metadata.fromJSON(MetadataKind.Targets, jsonOf(targets)),
    });
  } catch {
    return undefined;
  }
}

/** Signatures and versions along the chain root, timestamp, snapshot, targets (specification section 5). */
function checkedRoles(roles: Roles): Roles | undefined {
  const { root, timestamp, snapshot, targets } = roles;
  root.verifyDelegate(MetadataKind.Root, root);
  root.verifyDelegate(MetadataKind.Timestamp, timestamp);
  root.verifyDelegate(MetadataKind.Snapshot, snapshot);
  root.verifyDelegate(MetadataKind.Targets, targets);
  const fits =
    timestamp.signed.snapshotMeta.version === snapshot.signed.version &&
    snapshot.signed.meta['targets.json']?.version === targets.signed.version;
  return fits ? roles : undefined;
}

/** When the metadata stops counting. */
function expiryOf(role: Roles[keyof Roles]): Date {
  return new Date(role.signed.expires);
}

/** Size and depth are limited by who reads the bytes: a file of ours, or an answer within the client's limits. */
function jsonOf(bytes: Uint8Array): Parameters<typeof Metadata.fromJSON>[1] {
  return JSON.parse(Buffer.from(bytes).toString('utf8')) as Parameters<typeof Metadata.fromJSON>[1];
}

/** Words of the update client, cut to a safe length. */
export function wordsOf(error: unknown): string {
  return excerpt(error instanceof Error ? error.message : String(error), 200).replace(/\.$/u, '');
}
