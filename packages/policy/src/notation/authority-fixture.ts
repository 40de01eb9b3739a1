/** What authorities answer, for tests: timestamps (RFC 3161), certificate status (RFC 6960) and revocation lists (RFC 5280). */
import { createHash, createPublicKey, sign } from 'node:crypto';
import { membersOf, readWholeDer, tags, writeDer } from './der.ts';
import type { DerValue } from './der.ts';
import { chainOf, noon } from './certificates-fixture.ts';
import type { Holder } from './certificates-fixture.ts';

const oids = {
  signedData: '1.2.840.113549.1.7.2',
  tstInfo: '1.2.840.113549.1.9.16.1.4',
  contentType: '1.2.840.113549.1.9.3',
  messageDigest: '1.2.840.113549.1.9.4',
  signingCertificateV2: '1.2.840.113549.1.9.16.2.47',
  sha256: '2.16.840.1.101.3.4.2.1',
  sha1: '1.3.14.3.2.26',
  ecdsaWithSha256: '1.2.840.10045.4.3.2',
  basicResponse: '1.3.6.1.5.5.7.48.1.1',
} as const;

/** A timestamp token that is wanted. */
export interface TokenWish {
  readonly by: Holder;
  readonly over: Uint8Array;
  readonly at?: Date;
  readonly policy?: string;
  /** Whole seconds; absent without. */
  readonly accuracy?: number;
  readonly version?: number;
  readonly namesCertificate?: boolean;
  /** Certificates sent along instead of the whole chain. */
  readonly certificates?: readonly Buffer[];
}

/** A TimeStampToken. */
export function timestampToken(wish: TokenWish): Buffer {
  const info = sequence(
    integer(wish.version ?? 1),
    oid(wish.policy ?? '1.2.3.4'),
    sequence(sequence(oid(oids.sha256)), octets(hashOf('sha256', wish.over))),
    integer(77),
    generalizedTime(wish.at ?? noon),
    ...(wish.accuracy === undefined ? [] : [sequence(integer(wish.accuracy))]),
  );
  const { issuer, serial } = namesOf(wish.by.der);
  const attributes = setOf(
    attribute(oids.contentType, oid(oids.tstInfo)),
    attribute(oids.messageDigest, octets(hashOf('sha256', info))),
    ...(wish.namesCertificate === false
      ? []
      : [attribute(oids.signingCertificateV2, sequence(sequence(sequence(octets(hashOf('sha256', wish.by.der))))))]),
  );
  const signer = sequence(
    ...[integer(1), sequence(issuer, serial), sequence(oid(oids.sha256))],
    writeDer(0xa0, readWholeDer(attributes).content),
    ...[sequence(oid(oids.ecdsaWithSha256)), octets(sign('sha256', attributes, wish.by.key))],
  );
  const signedData = sequence(
    ...[integer(3), setOf(sequence(oid(oids.sha256)))],
    sequence(oid(oids.tstInfo), writeDer(0xa0, octets(info))),
    writeDer(0xa0, ...(wish.certificates ?? chainOf(wish.by))),
    setOf(signer),
  );
  return sequence(oid(oids.signedData), writeDer(0xa0, signedData));
}

/** A status that is wanted. */
export interface StatusWish {
  readonly of: Holder;
  readonly by: Holder;
  readonly status?: 'good' | 'revoked' | 'unknown';
  readonly from?: Date;
  readonly until?: Date | null;
  /** The certificate of an appointed responder, sent along. */
  readonly delegate?: Holder;
}

/** An OCSP response. */
export function ocspResponse(wish: StatusWish): Buffer {
  const { issuer, serial } = namesOf(wish.of.der);
  const issuerKey = (wish.of.issuer ?? wish.of).key;
  const spki = createPublicKey(issuerKey).export({ type: 'spki', format: 'der' });
  const bare = membersOf(readWholeDer(spki))[1]!.content.subarray(1);
  const id = sequence(
    sequence(oid(oids.sha1), writeDer(0x05)),
    octets(hashOf('sha1', issuer)),
    octets(hashOf('sha1', bare)),
    serial,
  );
  const statuses = { good: writeDer(0x80), revoked: writeDer(0xa1, generalizedTime(noon)), unknown: writeDer(0x82) };
  const until =
    wish.until === null ? [] : [writeDer(0xa0, generalizedTime(wish.until ?? new Date(noon.getTime() + 3_600_000)))];
  const single = sequence(id, statuses[wish.status ?? 'good'], generalizedTime(wish.from ?? noon), ...until);
  const data = sequence(writeDer(0xa2, octets(hashOf('sha1', bare))), generalizedTime(noon), sequence(single));
  const signer = wish.delegate ?? wish.by;
  const basic = sequence(
    ...[data, sequence(oid(oids.ecdsaWithSha256)), bits(sign('sha256', data, signer.key))],
    ...(wish.delegate === undefined ? [] : [writeDer(0xa0, sequence(wish.delegate.der))]),
  );
  return sequence(
    writeDer(tags.enumerated, Buffer.from([0])),
    writeDer(0xa0, sequence(oid(oids.basicResponse), octets(basic))),
  );
}

