/** A time-stamping authority (RFC 3161) whose clock is the world's. */
import { randomBytes } from 'node:crypto';
import Type from 'typebox';
import { Value } from 'typebox/value';
import type { Chain } from './certificates.ts';
import { childrenOf, der, generalizedTime, integer, octets, oid, readDer, sequence, set } from './der.ts';
import type { DerValue } from './der.ts';
import { refusal } from './http.ts';
import type { Answer, Ask } from './http.ts';
import { sha256, signWith } from './keys.ts';

const oids = {
  signedData: '1.2.840.113549.1.7.2',
  tstInfo: '1.2.840.113549.1.9.16.1.4',
  contentType: '1.2.840.113549.1.9.3',
  messageDigest: '1.2.840.113549.1.9.4',
  signingTime: '1.2.840.113549.1.9.5',
  signingCertificateV2: '1.2.840.113549.1.9.16.2.47',
  sha256: '2.16.840.1.101.3.4.2.1',
  ecdsaWithSha256: '1.2.840.10045.4.3.2',
  policy: '1.3.6.1.4.1.57264.2',
} as const;

/** What the authority works with. */
export interface TimestampParts {
  readonly chain: Chain;
  readonly now: () => Date;
}

/** The handler of the authority; it answers any path. */
export function timestampAuthority(parts: TimestampParts): (ask: Ask) => Answer {
  return (ask) => {
    if (ask.method !== 'POST') return refusal(405, 'method not allowed');
    const query = queryOf(ask);
    if (query === undefined) return refusal(415, 'neither a timestamp query nor its JSON form');
    return { status: 201, type: 'application/timestamp-reply', body: reply(parts, query) };
  };
}

interface Query {
  /** MessageImprint as it came. */
  readonly imprint: Buffer;
  /** INTEGER as it came, when there is one. */
  readonly nonce?: Buffer;
  readonly wantsCertificate: boolean;
}

/** The JSON form is the time-stamping server's own. */
const jsonQuery = Type.Object({
  artifactHash: Type.String(),
  hashAlgorithm: Type.Literal('sha256'),
  nonce: Type.Optional(Type.Integer({ minimum: 0 })),
  certificates: Type.Optional(Type.Boolean()),
});

function queryOf(ask: Ask): Query | undefined {
  if (ask.headers['content-type'] === 'application/timestamp-query') return readQuery(ask.body);
  if (ask.headers['content-type'] !== 'application/json') return undefined;
  const { artifactHash, nonce, certificates = false } = Value.Parse(jsonQuery, JSON.parse(ask.body.toString()));
  const imprint = sequence(sequence(oid(oids.sha256)), octets(Buffer.from(artifactHash, 'base64')));
  return { imprint, ...(nonce !== undefined && { nonce: integer(nonce) }), wantsCertificate: certificates };
}

function readQuery(bytes: Buffer): Query {
  const [, imprint, ...rest] = childrenOf(readDer(bytes));
  const nonce = rest.find((value) => value.tag === 0x02)?.raw;
  const wantsCertificate = rest.some((value) => value.tag === 0x01 && value.content[0] !== 0);
  return { imprint: (imprint as DerValue).raw, ...(nonce && { nonce }), wantsCertificate };
}

function reply(parts: TimestampParts, query: Query): Buffer {
  const at = parts.now();
  const serial = integer(BigInt(`0x${randomBytes(8).toString('hex')}`));
  const accuracy = sequence(integer(1));
  const info = sequence(
    ...[integer(1), oid(oids.policy), query.imprint, serial, generalizedTime(at), accuracy],
    ...(query.nonce === undefined ? [] : [query.nonce]),
  );
  const granted = sequence(integer(0));
  const token = sequence(oid(oids.signedData), der(0xa0, signedData(parts, { info, at, query })));
  return sequence(granted, token);
}

interface ToSign {
  readonly info: Buffer;
  readonly at: Date;
  readonly query: Query;
}

function signedData({ chain }: TimestampParts, { info, at, query }: ToSign): Buffer {
  const { certificate, key } = chain.below;
  const attributes = [
    attribute(oids.contentType, oid(oids.tstInfo)),
    attribute(oids.messageDigest, octets(sha256(info))),
    attribute(oids.signingTime, utcTime(at)),
    attribute(oids.signingCertificateV2, sequence(sequence(sequence(octets(sha256(certificate)))))),
  ];
  const asSet = set(...attributes);
  const signer = sequence(
    ...[integer(1), signerName(certificate), sequence(oid(oids.sha256)), der(0xa0, readDer(asSet).content)],
    ...[sequence(oid(oids.ecdsaWithSha256)), octets(signWith(key, asSet))],
  );
  return sequence(
    ...[integer(3), set(sequence(oid(oids.sha256))), sequence(oid(oids.tstInfo), der(0xa0, octets(info)))],
    ...(query.wantsCertificate ? [der(0xa0, certificate)] : []),
    set(signer),
  );
}

function attribute(type: string, value: Buffer): Buffer {
  return sequence(oid(type), set(value));
}

/** Issuer and serial number, copied from the certificate. */
function signerName(certificate: Buffer): Buffer {
  const [tbs] = childrenOf(readDer(certificate));
  const [, serial, , issuer] = childrenOf(tbs as DerValue);
  return sequence((issuer as DerValue).raw, (serial as DerValue).raw);
}

function utcTime(at: Date): Buffer {
  return der(0x17, generalizedTime(at).subarray(4));
}
