/**
 * `trusted_root.json`: authorities and logs of a sigstore deployment with the time each counts. Format: sigstore
 * protobuf-specs, `TrustedRoot`, media types 0.1 and 0.2, in protobuf's JSON.
 */
import { createPublicKey } from 'node:crypto';
import Type from 'typebox';
import type { Static } from 'typebox';
import { shapeOf } from '@pratique/oci';
import { excerpt } from '@pratique/runtime/fault';
import { sigstoreFault } from '../errors.ts';
import { tolerantBase64 } from '../json/base64.ts';
import { isJsonObject, parseStrictJson } from '../json/strict-json.ts';
import { publicKeyFromSpki, publicKeyOf } from '../keys/public-key.ts';
import type { PublicKey } from '../keys/public-key.ts';
import { digestOf } from '../verify/bytes.ts';
import { parseCertificate } from '../verify/x509.ts';
import type { Certificate } from '../verify/x509.ts';
import type { TrustedAuthority, TrustedLog, TrustMaterial, ValidityWindow } from './trust-material.ts';

// The public file takes about 10 KiB; 64 of a kind are many times what any deployment has.
const fileLimit = 4 * 1024 * 1024;
const most = 64;

const Bytes = Type.String({ maxLength: 64 * 1024 });
const Text = Type.String({ maxLength: 2048 });
const Window = Type.Object({
  start: Type.Optional(Type.String({ maxLength: 64 })),
  end: Type.Optional(Type.String({ maxLength: 64 })),
});
const LogSchema = Type.Object({
  baseUrl: Type.Optional(Text),
  operator: Type.Optional(Text),
  hashAlgorithm: Type.Optional(Type.Union([Text, Type.Integer()])),
  publicKey: Type.Object({
    rawBytes: Bytes,
    keyDetails: Type.Optional(Type.Union([Text, Type.Integer()])),
    validFor: Type.Optional(Window),
  }),
  logId: Type.Optional(Type.Object({ keyId: Bytes })),
  checkpointKeyId: Type.Optional(Type.Object({ keyId: Bytes })),
});
const AuthoritySchema = Type.Object({
  subject: Type.Optional(Type.Object({ organization: Type.Optional(Text), commonName: Type.Optional(Text) })),
  uri: Type.Optional(Text),
  certChain: Type.Object({
    certificates: Type.Array(Type.Object({ rawBytes: Bytes }), { minItems: 1, maxItems: 16 }),
  }),
  validFor: Type.Optional(Window),
});
const TrustedRootSchema = Type.Object({
  mediaType: Type.String({
    pattern: '^application/vnd\\.dev\\.sigstore\\.trustedroot(?:\\+json;version=0\\.[12]|\\.v0\\.[12]\\+json)$',
  }),
  tlogs: Type.Optional(Type.Array(LogSchema, { maxItems: most })),
  ctlogs: Type.Optional(Type.Array(LogSchema, { maxItems: most })),
  certificateAuthorities: Type.Optional(Type.Array(AuthoritySchema, { maxItems: most })),
  timestampAuthorities: Type.Optional(Type.Array(AuthoritySchema, { maxItems: most })),
});
const rootShape = shapeOf(TrustedRootSchema);

/**
 * Parses a trusted root.
 *
 * @param source where the bytes came from, for messages
 * @throws Fault `trusted-root-invalid` naming the place in the document
 */
export function parseTrustedRoot(bytes: Uint8Array, source: string): TrustMaterial {
  if (bytes.length > fileLimit) throw invalid(source, `is larger than ${fileLimit} bytes`);
  const parsed = parseStrictJson(bytes);
  if (!parsed.ok) throw invalid(source, parsed.detail);
  const root = camelCased(parsed.value);
  if (!rootShape.fits(root)) throw invalid(source, firstFlaw(root));
  return {
    origin: source,
    logs: (root.tlogs ?? []).map((log, at) => readLog(log, place(source, 'tlogs', at))),
    certificateLogs: (root.ctlogs ?? []).map((log, at) => readLog(log, place(source, 'ctlogs', at))),
    certificateAuthorities: (root.certificateAuthorities ?? []).map((authority, at) =>
      readAuthority(authority, place(source, 'certificateAuthorities', at)),
    ),
    timestampAuthorities: (root.timestampAuthorities ?? []).map((authority, at) =>
      readAuthority(authority, place(source, 'timestampAuthorities', at)),
    ),
  };
}

interface Place {
  readonly source: string;
  readonly path: string;
}

function place(source: string, list: string, at: number): Place {
  return { source, path: `${list}[${at}]` };
}