/** A list that is wanted. */
export interface ListWish {
  readonly by: Holder;
  /** Certificates with the reason they were revoked for. */
  readonly revoked?: readonly { readonly certificate: Holder; readonly reason?: number; readonly at?: Date }[];
  readonly until?: Date | null;
  readonly number?: number;
  readonly deltaOf?: number;
  readonly deltaAt?: string;
  readonly criticalExtension?: string;
}

/** A certificate revocation list, or a delta of one. */
export function revocationList(wish: ListWish): Buffer {
  const entries = (wish.revoked ?? []).map(({ certificate, reason, at }) =>
    sequence(
      namesOf(certificate.der).serial,
      utcTime(at ?? noon),
      ...(reason === undefined
        ? []
        : [sequence(extension('2.5.29.21', writeDer(tags.enumerated, Buffer.from([reason]))))]),
    ),
  );
  const point = (address: string): Buffer =>
    sequence(sequence(writeDer(0xa0, writeDer(0xa0, writeDer(0x86, Buffer.from(address))))));
  const extensions = sequence(
    extension('2.5.29.20', integer(wish.number ?? 5)),
    ...(wish.deltaOf === undefined ? [] : [extension('2.5.29.27', integer(wish.deltaOf), true)]),
    ...(wish.deltaAt === undefined ? [] : [extension('2.5.29.46', point(wish.deltaAt))]),
    ...(wish.criticalExtension === undefined ? [] : [extension(wish.criticalExtension, integer(1), true)]),
  );
  const list = sequence(
    ...[integer(1), sequence(oid(oids.ecdsaWithSha256)), subjectOf(wish.by.der), utcTime(noon)],
    ...(wish.until === null ? [] : [utcTime(wish.until ?? new Date(noon.getTime() + 3_600_000))]),
    ...(entries.length === 0 ? [] : [sequence(...entries)]),
    writeDer(0xa0, extensions),
  );
  return sequence(list, sequence(oid(oids.ecdsaWithSha256)), bits(sign('sha256', list, wish.by.key)));
}

function extension(id: string, value: Buffer, isCritical = false): Buffer {
  return sequence(oid(id), ...(isCritical ? [writeDer(tags.boolean, Buffer.from([0xff]))] : []), octets(value));
}

function attribute(type: string, value: Buffer): Buffer {
  return sequence(oid(type), setOf(value));
}

/** Issuer and serial number as they stand in a certificate. */
function namesOf(der: Uint8Array): { readonly issuer: Uint8Array; readonly serial: Uint8Array } {
  const [, serial, , issuer] = fieldsOf(der);
  return { issuer: issuer!.whole, serial: serial!.whole };
}

function subjectOf(der: Uint8Array): Uint8Array {
  return fieldsOf(der)[5]!.whole;
}

function fieldsOf(der: Uint8Array): readonly DerValue[] {
  return membersOf(membersOf(readWholeDer(der))[0]!);
}

function sequence(...parts: readonly Uint8Array[]): Buffer {
  return writeDer(tags.sequence, ...parts);
}

function setOf(...parts: readonly Buffer[]): Buffer {
  return writeDer(0x31, ...parts.toSorted((one, other) => Buffer.compare(one, other)));
}

function octets(bytes: Uint8Array): Buffer {
  return writeDer(tags.octets, bytes);
}

function bits(bytes: Uint8Array): Buffer {
  return writeDer(tags.bitString, Buffer.from([0]), bytes);
}

function integer(value: number): Buffer {
  return writeDer(tags.integer, Buffer.from([value]));
}

function oid(text: string): Buffer {
  const [first = 0, second = 0, ...rest] = text.split('.').map(Number);
  const septets = [first * 40 + second, ...rest].flatMap((arc) => {
    const parts = [arc % 128];
    for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128)) parts.unshift((left % 128) + 128);
    return parts;
  });
  return writeDer(tags.oid, Buffer.from(septets));
}

function generalizedTime(at: Date): Buffer {
  return writeDer(tags.generalizedTime, Buffer.from(at.toISOString().replaceAll(/[-:T]|\.\d{3}/g, '')));
}

function utcTime(at: Date): Buffer {
  return writeDer(
    tags.utcTime,
    Buffer.from(
      at
        .toISOString()
        .replaceAll(/[-:T]|\.\d{3}/g, '')
        .slice(2),
    ),
  );
}

function hashOf(algorithm: string, bytes: Uint8Array): Buffer {
  return createHash(algorithm).update(bytes).digest();
}
