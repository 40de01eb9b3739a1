/**
 * The JSON of a sigstore bundle before it means anything: names in one spelling, shapes and limits checked. Rules of
 * protobuf JSON (protobuf.dev, "ProtoJSON Format"): 64-bit integers are texts or numbers, zero and empty members are left
 * out, null means absent, bytes are base64 of either alphabet, names may be in snake case, unknown ones are ignored.
 */
import { shapeOf } from '@pratique/oci';
import { excerpt } from '@pratique/runtime/fault';
import Type from 'typebox';
import type { Static } from 'typebox';
import { sigstoreFault } from '../errors.ts';
import { isJsonObject } from '../json/strict-json.ts';

/** Most entries of each kind, as sigstore's libraries have it. */
export const bundleLimits = { logEntries: 32, timestamps: 32, certificates: 32, hashes: 64 } as const;

const bytes = Type.String({ pattern: '^[A-Za-z0-9+/_-]*={0,2}$' });
// Numbers of logs exceed 2^31 and stay below 2^53; what is larger is refused in bundle-parse.ts.
const int64 = Type.Union([Type.String({ pattern: '^[0-9]{1,19}$' }), Type.Integer({ minimum: 0 })]);
const optional = Type.Optional;

const certificate = Type.Object({ rawBytes: bytes });

const inclusionProof = Type.Object({
  logIndex: optional(int64),
  rootHash: optional(bytes),
  treeSize: optional(int64),
  hashes: optional(Type.Array(bytes, { maxItems: bundleLimits.hashes })),
  checkpoint: optional(Type.Object({ envelope: optional(Type.String({ maxLength: 65_536 })) })),
});

const logEntry = Type.Object({
  logIndex: optional(int64),
  logId: Type.Object({ keyId: bytes }),
  kindVersion: Type.Object({ kind: Type.String({ maxLength: 64 }), version: Type.String({ maxLength: 64 }) }),
  integratedTime: optional(int64),
  inclusionPromise: optional(Type.Object({ signedEntryTimestamp: bytes })),
  inclusionProof: optional(inclusionProof),
  canonicalizedBody: optional(bytes),
});

const bundle = Type.Object({
  mediaType: Type.String({ maxLength: 256 }),
  verificationMaterial: Type.Object({
    publicKey: optional(Type.Object({ hint: optional(Type.String({ maxLength: 1024 })) })),
    certificate: optional(certificate),
    x509CertificateChain: optional(
      Type.Object({ certificates: Type.Array(certificate, { minItems: 1, maxItems: bundleLimits.certificates }) }),
    ),
    tlogEntries: optional(Type.Array(logEntry, { maxItems: bundleLimits.logEntries })),
    timestampVerificationData: optional(
      Type.Object({
        rfc3161Timestamps: optional(
          Type.Array(Type.Object({ signedTimestamp: bytes }), { maxItems: bundleLimits.timestamps }),
        ),
      }),
    ),
  }),
  dsseEnvelope: optional(
    Type.Object({
      payload: bytes,
      payloadType: Type.String({ minLength: 1, maxLength: 256 }),
      signatures: Type.Array(Type.Object({ sig: bytes, keyid: optional(Type.String({ maxLength: 1024 })) })),
    }),
  ),
  messageSignature: optional(
    Type.Object({
      messageDigest: optional(
        Type.Object({ algorithm: optional(Type.String({ maxLength: 64 })), digest: optional(bytes) }),
      ),
      signature: bytes,
    }),
  ),
});

/** A bundle in its one spelling. */
export type BundleJson = Static<typeof bundle>;

/** One log entry of it. */
export type LogEntryJson = Static<typeof logEntry>;

const shape = shapeOf(bundle);

/**
 * Checks parsed JSON and gives it the one spelling.
 *
 * @throws Fault `bundle-invalid` naming the member
 */
export function readBundleJson(value: unknown): BundleJson {
  const tidy = isTidy(value) ? value : tidied(value);
  if (shape.fits(tidy)) return tidy;
  const first = shape.flawOf(tidy);
  const where = first === undefined || first.path === '' ? 'the top' : first.path.slice(1);
  throw invalidBundle(`has a wrong value at ${excerpt(where)}: ${excerpt(first?.message ?? 'unknown')}`);
}

/** The fault for a bundle that breaks the format; `detail` continues "The sigstore bundle …". */
export function invalidBundle(detail: string): Error {
  return sigstoreFault({
    code: 'bundle-invalid',
    message: `The sigstore bundle ${detail}.`,
    hint: 'It was not written by a signing tool, or it was damaged; sign again.',
    values: { detail },
  });
}

/** Whether there is nothing to tidy, as in every bundle that today's tools write: then no copy is made. */
function isTidy(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true;
  if (Array.isArray(value)) return value.every(isTidy);
  return Object.entries(value).every(([name, inner]) => inner !== null && !name.includes('_') && isTidy(inner));
}

// Protobuf names where the camel-case rule needs help: x509_certificate_chain, rfc3161_timestamps follow it, nothing else does not.
function tidied(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(tidied);
  if (!isJsonObject(value)) return value;
  const members = new Map<string, unknown>();
  for (const [name, inner] of Object.entries(value)) {
    if (inner === null) continue;
    const spelt = name.includes('_') ? camelCase(name) : name;
    if (members.has(spelt)) throw invalidBundle(`names the member "${excerpt(spelt, 60)}" in two spellings`);
    members.set(spelt, tidied(inner));
  }
  return Object.fromEntries(members);
}

function camelCase(name: string): string {
  return name.replace(/_([a-z0-9])/g, (_match, letter: string) => letter.toUpperCase());
}
