import { sign } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { TrustedAuthority } from '../trust/trust-material.ts';
import { digestOf } from './bytes.ts';
import { authorityExtensions, der, extension, issue, oid } from './der-fixture.ts';
import type { Issued } from './der-fixture.ts';
import { verifyTimestamps } from './timestamp.ts';

const covered = Buffer.from('a signature');
const root = issue({ subject: 'tsa root', extensions: authorityExtensions() });
const usage = (critical: boolean, ...purposes: readonly string[]): Buffer =>
  extension('2.5.29.37', der(0x30, ...purposes.map(oid)), critical);
const stamping = '1.3.6.1.5.5.7.3.8';
const signer = issue({ subject: 'tsa', extensions: [usage(true, stamping)], by: root });
const time = '20260601120000Z';

interface TokenShape {
  readonly by?: Issued;
  readonly stamped?: Uint8Array;
  readonly status?: number;
  readonly genTime?: string;
  /** What the signed attributes say the content is. */
  readonly digested?: (content: Uint8Array) => Uint8Array;
  readonly contentType?: string;
  /** Hash of the signer's certificate in the attribute of RFC 5816. */
  readonly named?: Uint8Array;
  readonly sent?: readonly Issued[];
}

const sha256Algorithm = der(0x30, oid('2.16.840.1.101.3.4.2.1'));
const statementType = '1.2.840.113549.1.9.16.1.4';

/** A TimeStampResp, right unless the shape says otherwise. */
function token(shape: TokenShape = {}): Uint8Array {
  const { by = signer, stamped = covered, status = 0, genTime = time, sent = [] } = shape;
  const imprint = der(0x30, sha256Algorithm, der(0x04, digestOf('sha256', stamped)));
  const content = der(
    0x30,
    Buffer.from([2, 1, 1]),
    oid('1.2.3'),
    imprint,
    Buffer.from([2, 1, 7]),
    der(0x18, Buffer.from(genTime)),
  );
  const digested = (shape.digested ?? ((bytes) => digestOf('sha256', bytes)))(content);
  const attribute = (id: string, value: Uint8Array): Buffer => der(0x30, oid(id), der(0x31, value));
  const attributes = Buffer.concat([
    attribute('1.2.840.113549.1.9.3', oid(shape.contentType ?? statementType)),
    attribute('1.2.840.113549.1.9.4', der(0x04, digested)),
    ...(shape.named === undefined
      ? []
      : [attribute('1.2.840.113549.1.9.16.2.47', der(0x30, der(0x30, der(0x30, der(0x04, shape.named)))))]),
  ]);
  const signature = sign('sha256', der(0x31, attributes), by.privateKey);
  const { issuer, serial } = by.certificate;
  const info = der(
    0x30,
    Buffer.from([2, 1, 1]),
    der(0x30, issuer, der(0x02, serial)),
    sha256Algorithm,
    der(0xa0, attributes),
    der(0x30, oid('1.2.840.10045.4.3.2')),
    der(0x04, signature),
  );
  const certificates = sent.length === 0 ? [] : [der(0xa0, ...sent.map(({ certificate }) => certificate.der))];
  const data = der(
    0x30,
    Buffer.from([2, 1, 3]),
    der(0x31, sha256Algorithm),
    der(0x30, oid(statementType), der(0xa0, der(0x04, content))),
    ...certificates,
    der(0x31, info),
  );
  return der(0x30, der(0x30, Buffer.from([2, 1, status])), der(0x30, oid('1.2.840.113549.1.7.2'), der(0xa0, data)));
}

function authority(...chain: readonly Issued[]): TrustedAuthority {
  return { name: 'a test authority', uri: '', chain: chain.map(({ certificate }) => certificate), validFor: {} };
}

/** `held`, or the reason with its detail. */
function outcome(shape: TokenShape, authorities = [authority(signer, root)]): string {
  const result = verifyTimestamps({ responses: [token(shape)], covered, authorities, required: true });
  return result.ok
    ? `held ${result.value[0]?.toISOString()}`
    : `${result.rejection.reason}: ${result.rejection.detail}`;
}

describe('a timestamp', () => {
  it('of a trusted authority says the time', () => {
    expect(outcome({})).toBe('held 2026-06-01T12:00:00.000Z');
    expect(outcome({ genTime: '20260601120000.25Z' })).toBe('held 2026-06-01T12:00:00.250Z');
  });

  it('must be granted and name a time in UTC', () => {
    expect(outcome({ status: 2 })).toContain('cannot be read, or was not granted');
    expect(outcome({ genTime: '20260601120000+0100' })).toContain('cannot be read');
    expect(outcome({ genTime: '20261301120000Z' })).toContain('cannot be read');
  });

  it('must be about the signature', () => {
    expect(outcome({ stamped: Buffer.from('another') })).toContain('is for another signature');
  });

  it('must sign what it states: its type and its digest', () => {
    const other = (): Uint8Array => digestOf('sha256', Buffer.from('another statement'));
    expect(outcome({ digested: other })).toContain('do not fit its content');
    expect(outcome({ contentType: '1.2.840.113549.1.7.1' })).toContain('do not fit its content');
  });

  it('must be signed by the certificate it names', () => {
    expect(outcome({ named: digestOf('sha256', signer.certificate.der) })).toContain('held');
    expect(outcome({ named: digestOf('sha256', root.certificate.der) })).toContain('was not signed by');
    const impostor = { ...signer, privateKey: issue({ extensions: [] }).privateKey };
    expect(outcome({ by: impostor })).toContain('was not signed by');
  });

  it('must be signed for this purpose alone', () => {
    for (const purposes of [
      usage(true, stamping, '1.3.6.1.5.5.7.3.3'),
      usage(false, stamping),
      usage(true, '1.3.6.1.5.5.7.3.3'),
    ]) {
      const by = issue({ subject: 'tsa', extensions: [purposes], by: root });
      expect(outcome({ by }, [authority(by, root)])).toContain('timestamp-invalid');
    }
  });

  it('must be signed while its certificate counted', () => {
    expect(outcome({ genTime: '20271201120000Z' })).toContain('timestamp-invalid');
    expect(outcome({ genTime: '20251201120000Z' })).toContain('timestamp-invalid');
  });

  it('may send its certificate along, but not beside a trusted one that is another', () => {
    const second = issue({ subject: 'second tsa', extensions: [usage(true, stamping)], by: root });
    expect(outcome({ by: second, sent: [second] }, [authority(root)])).toContain('held');
    expect(outcome({ by: second, sent: [second] }, [authority(signer, root)])).toContain('timestamp-missing');
    const stranger = issue({ subject: 'stranger', extensions: authorityExtensions() });
    const strange = issue({ subject: 'strange tsa', extensions: [usage(true, stamping)], by: stranger });
    expect(outcome({ by: strange, sent: [strange, stranger] }, [authority(root)])).toContain('timestamp-missing');
  });

  it('is one of at most 32', () => {
    const responses = Array.from({ length: 33 }, () => token());
    expect(verifyTimestamps({ responses, covered, authorities: [authority(signer, root)], required: false }).ok).toBe(
      false,
    );
  });
});
