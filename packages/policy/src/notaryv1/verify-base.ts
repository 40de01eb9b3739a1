/** The four documents every repository has, checked against each other and against the pinned keys (NV1-4 to NV1-6). */
import { createHash } from 'node:crypto';
import { TrustFlaw, within } from './flaw.ts';
import { checkSignatures, isSigned } from './role-keys.ts';
import type { RootKey } from './root-keys.ts';
import { entryNamed, parseRole } from './trust-data.ts';
import type { BaseRole, FileEntry, RoleDocument } from './trust-data.ts';

/** Bytes of the documents, as served. */
export type BaseBytes = Readonly<Record<BaseRole, Uint8Array>>;

/** The documents, believed. */
export interface VerifiedBase {
  readonly root: RoleDocument<'root'>;
  readonly targets: RoleDocument<'targets'>;
  readonly snapshot: RoleDocument<'snapshot'>;
  readonly timestamp: RoleDocument<'timestamp'>;
}

/** How strictly, and when. */
export interface Strictness {
  readonly now: Date;
  /** Lengths and versions count too, and the root must hold by its own keys as well. */
  readonly strictTuf: boolean;
}

/** Parses and verifies the documents. @throws TrustFlaw */
export function verifyBase(bytes: BaseBytes, keys: readonly RootKey[], strictness: Strictness): VerifiedBase {
  const base = within('error downloading trust data', () => ({
    root: parseRole('root', bytes.root),
    targets: parseRole('targets', bytes.targets),
    snapshot: parseRole('snapshot', bytes.snapshot),
    timestamp: parseRole('timestamp', bytes.timestamp),
  }));
  within('error validating trust data', () => {
    within('error validating root', () => checkRoot(base.root, keys, strictness));
    within('error validating base trust data', () => {
      for (const role of ['targets', 'snapshot', 'timestamp'] as const) {
        checkSignatures(base[role], rightOf(base.root, role));
        checkExpiry(base[role], strictness.now);
      }
    });
    within('error validating base trust data checksums', () => {
      checkListed(base.root, base.snapshot, strictness);
      checkListed(base.targets, base.snapshot, strictness);
      checkListed(base.snapshot, base.timestamp, strictness);
    });
  });
  return base;
}

/** @throws TrustFlaw */
export function checkExpiry({ name, expires }: RoleDocument, now: Date): void {
  if (now <= expires) return;
  throw new TrustFlaw(
    'timestamp',
    `${name} trust data expired (at ${expires.toISOString()})`,
    `Publish the repository again: \`notary publish\`, or sign a tag anew, renews ${name}.`,
  );
}

/**
 * Checks a document against what another says of it: SHA-256, SHA-512 where it is listed.
 *
 * @throws TrustFlaw
 */
export function checkListed(
  document: RoleDocument,
  list: RoleDocument<'snapshot'> | RoleDocument<'timestamp'>,
  { strictTuf }: Pick<Strictness, 'strictTuf'>,
): void {
  const { name, bytes, version } = document;
  const flaw = (problem: string): TrustFlaw =>
    new TrustFlaw(
      'wrong_key',
      `error validating ${name} checksums: ${problem}`,
      'Try again in a moment, it may just have been published; if it stays, publish the repository again.',
    );
  const listed: FileEntry | undefined = entryNamed(list.body.meta, name);
  if (listed === undefined) throw flaw(`${list.name} does not list it`);
  const sha512 = entryNamed(listed.hashes, 'sha512');
  if (entryNamed(listed.hashes, 'sha256') !== hashOf('sha256', bytes)) throw flaw('its SHA-256 is not the listed one');
  if (sha512 !== undefined && sha512 !== hashOf('sha512', bytes)) throw flaw('its SHA-512 is not the listed one');
  if (!strictTuf) return;
  if (listed.length !== bytes.length) throw flaw(`it has ${bytes.length} bytes, ${listed.length} are listed`);
  if (listed.version !== undefined && listed.version !== version)
    throw flaw(`it is version ${version}, ${listed.version} is listed`);
  if (version < 1) throw flaw(`it is version ${version}, which does not exist`);
}

function checkRoot(root: RoleDocument<'root'>, keys: readonly RootKey[], { now, strictTuf }: Strictness): void {
  if (root.signatures.length === 0) throw new TrustFlaw('wrong_key', 'no signatures found for root');
  for (const { name, key } of keys) {
    if (root.signatures.some((signature) => isSigned(root.canonical, signature, key))) continue;
    throw new TrustFlaw(
      'wrong_key',
      `error validating root signature with key ${name} (SHA256:${key.fingerprint})`,
      'Compare the key of the trust root with the root key of the repository: `notary key list`, `docker trust inspect`.',
    );
  }
  if (strictTuf) checkSignatures(root, rightOf(root, 'root'));
  checkExpiry(root, now);
}

function rightOf({ body }: RoleDocument<'root'>, role: BaseRole) {
  const right = entryNamed(body.roles, role);
  if (right === undefined)
    throw new TrustFlaw('wrong_key', `error building base role ${role}: the root does not name it`);
  return { keyIds: right.keyids, threshold: right.threshold, keys: body.keys };
}

function hashOf(algorithm: 'sha256' | 'sha512', bytes: Uint8Array): string {
  return createHash(algorithm).update(bytes).digest('base64');
}
