/** Keys of roles, and signatures with them, as Notary's Go code makes them (`tuf/signed/verifiers.go`, `tuf/data/keys.go`). */
import { constants, createHash, verify } from 'node:crypto';
import type { VerifyKeyObjectInput } from 'node:crypto';
import { excerpt, isFault } from '@pratique/runtime/fault';
import { publicKeyFromCertificate, publicKeyFromSpki } from '@pratique/sigstore';
import type { PublicKey } from '@pratique/sigstore';
import { canonicalJson } from './canonical-json.ts';
import { TrustFlaw } from './flaw.ts';
import { entryNamed } from './trust-data.ts';
import type { RoleDocument, RoleKey, RoleSignature } from './trust-data.ts';

/** Who may sign for a role, and how many must. */
export interface RoleRight {
  readonly keyIds: readonly string[];
  readonly threshold: number;
  readonly keys: Readonly<Record<string, RoleKey>>;
}

const bytesOfCurve = { 'P-256': 32, 'P-384': 48, 'P-521': 66 } as const;

/**
 * Checks that enough of the role's keys have signed. A key that is listed under two names counts once.
 *
 * @throws TrustFlaw
 */
export function checkSignatures(document: RoleDocument, right: RoleRight): void {
  const flaw = (problem: string): TrustFlaw =>
    new TrustFlaw(
      'wrong_key',
      `error validating ${document.name} signatures: ${problem}`,
      'Publish the repository again with the keys that its root names.',
    );
  if (right.threshold < 1) throw flaw('the role needs no signature, which is no protection');
  const signers = new Set<string>();
  for (const signature of document.signatures) {
    if (!right.keyIds.includes(signature.keyId)) continue;
    const entry = entryNamed(right.keys, signature.keyId);
    if (entry === undefined) continue;
    if (idOf(entry) !== signature.keyId) throw flaw(`key ${excerpt(signature.keyId, 64)} is not the one its name says`);
    const key = readRoleKey(entry);
    if (key !== undefined && isSigned(document.canonical, signature, key)) signers.add(key.fingerprint);
  }
  if (signers.size < right.threshold) throw flaw(`${signers.size} of ${right.threshold} needed keys have signed`);
}

/** Whether the key made the signature, in the way the signature says; never another way than its kind of key allows. */
export function isSigned(message: Uint8Array, { method, signature }: RoleSignature, key: PublicKey): boolean {
  const { algorithm } = key;
  if (algorithm.kind === 'ec') {
    // Raw r and s: the length tells, and a shorter one would be another encoding.
    if (method !== 'ecdsa' || signature.length !== 2 * bytesOfCurve[algorithm.curve]) return false;
    return verifies(message, signature, { key: key.key, dsaEncoding: 'ieee-p1363' });
  }
  if (algorithm.kind === 'ed25519') return method === 'eddsa' && verifies(message, signature, { key: key.key }, null);
  if (method === 'rsapkcs1v15') return verifies(message, signature, { key: key.key });
  const { RSA_PKCS1_PSS_PADDING: padding, RSA_PSS_SALTLEN_DIGEST: saltLength } = constants;
  return method === 'rsapss' && verifies(message, signature, { key: key.key, padding, saltLength });
}

function verifies(
  message: Uint8Array,
  signature: Uint8Array,
  key: VerifyKeyObjectInput,
  digest: 'sha256' | null = 'sha256',
): boolean {
  try {
    return verify(digest, message, key, signature);
  } catch {
    return false;
  }
}

/** The name of a key is the hash of what it is. */
function idOf({ keytype, keyval }: RoleKey): string {
  const content = { keytype, keyval: { private: null, public: keyval.public } };
  return createHash('sha256').update(canonicalJson(content)).digest('hex');
}

function readRoleKey({ keytype, keyval }: RoleKey): PublicKey | undefined {
  const bytes = Buffer.from(keyval.public, 'base64');
  try {
    const key = keytype.endsWith('-x509')
      ? publicKeyFromCertificate(bytes.toString('latin1'))
      : publicKeyFromSpki(spkiOf(keytype, bytes));
    return keytype.replace(/-x509$/, '').replace('ecdsa', 'ec') === key.algorithm.kind ? key : undefined;
  } catch (error) {
    if (!isFault(error)) throw error;
    return undefined;
  }
}

/** Servers that sign timestamps themselves use Ed25519, whose keys are the bare 32 bytes; before them stands RFC 8410's head. */
function spkiOf(keytype: string, bytes: Uint8Array): Uint8Array {
  const isBare = keytype === 'ed25519' && bytes.length === 32;
  return isBare ? Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), bytes]) : bytes;
}
