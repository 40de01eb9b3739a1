/**
 * Trust material from a repository of The Update Framework: chosen once (`initialize`), refreshed at most daily, and usable
 * without a network as long as what is kept has not expired.
 */
import { createHash } from 'node:crypto';
import { Fault } from '@pratique/runtime/fault';
import { sigstoreFault } from '../errors.ts';
import type { ServiceAccess } from '../sign/service-http.ts';
import {
  lastAbsence,
  lastRefresh,
  mirrorFolder,
  noteAbsence,
  readKept,
  rememberMirror,
  rememberedMirror,
  withWorkFolder,
} from './tuf-cache.ts';
import type { MirrorFolder } from './tuf-cache.ts';
import { keptNames, keptState, keptTarget, parseRoot } from './tuf-metadata.ts';
import type { RoleState } from './tuf-metadata.ts';
import { refresh } from './tuf-refresh.ts';
import { publicMirror, seedOf } from './tuf-seed.ts';

/** Files of a repository that signing and verifying use. */
export const trustTargets = {
  trustedRoot: 'trusted_root.json',
  signingConfig: 'signing_config.v0.2.json',
  signingConfigV2: 'signing_config_rekor_v2.v0.2.json',
} as const;

/** Where trust material is kept and whom to ask. */
export interface TrustRepository {
  /** Folder, made when it is missing. */
  readonly cache: string;
  /** The one `initialize` chose, else the public deployment, when left out. */
  readonly mirror?: string;
  readonly access: ServiceAccess;
  readonly now: () => Date;
}

/** What is wanted, and how far one may go for it. */
export interface TrustQuestion extends TrustRepository {
  readonly target: string;
  /**
   * `never`: no network. `daily`: at most once a day, hastily, and for an hour not again where nobody answered. `now`: in any
   * case, and with patience.
   */
  readonly refresh: 'never' | 'daily' | 'now';
  /** So many milliseconds after its expiry, kept material still counts. 0 when left out. */
  readonly grace?: number;
}

/** A file, and how much it is to be believed. */
export interface TrustFile {
  readonly content: Uint8Array;
  readonly mirror: string;
  /** `embedded`: as it was when this product was built. */
  readonly origin: 'repository' | 'cache' | 'embedded';
  /** When the metadata that vouches for it expires. */
  readonly expires: Date;
  /** For a person: what was not as it should be. */
  readonly warnings: readonly string[];
}

const hour = 60 * 60 * 1000;
const day = 24 * hour;

/**
 * A file of the repository. The network is used only when the question allows it and the last answer is a day old.
 * A repository that cannot be reached is replaced by what is kept or embedded, with a warning; one that answers with
 * something wrong is not.
 *
 * @throws Fault `trust-not-initialized`, `trust-repository-…`, `trust-target-missing`, `trust-cache-unusable`
 *
 * @example
 * const { content } = await trustFile({ cache, access, now, target: trustTargets.trustedRoot, refresh: 'daily' });
 */
export async function trustFile(question: TrustQuestion): Promise<TrustFile> {
  const folder = await folderOf(question);
  const kept = await keptTarget(folder, question.target);
  const isFresh = kept !== undefined && (await isRecent(folder, question.now())) && question.now() <= kept.expires;
  if (question.refresh === 'never' || (question.refresh === 'daily' && isFresh)) {
    return standIn(folder, question);
  }
  const absent = question.refresh === 'daily' ? await standInWhileAbsent(folder, question) : undefined;
  if (absent !== undefined) return absent;
  try {
    await refreshKept(folder, question);
  } catch (error) {
    if (!(error instanceof Fault) || !replaceable.has(error.code)) throw error;
    if (error.code === 'trust-repository-unreachable') await noteAbsence(folder, question.now());
    return standIn(folder, question, error);
  }
  return fromRepository(folder, question);
}