function readLog(log: Static<typeof LogSchema>, where: Place): TrustedLog {
  const key = logKey(bytesAt(log.publicKey.rawBytes, where, 'publicKey.rawBytes'), where);
  const checkpointKeyId =
    log.checkpointKeyId === undefined ? undefined : idAt(log.checkpointKeyId.keyId, where, 'checkpointKeyId.keyId');
  return {
    baseUrl: log.baseUrl ?? '',
    ...(log.operator === undefined ? {} : { operator: log.operator }),
    logId: log.logId === undefined ? digestOf('sha256', key.spki) : idAt(log.logId.keyId, where, 'logId.keyId'),
    ...(checkpointKeyId === undefined ? {} : { checkpointKeyId }),
    key,
    validFor: windowOf(log.publicKey.validFor, where, 'publicKey.validFor'),
  };
}

/** SubjectPublicKeyInfo, or the bare RSA key that `PKCS1_…` details announce. */
function logKey(der: Uint8Array, where: Place): PublicKey {
  try {
    return publicKeyFromSpki(der);
  } catch (cause) {
    try {
      return publicKeyOf(createPublicKey({ key: Buffer.from(der), format: 'der', type: 'pkcs1' }));
    } catch {
      throw invalid(where.source, `has at ${where.path}.publicKey.rawBytes no public key of a known kind`, cause);
    }
  }
}

function readAuthority(authority: Static<typeof AuthoritySchema>, where: Place): TrustedAuthority {
  const { organization = '', commonName = '' } = authority.subject ?? {};
  return {
    name: [commonName, organization].filter((part) => part !== '').join(', ') || (authority.uri ?? where.path),
    uri: authority.uri ?? '',
    chain: authority.certChain.certificates.map(({ rawBytes }, at) => certificateAt(rawBytes, at, where)),
    validFor: windowOf(authority.validFor, where, 'validFor'),
  };
}

function certificateAt(rawBytes: string, at: number, where: Place): Certificate {
  const member = `certChain.certificates[${at}].rawBytes`;
  const certificate = parseCertificate(bytesAt(rawBytes, where, member));
  if (certificate === undefined) throw invalid(where.source, `has at ${where.path}.${member} no X.509 certificate`);
  return certificate;
}

function idAt(text: string, where: Place, member: string): Uint8Array {
  const bytes = bytesAt(text, where, member);
  // SHA-256 everywhere; the shorter ids of witnesses have at least the four bytes that notes compare.
  if (bytes.length < 4 || bytes.length > 64) {
    throw invalid(where.source, `has at ${where.path}.${member} an id of ${bytes.length} bytes`);
  }
  return bytes;
}

function bytesAt(text: string, where: Place, member: string): Uint8Array {
  const bytes = tolerantBase64(text);
  if (bytes === undefined) throw invalid(where.source, `has at ${where.path}.${member} something that is not base64`);
  return bytes;
}

function windowOf(window: Static<typeof Window> | undefined, where: Place, member: string): ValidityWindow {
  const start = timeAt(window?.start, where, `${member}.start`);
  const end = timeAt(window?.end, where, `${member}.end`);
  return { ...(start === undefined ? {} : { start }), ...(end === undefined ? {} : { end }) };
}

/** RFC 3339 in UTC or with an offset, with or without a fraction, as protobuf writes it. */
function timeAt(text: string | undefined, where: Place, member: string): Date | undefined {
  if (text === undefined) return undefined;
  const isShaped = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/.test(text);
  const time = new Date(isShaped ? text.replace(/(\.\d{3})\d+/, '$1') : Number.NaN);
  if (Number.isNaN(time.getTime())) {
    throw invalid(where.source, `has at ${where.path}.${member} "${excerpt(text, 40)}", which is no time`);
  }
  return time;
}

/** Protobuf's JSON may use the original names with underscores; both are read. */
function camelCased(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(camelCased);
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, inner]) => inner !== null)
      .map(([name, inner]) => [
        name.replace(/_([a-z])/g, (_all, letter: string) => letter.toUpperCase()),
        camelCased(inner),
      ]),
  );
}

function firstFlaw(root: unknown): string {
  const flaw = rootShape.flawOf(root);
  const path = flaw?.path.replaceAll('/', '.').slice(1) || 'the document';
  return `has at ${excerpt(path, 120)} something else than expected (${flaw?.message ?? 'wrong shape'})`;
}

function invalid(source: string, what: string, cause?: unknown): Error {
  return sigstoreFault({
    code: 'trusted-root-invalid',
    message: `The trusted root ${source} ${what}.`,
    hint: 'Use a trusted_root.json of version 0.1 or 0.2 as published by the sigstore deployment, or made with `trusted-root create`.',
    values: { source },
    cause,
  });
}
