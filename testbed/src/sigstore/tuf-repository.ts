/**
 * A repository of The Update Framework (specification 1.0) with consistent snapshots, two root keys that must both
 * sign, and one online key for the rest. What it publishes can be made wrong on purpose.
 */
import { canonicalize } from '@tufjs/canonical-json';
import { refusal } from './http.ts';
import type { Answer, Ask } from './http.ts';
import { makeKey, sha256, signWith } from './keys.ts';
import type { ServiceKey } from './keys.ts';

const day = 24 * 60 * 60 * 1000;

/** A file that the repository vouches for. */
export interface TufTarget {
  readonly content: Buffer;
  /** Kept beside hash and length; older clients choose targets by it. */
  readonly custom?: Readonly<Record<string, unknown>>;
}

/** How a new state is published; what is left out makes a good one. */
export interface Publication {
  readonly targets?: Readonly<Record<string, TufTarget>>;
  /** Milliseconds until timestamp, snapshot and targets expire; negative for ones that have. A week when left out. */
  readonly expiresIn?: number;
  /** Of timestamp, snapshot and targets; one more than before when left out. */
  readonly version?: number;
  /** Signs with a key that the root does not name. */
  readonly foreignKey?: boolean;
}

/** A repository and what it serves. */
export interface TufRepository {
  /** The root that clients start from. */
  readonly initialRoot: Buffer;
  publish(publication?: Publication): void;
  /** Publishes a next root, signed with both root keys or with too few. */
  rotateRoot(options?: { readonly signatures?: 1 | 2 }): void;
  /** Answers as a web server over the files. */
  handle(ask: Ask): Answer;
}

interface State {
  readonly now: () => Date;
  readonly rootKeys: readonly ServiceKey[];
  readonly online: ServiceKey;
  readonly foreign: ServiceKey;
  readonly files: Map<string, Buffer>;
  rootVersion: number;
  version: number;
  targets: Readonly<Record<string, TufTarget>>;
}

/** Makes keys and a first root, and publishes the targets. */
export function makeTufRepository(targets: Readonly<Record<string, TufTarget>>, now: () => Date): TufRepository {
  const state: State = {
    ...{ now, rootKeys: [makeKey(), makeKey()], online: makeKey(), foreign: makeKey() },
    ...{ files: new Map<string, Buffer>(), rootVersion: 0, version: 0, targets },
  };
  const initialRoot = publishRoot(state, 2);
  publish(state, {});
  return {
    initialRoot,
    publish: (publication = {}) => publish(state, publication),
    rotateRoot: ({ signatures = 2 } = {}) => void publishRoot(state, signatures),
    handle: (ask) => {
      const file = state.files.get(ask.path);
      if (file === undefined) return refusal(404, 'not found');
      return { status: 200, type: 'application/octet-stream', body: file };
    },
  };
}

function publishRoot(state: State, signatures: 1 | 2): Buffer {
  state.rootVersion += 1;
  const online = { keyids: [keyId(state.online)], threshold: 1 };
  const signed = {
    ...common(state, 'root', { version: state.rootVersion, expiresIn: 365 * day }),
    consistent_snapshot: true,
    keys: Object.fromEntries([...state.rootKeys, state.online].map((key) => [keyId(key), tufKey(key)])),
    roles: {
      root: { keyids: state.rootKeys.map(keyId), threshold: 2 },
      ...{ timestamp: online, snapshot: online, targets: online },
    },
  };
  const bytes = metadata(signed, state.rootKeys.slice(0, signatures));
  state.files.set(`/${state.rootVersion}.root.json`, bytes);
  return bytes;
}

function publish(state: State, publication: Publication): void {
  state.version = publication.version ?? state.version + 1;
  state.targets = publication.targets ?? state.targets;
  const signer = [publication.foreignKey === true ? state.foreign : state.online];
  const expiresIn = publication.expiresIn ?? 7 * day;
  const { version } = state;
  const targets = { ...common(state, 'targets', { version, expiresIn }), targets: targetList(state) };
  const snapshot = {
    ...common(state, 'snapshot', { version, expiresIn }),
    meta: { 'targets.json': { version } },
  };
  const timestamp = {
    ...common(state, 'timestamp', { version, expiresIn }),
    meta: { 'snapshot.json': { version } },
  };
  state.files.set(`/${version}.targets.json`, metadata(targets, signer));
  state.files.set(`/${version}.snapshot.json`, metadata(snapshot, signer));
  state.files.set('/timestamp.json', metadata(timestamp, signer));
}

function targetList(state: State): object {
  const described = Object.entries(state.targets).map(([name, { content, custom }]): [string, object] => {
    const hash = sha256(content).toString('hex');
    state.files.set(`/targets/${hash}.${name}`, content);
    return [name, { length: content.length, hashes: { sha256: hash }, ...(custom && { custom }) }];
  });
  return Object.fromEntries(described);
}

function common(state: State, type: string, { version, expiresIn }: { version: number; expiresIn: number }): object {
  const expires = new Date(state.now().getTime() + expiresIn).toISOString().replace(/\.\d{3}Z$/u, 'Z');
  return { _type: type, spec_version: '1.0.31', version, expires };
}

function metadata(signed: object, keys: readonly ServiceKey[]): Buffer {
  const bytes = Buffer.from(canonicalize(signed));
  const signatures = keys.map((key) => ({ keyid: keyId(key), sig: signWith(key, bytes).toString('hex') }));
  return Buffer.from(JSON.stringify({ signatures, signed }));
}

function tufKey(key: ServiceKey): object {
  return { keytype: 'ecdsa', scheme: 'ecdsa-sha2-nistp256', keyval: { public: key.pem } };
}

function keyId(key: ServiceKey): string {
  return sha256(canonicalize(tufKey(key))).toString('hex');
}