/** What is kept or embedded, where the repository did not answer within the last hour; undefined where it has to be asked. */
async function standInWhileAbsent(folder: MirrorFolder, question: TrustQuestion): Promise<TrustFile | undefined> {
  const since = await lastAbsence(folder);
  const age = since === undefined ? Number.NaN : question.now().getTime() - since.getTime();
  if (since === undefined || !(age >= 0 && age < hour)) return undefined;
  try {
    const found = await standIn(folder, question);
    const place = placeOf(found.origin);
    const note = `The trust repository at ${folder.mirror} did not answer at ${since.toISOString()} and is asked again an hour later. Using ${place}.`;
    return { ...found, warnings: [note, ...found.warnings] };
  } catch (error) {
    if (error instanceof Fault) return undefined;
    throw error;
  }
}

/** What makes kept material the better choice: nobody to ask, or no place to write the answer. */
const replaceable = new Set(['trust-repository-unreachable', 'trust-cache-unusable']);

/** What `initialize` takes. */
export interface TrustInitialization extends TrustRepository {
  /** Root metadata to begin with; that of the public deployment is known when left out. */
  readonly root?: Uint8Array;
  /** SHA-256 over {@link root} as the operator announced it, hex. */
  readonly rootChecksum?: string;
}

/** What is kept now. */
export interface TrustState {
  readonly mirror: string;
  readonly roles: Readonly<Record<string, RoleState>>;
  readonly targets: readonly string[];
}

/**
 * Chooses a mirror and the root to begin with, fetches everything, and remembers the choice. A failure leaves what was kept.
 *
 * @throws Fault `trust-root-invalid`, `trust-not-initialized`, `trust-repository-…`, `trust-cache-unusable`
 */
export async function initializeTrust(request: TrustInitialization): Promise<TrustState> {
  const { cache, access, now, mirror = publicMirror } = request;
  const root = request.root ?? seedOf(mirror)?.root;
  if (root === undefined) throw notInitialized(mirror);
  checkRoot(root, request.rootChecksum);
  const folder = mirrorFolder(cache, mirror);
  await withWorkFolder({
    ...{ folder, now, startWith: { 'root.json': root } },
    change: (work) => refresh({ mirror, folder: work, access, targets: Object.values(trustTargets) }),
    afterwards: () => rememberMirror(folder),
  });
  return trustState({ ...request, mirror });
}

/**
 * What is kept, without asking anybody.
 *
 * @throws Fault `trust-not-initialized` when nothing is, or nothing that fits together
 */
export async function trustState(repository: TrustRepository): Promise<TrustState> {
  const folder = await folderOf(repository);
  const roles = await keptState(folder);
  if (roles === undefined) throw notInitialized(folder.mirror);
  return { mirror: folder.mirror, roles, targets: await keptNames(folder) };
}

async function folderOf({ cache, mirror }: TrustRepository): Promise<MirrorFolder> {
  return mirrorFolder(cache, mirror ?? (await rememberedMirror(cache)) ?? publicMirror);
}

async function isRecent(folder: MirrorFolder, now: Date): Promise<boolean> {
  const last = await lastRefresh(folder);
  if (last === undefined) return false;
  const age = now.getTime() - last.getTime();
  return age >= 0 && age < day;
}

async function refreshKept(folder: MirrorFolder, question: TrustQuestion): Promise<void> {
  const { access, now, target } = question;
  const hasty = question.refresh === 'daily';
  const seed = seedOf(folder.mirror);
  const root = await keptRoot(folder);
  if (root === undefined && seed === undefined) throw notInitialized(folder.mirror);
  const startWith = root === undefined && seed !== undefined ? { 'root.json': seed.root } : undefined;
  const targets = [...new Set([...Object.values(trustTargets), target])];
  await withWorkFolder({
    ...{ folder, now, ...(startWith && { startWith }) },
    change: (work) => refresh({ mirror: folder.mirror, folder: work, access, targets, hasty }),
  });
}

/** The root to go on from. One that was damaged on the disk is as good as none: its successors cannot be checked. */
async function keptRoot(folder: MirrorFolder): Promise<Uint8Array | undefined> {
  const bytes = await readKept(folder, 'root.json');
  if (bytes === undefined) return undefined;
  try {
    parseRoot(bytes);
    return bytes;
  } catch {
    return undefined;
  }
}

async function fromRepository(folder: MirrorFolder, { target }: TrustQuestion): Promise<TrustFile> {
  const found = await keptTarget(folder, target);
  if (found === undefined) throw missing(folder.mirror, target);
  return { ...found, mirror: folder.mirror, origin: 'repository', warnings: [] };
}

