/** Evidence as tests need it: candidates signed with keys made here, found where they say they were. */
import { generateKeyPairSync } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { writeBundle } from '../bundle/bundle-write.ts';
import type { BundleParts } from '../bundle/bundle-write.ts';
import { preAuthenticationEncoding, statementPayloadType } from '../bundle/dsse.ts';
import { writeSignStatement } from '../bundle/statement.ts';
import type { BundleCandidate, Candidate, Evidence, LayerCandidate, StoredBytes } from '../evidence.ts';
import { signingScheme, signWith } from '../keys/algorithms.ts';
import { publicKeyOf } from '../keys/public-key.ts';
import type { PublicKey } from '../keys/public-key.ts';
import { annotationsFor, payloadMediaType } from '../simple-signing/layer.ts';
import type { SignatureMaterial } from '../simple-signing/layer.ts';
import { writePayload } from '../simple-signing/payload.ts';
import { noTrust } from '../trust/trust-material.ts';
import { digestOf, toHex } from './bytes.ts';
import type { VerificationPolicy } from './policy.ts';
import { judge } from './verify.ts';
import type { Question } from './verify.ts';
import type { Verdict } from './verdict.ts';

export const imageDigest = `sha256:${'5d'.repeat(32)}`;
export const repository = 'registry.example.com/team/app';
export const noon = new Date('2026-01-02T12:00:00Z');

/** Both halves of a key. */
export interface TestKey {
  readonly privateKey: KeyObject;
  readonly publicKey: PublicKey;
}

/** A new key: `P-256`, `P-384`, `P-521`, `rsa` or `ed25519`. */
export function newKey(kind: 'P-256' | 'P-384' | 'P-521' | 'rsa' | 'ed25519' = 'P-256'): TestKey {
  const { privateKey } = pairOf(kind);
  return { privateKey, publicKey: publicKeyOf(privateKey) };
}

function pairOf(kind: string): { readonly privateKey: KeyObject } {
  if (kind === 'rsa') return generateKeyPairSync('rsa', { modulusLength: 2048 });
  if (kind === 'ed25519') return generateKeyPairSync('ed25519');
  return generateKeyPairSync('ec', { namedCurve: kind });
}

export function read(bytes: Uint8Array): StoredBytes {
  return { state: 'read', bytes };
}

/** A payload for the image, or for what is given. */
export function payloadFor(digest = imageDigest, annotations: Readonly<Record<string, string>> = {}): Uint8Array {
  return writePayload({ identity: repository, digest, annotations });
}

/** A layer of the tag format. */
export function layer(payload: Uint8Array, material: SignatureMaterial): LayerCandidate {
  const digest = `sha256:${toHex(digestOf('sha256', payload))}`;
  return {
    format: 'legacy',
    kind: 'signature',
    location: `${repository}:sha256-${imageDigest.slice(7)}.sig layer 1`,
    digest,
    mediaType: payloadMediaType,
    annotations: annotationsFor(material),
    payload: read(payload),
  };
}

/** A layer signed with a key. */
export function signedLayer(
  key: TestKey,
  payload = payloadFor(),
  more: Partial<SignatureMaterial> = {},
): LayerCandidate {
  const signature = signWith(key.privateKey, signingScheme(key.publicKey.algorithm, 'legacy'), payload);
  return layer(payload, { signature, ...more });
}

/** A bundle as a referrer of the image. */
export function bundleCandidate(bytes: Uint8Array): BundleCandidate {
  return {
    format: 'bundle',
    location: `${repository}@sha256:${toHex(digestOf('sha256', bytes))}`,
    digest: `sha256:${toHex(digestOf('sha256', bytes))}`,
    annotations: {},
    bundle: read(bytes),
  };
}

/** A bundle signed with a key; `statement` without one signs the image. */
export function signedBundle(
  key: TestKey,
  statement = writeSignStatement(imageDigest),
  more: Partial<BundleParts> = {},
): BundleCandidate {
  const message = preAuthenticationEncoding(statementPayloadType, statement);
  const signature = signWith(key.privateKey, signingScheme(key.publicKey.algorithm, 'bundle'), message);
  return bundleCandidate(
    writeBundle({
      material: { kind: 'public-key', hint: key.publicKey.hint },
      content: { kind: 'envelope', payloadType: statementPayloadType, payload: statement, signature },
      ...more,
    }),
  );
}

/** Evidence with these candidates, all sources read. */
export function evidenceOf(...candidates: readonly Candidate[]): Evidence {
  return {
    digest: imageDigest,
    sources: [
      {
        kind: 'signature-tag',
        location: `${repository}:sha256-${imageDigest.slice(7)}.sig`,
        state: 'read',
        candidates: candidates.filter(({ format }) => format === 'legacy').length,
      },
      {
        kind: 'referrers',
        location: `${repository}/referrers`,
        state: 'read',
        candidates: candidates.filter(({ format }) => format === 'bundle').length,
      },
    ],
    candidates,
  };
}

/** The policy of a key without a log. */
export function keyPolicy(key: TestKey, more: Partial<VerificationPolicy> = {}): VerificationPolicy {
  return { signer: { kind: 'key', key: { key: key.publicKey } }, log: 'ignored', ...more };
}

/** Judges candidates with nothing trusted but the policy. */
export function judged(
  policy: VerificationPolicy,
  candidates: readonly Candidate[],
  more: Partial<Question> = {},
): Verdict {
  return judge({
    evidence: evidenceOf(...candidates),
    digest: imageDigest,
    policy,
    trust: noTrust,
    now: noon,
    repository,
    ...more,
  });
}

/** The reason of the only candidate. */
export function reasonOf(verdict: Verdict): string {
  const [first] = verdict.candidates;
  return first === undefined || first.valid ? verdict.outcome : first.rejection.reason;
}

/** The bytes with one bit turned. */
export function flipped(bytes: Uint8Array, bit: number): Uint8Array {
  const copy = Uint8Array.from(bytes);
  const at = Math.floor(bit / 8) % copy.length;
  copy[at] = copy[at]! ^ (1 << (bit % 8));
  return copy;
}
