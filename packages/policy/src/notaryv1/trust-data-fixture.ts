/** Trust data for tests, as Notary's clients publish it, with anything about it changed that a test asks for. */
import { constants, createHash, createPrivateKey, createPublicKey, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { fixedKey } from '../notation/fixed-keys-fixture.ts';
import type { FixedKeyName } from '../notation/fixed-keys-fixture.ts';
import { canonicalJson } from './canonical-json.ts';

/** The time in all tests here. */
export const noon = new Date('2026-06-01T12:00:00Z');
const tomorrow = '2026-06-02T12:00:00.123456789Z';

/** A key of a role: bare, or in a certificate. */
export interface SigningKey {
  readonly key: KeyObject;
  readonly id: string;
  readonly entry: { readonly keytype: string; readonly keyval: { readonly private: null; readonly public: string } };
  readonly method: 'ecdsa' | 'rsapss' | 'rsapkcs1v15' | 'eddsa';
}

/** A key by its fixed name; with a certificate as `-x509`. */
export function signingKey(name: FixedKeyName, certificate?: string, method?: SigningKey['method']): SigningKey {
  const key = fixedKey(name);
  const kind = key.asymmetricKeyType === 'rsa' ? 'rsa' : 'ecdsa';
  const content = certificate ?? createPublicKey(key).export({ type: 'spki', format: 'der' });
  const keyval = { private: null, public: Buffer.from(content).toString('base64') };
  const entry = { keytype: certificate === undefined ? kind : `${kind}-x509`, keyval };
  const id = createHash('sha256').update(canonicalJson(entry)).digest('hex');
  return { key, id, entry, method: method ?? (kind === 'rsa' ? 'rsapss' : 'ecdsa') };
}

/** An Ed25519 key, as servers have that sign timestamps themselves: its public half is bare. */
export function ed25519Key(): SigningKey {
  const head = Buffer.from('302e020100300506032b657004220420', 'hex');
  const key = createPrivateKey({ key: Buffer.concat([head, Buffer.alloc(32, 7)]), format: 'der', type: 'pkcs8' });
  const bare = createPublicKey(key).export({ type: 'spki', format: 'der' }).subarray(-32);
  const entry = { keytype: 'ed25519', keyval: { private: null, public: bare.toString('base64') } };
  return { key, entry, id: createHash('sha256').update(canonicalJson(entry)).digest('hex'), method: 'eddsa' };
}

/** The public half of a fixed key, as a trust root has it. */
export function publicPem(name: FixedKeyName): string {
  return createPublicKey(fixedKey(name)).export({ type: 'spki', format: 'pem' }).toString();
}

/** What a repository is to be. */
export interface RepositoryWish {
  readonly rootKeys?: readonly SigningKey[];
  readonly roleKeys?: readonly SigningKey[];
  readonly threshold?: number;
  /** Who signs for targets, snapshot and timestamp, instead of all role keys. */
  readonly signers?: readonly SigningKey[];
  /** Digest by tag; the digest in hex. */
  readonly targets?: Readonly<Record<string, string>>;
  readonly delegations?: readonly DelegationWish[];
  /** Members of a `signed` part that replace those it would have, by role. */
  readonly change?: Readonly<Record<string, object>>;
  /** Changes the checksums a document is listed with. */
  readonly listed?: (name: string, meta: ListedMeta) => object | undefined;
}

/** How a document is listed. */
export interface ListedMeta {
  readonly hashes: Readonly<Record<string, string>>;
  readonly length: number;
}

/** A delegation. */
export interface DelegationWish {
  readonly name: string;
  readonly keys: readonly SigningKey[];
  readonly signers?: readonly SigningKey[];
  readonly threshold?: number;
  readonly paths?: readonly string[] | null;
  /** Absent: the role is there, its document is not. */
  readonly targets?: Readonly<Record<string, string>>;
  readonly change?: object;
}

/** All documents of a repository by role. */
export function repository(wish: RepositoryWish = {}): ReadonlyMap<string, Buffer> {
  const rootKeys = wish.rootKeys ?? [signingKey('root')];
  const roleKeys = wish.roleKeys ?? [signingKey('p256')];
  const signers = wish.signers ?? roleKeys;
  const right = { keyids: roleKeys.map(({ id }) => id), threshold: wish.threshold ?? 1 };
  const keys = entriesOf([...rootKeys, ...roleKeys]);
  const changed = (role: string, body: object) => ({ ...body, expires: tomorrow, version: 3, ...wish.change?.[role] });
  const documents = new Map<string, Buffer>();
  const roots = { keyids: rootKeys.map(({ id }) => id), threshold: 1 };
  const roles = { root: roots, targets: right, snapshot: right, timestamp: right };
  documents.set('root', signed(changed('root', { _type: 'Root', consistent_snapshot: false, keys, roles }), rootKeys));
  const targets = {
    _type: 'Targets',
    targets: targetsOf(wish.targets ?? {}),
    delegations: delegationsOf(wish.delegations ?? []),
  };
  documents.set('targets', signed(changed('targets', targets), signers));
  for (const delegation of wish.delegations ?? []) {
    if (delegation.targets === undefined) continue;
    const body = { _type: 'Targets', targets: targetsOf(delegation.targets), delegations: { keys: {}, roles: [] } };
    const whole = { ...body, expires: tomorrow, version: 1, ...delegation.change };
    documents.set(delegation.name, signed(whole, delegation.signers ?? delegation.keys));
  }
  const meta = (names: readonly string[]) =>
    Object.fromEntries(names.map((name) => [name, listedAs(name, documents.get(name)!, wish)]));
  const known = [...documents.keys()];
  documents.set('snapshot', signed(changed('snapshot', { _type: 'Snapshot', meta: meta(known) }), signers));
  documents.set('timestamp', signed(changed('timestamp', { _type: 'Timestamp', meta: meta(['snapshot']) }), signers));
  return documents;
}

/** A document with signatures over its canonical form. */
export function signed(body: object, keys: readonly SigningKey[]): Buffer {
  const message = canonicalJson(JSON.parse(JSON.stringify(body)));
  const signatures = keys.map((key) => ({
    keyid: key.id,
    method: key.method,
    sig: signatureOf(key, message).toString('base64'),
  }));
  return Buffer.from(JSON.stringify({ signed: body, signatures }));
}

function signatureOf({ key, method }: SigningKey, message: Buffer): Buffer {
  if (method === 'ecdsa') return sign('sha256', message, { key, dsaEncoding: 'ieee-p1363' });
  if (method === 'eddsa') return sign(null, message, key);
  const { RSA_PKCS1_PSS_PADDING, RSA_PKCS1_PADDING, RSA_PSS_SALTLEN_DIGEST: saltLength } = constants;
  const padding = method === 'rsapss' ? RSA_PKCS1_PSS_PADDING : RSA_PKCS1_PADDING;
  return sign('sha256', message, { key, padding, ...(method === 'rsapss' ? { saltLength } : {}) });
}

function entriesOf(keys: readonly SigningKey[]): object {
  return Object.fromEntries(keys.map(({ id, entry }) => [id, entry]));
}

function targetsOf(digests: Readonly<Record<string, string>>): object {
  return Object.fromEntries(
    Object.entries(digests).map(([tag, hex]) => [
      tag,
      { hashes: { sha256: Buffer.from(hex, 'hex').toString('base64') }, length: 528 },
    ]),
  );
}

function delegationsOf(delegations: readonly DelegationWish[]): object {
  const roles = delegations.map(({ name, keys, threshold, paths }) => ({
    ...{ name, keyids: keys.map(({ id }) => id), threshold: threshold ?? 1 },
    paths: paths === undefined ? [''] : paths,
  }));
  return { keys: entriesOf(delegations.flatMap(({ keys }) => keys)), roles };
}

function listedAs(name: string, bytes: Buffer, { listed }: RepositoryWish): object | undefined {
  const hash = (algorithm: string): string => createHash(algorithm).update(bytes).digest('base64');
  const meta = { hashes: { sha256: hash('sha256'), sha512: hash('sha512') }, length: bytes.length };
  return listed === undefined ? meta : listed(name, meta);
}