/** Kept or embedded material, if it counts yet. `cause` is why the repository could not be asked, where it was to be. */
async function standIn(folder: MirrorFolder, question: TrustQuestion, cause?: Fault): Promise<TrustFile> {
  const { mirror } = folder;
  const candidates = await standIns(folder, question.target);
  const now = question.now();
  const found = candidates.find(({ expires }) => now.getTime() <= expires.getTime() + (question.grace ?? 0));
  if (found !== undefined) return { ...found, mirror, warnings: warningsFor({ ...found, mirror }, now, cause) };
  const [best] = candidates;
  if (cause?.code === 'trust-cache-unusable') throw cause;
  if (best !== undefined) throw expired(mirror, best.expires, cause);
  if (cause !== undefined) throw cause;
  const root = seedOf(mirror)?.root ?? (await keptRoot(folder));
  throw root === undefined ? notInitialized(mirror) : missing(mirror, question.target);
}

type StandIn = Pick<TrustFile, 'content' | 'expires' | 'origin'>;

/**
 * What is kept, and what this product was built with if its root is newer: keeping the network away must not bring back
 * keys that a later root took away.
 */
async function standIns(folder: MirrorFolder, target: string): Promise<readonly StandIn[]> {
  const kept = await keptTarget(folder, target);
  const seed = seedOf(folder.mirror);
  const content = seed?.targets[target];
  const fromCache: readonly StandIn[] = kept === undefined ? [] : [{ ...kept, origin: 'cache' }];
  if (seed === undefined || content === undefined) return fromCache;
  const { version, expires } = parseRoot(seed.root).signed;
  const root = await keptRoot(folder);
  if (root !== undefined && kept !== undefined && parseRoot(root).signed.version >= version) return fromCache;
  return [...fromCache, { content, expires: new Date(expires), origin: 'embedded' }];
}

function placeOf(origin: TrustFile['origin']): string {
  return origin === 'embedded' ? 'what this product was built with' : 'what was kept from before';
}

function warningsFor(
  { mirror, origin, expires }: Pick<TrustFile, 'mirror' | 'origin' | 'expires'>,
  now: Date,
  cause?: Fault,
): readonly string[] {
  return [
    ...(cause === undefined ? [] : [`${cause.message} Using ${placeOf(origin)}.`]),
    ...(now > expires
      ? [
          `The trust material of ${mirror} expired at ${expires.toISOString()}; it still counts by the grace that was set.`,
        ]
      : []),
  ];
}

function checkRoot(root: Uint8Array, checksum: string | undefined): void {
  const actual = createHash('sha256').update(root).digest('hex');
  if (checksum !== undefined && checksum.toLowerCase().replace(/^sha256:/u, '') !== actual) {
    throw sigstoreFault({
      code: 'trust-root-invalid',
      message: `The root of the trust repository has the checksum ${actual}, not the one that was announced.`,
      hint: 'Do not use this root. Get it and its checksum from the operator by two different ways.',
      values: { actual },
    });
  }
  parseRoot(root);
}

function notInitialized(mirror: string): Error {
  return sigstoreFault({
    code: 'trust-not-initialized',
    message: `No first root is known for the trust repository at ${mirror}.`,
    hint: `Run \`initialize --mirror ${mirror} --root FILE\` with the root that its operator gave you, or pass --trusted-root.`,
    values: { mirror },
  });
}

function missing(mirror: string, target: string): Error {
  return sigstoreFault({
    code: 'trust-target-missing',
    message: `The trust repository at ${mirror} has no ${target}.`,
    hint: 'Ask its operator for a repository with that file, or pass the file with a flag.',
    values: { mirror, target },
  });
}

function expired(mirror: string, expires: Date, cause: Fault | undefined): Error {
  const at = expires.toISOString();
  const why = cause === undefined ? '' : ` ${cause.message}`;
  return sigstoreFault({
    code: 'trust-repository-expired',
    message: `The kept trust material of ${mirror} expired at ${at}.${why}`,
    hint: 'Run `trust update` where there is a network, or allow a grace if your policy permits it.',
    values: { mirror, expires: at },
    cause,
  });
}
