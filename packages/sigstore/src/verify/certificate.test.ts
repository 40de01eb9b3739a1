import { X509Certificate } from 'node:crypto';
import { ASN1Obj } from '@sigstore/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TrustedAuthority } from '../trust/trust-material.ts';
import { codeSigning, isoTime, timeStamping, verifyChain, verifyLife } from './certificate.ts';
import { authorityExtensions, der, extension, issue, issueFor, leafExtensions, oid, utf8 } from './der-fixture.ts';
import type { Issued } from './der-fixture.ts';
import { identityOf } from './identity.ts';
import { certificatesFromPem, parseCertificate } from './x509.ts';
import type { Certificate } from './x509.ts';
import { timestampsOf, verifyCertificateLog } from './sct.ts';
import { writePem } from '../keys/pem.ts';
import { flipped } from './evidence-fixture.ts';

const mail = der(0x81, Buffer.from('dev@example.com'));
const root = issue({ subject: 'root', extensions: authorityExtensions() });
const intermediate = issue({ subject: 'intermediate', extensions: authorityExtensions(0), by: root });
const leaf = issue({ extensions: leafExtensions(mail), by: intermediate });

function authority(...chain: readonly Issued[]): TrustedAuthority {
  return { name: 'test', uri: '', chain: chain.map(({ certificate }) => certificate), validFor: {} };
}

function chainReason(question: {
  readonly leaf?: Issued;
  readonly authorities?: readonly TrustedAuthority[];
  readonly intermediates?: readonly Certificate[];
  readonly purpose?: string;
  readonly at?: Date;
}): string {
  const certificate = (question.leaf ?? leaf).certificate;
  const result = verifyChain({
    leaf: certificate,
    intermediates: question.intermediates ?? [],
    authorities: question.authorities ?? [authority(intermediate, root)],
    purpose: question.purpose ?? codeSigning,
    at: question.at ?? certificate.notBefore,
  });
  return result.ok ? 'held' : result.rejection.detail;
}

describe('a chain', () => {
  it('leads through trusted or sent intermediates to a root', () => {
    expect(chainReason({})).toBe('held');
    expect(chainReason({ authorities: [authority(root)], intermediates: [intermediate.certificate] })).toBe('held');
    expect(chainReason({ authorities: [authority(root)] })).toContain('does not lead to any');
  });

  it('does not begin at a root that was only sent along', () => {
    const other = issue({ subject: 'root', extensions: authorityExtensions() });
    const sent = [intermediate.certificate, root.certificate];
    expect(chainReason({ authorities: [authority(other)], intermediates: sent })).toContain('does not lead to any');
  });

  it('needs authorities that may issue, as many as they allow', () => {
    const notAuthority = issue({ subject: 'no authority', extensions: leafExtensions(mail), by: root });
    const below = issue({ extensions: leafExtensions(mail), by: notAuthority });
    expect(chainReason({ leaf: below, intermediates: [notAuthority.certificate] })).toContain('does not lead');
    const third = issue({ subject: 'third', extensions: authorityExtensions(), by: intermediate });
    const tooDeep = issue({ extensions: leafExtensions(mail), by: third });
    expect(chainReason({ leaf: tooDeep, intermediates: [third.certificate] })).toContain('does not lead');
  });

  it('needs a leaf of the purpose, which is no authority and has no unknown critical extension', () => {
    expect(chainReason({ purpose: timeStamping })).toContain('may not sign timestamps');
    const ca = issue({ extensions: [...leafExtensions(mail), ...authorityExtensions().slice(0, 1)], by: intermediate });
    expect(chainReason({ leaf: ca })).toContain('belongs to an authority');
    const odd = issue({
      extensions: [...leafExtensions(mail), extension('1.2.3.4', Buffer.from([5, 0]), true)],
      by: intermediate,
    });
    expect(chainReason({ leaf: odd })).toContain('1.2.3.4');
    const purposeless = issue({ extensions: leafExtensions(mail).filter((_one, at) => at !== 1), by: intermediate });
    expect(chainReason({ leaf: purposeless })).toContain('may not sign code');
  });

  it('is looked at as it was when the leaf was issued', () => {
    const old = issue({
      subject: 'old',
      extensions: authorityExtensions(),
      notBefore: new Date('2020-01-01'),
      notAfter: new Date('2021-01-01'),
    });
    const within = issue({ extensions: leafExtensions(mail), by: old, notBefore: new Date('2020-06-01') });
    const after = issue({ extensions: leafExtensions(mail), by: old, notBefore: new Date('2021-06-01') });
    expect(chainReason({ leaf: within, authorities: [authority(old)] })).toBe('held');
    expect(chainReason({ leaf: after, authorities: [authority(old)] })).toContain('does not lead');
  });

  it('needs authorities that may issue for the purpose, where they name purposes', () => {
    function below(purpose: string): string {
      const named = extension('2.5.29.37', der(0x30, oid(purpose)));
      const by = issue({ subject: purpose, extensions: [...authorityExtensions(0), named], by: root });
      const issued = issue({ extensions: leafExtensions(mail), by });
      return chainReason({ leaf: issued, authorities: [authority(root)], intermediates: [by.certificate] });
    }
    expect(below(codeSigning)).toBe('held');
    expect(below('2.5.29.37.0')).toBe('held');
    expect(below(timeStamping)).toContain('does not lead');
  });

  it('ends among authorities of a stranger that have all issued each other, and does not follow more than eight', () => {
    const first = issue({ subject: 'loop', extensions: authorityExtensions() });
    const again = Array.from({ length: 7 }, () =>
      issueFor(first, { subject: 'loop', extensions: authorityExtensions(), by: first }),
    );
    const loop = [first, ...again].map(({ certificate }) => certificate);
    const stranger = issue({ extensions: leafExtensions(mail), by: first });
    // Followed one way after the other, these are some 7! ways with a signature at each step.
    expect(chainReason({ leaf: stranger, intermediates: loop })).toContain('does not lead');
    expect(chainReason({ leaf: stranger, intermediates: [...loop, ...loop] })).toContain('more than 8');
  });

  it('counts validity to both ends', () => {
    const { certificate } = leaf;
    expect(verifyLife(certificate, [certificate.notBefore, certificate.notAfter]).ok).toBe(true);
    expect(verifyLife(certificate, [new Date(certificate.notAfter.getTime() + 1000)]).ok).toBe(false);
    expect(verifyLife(certificate, [new Date(certificate.notBefore.getTime() - 1000)]).ok).toBe(false);
    expect(isoTime(new Date(Number.NaN))).toBe('an impossible time');
  });
});

describe('what a certificate says about its holder', () => {
  const fulcio = '1.3.6.1.4.1.57264.1';

  function identity(...extensions: readonly Buffer[]): ReturnType<typeof identityOf> {
    return identityOf(issue({ extensions, by: intermediate }).certificate);
  }

  it('has names of five kinds', () => {
    const other = der(0xa0, oid(`${fulcio}.7`), der(0xa0, utf8('anyone at all')));
    const foreign = der(0xa0, oid('1.2.3.4'), der(0xa0, utf8('not ours')));
    const found = identity(
      ...leafExtensions(
        other,
        foreign,
        mail,
        der(0x82, Buffer.from('host.example.com')),
        der(0x86, Buffer.from('https://example.com/x')),
        der(0x87, Uint8Array.of(192, 0, 2, 1)),
        der(0x87, Buffer.from('20010db8000000000000000000000001', 'hex')),
      ),
    );
    expect(found).toMatchObject({
      ok: true,
      value: {
        names: [
          'anyone at all',
          'dev@example.com',
          'host.example.com',
          'https://example.com/x',
          '192.0.2.1',
          '2001:db8::1',
        ],
      },
    });
  });

  it('leaves out names with bytes that are not ASCII', () => {
    expect(identity(...leafExtensions(der(0x81, Buffer.from('dev\u0000@example.com'))))).toMatchObject({
      value: { names: [] },
    });
  });

  it('has no name and no issuer with control characters, which a terminal would obey', () => {
    const orders = 'dev@example.com\u001b[2K\u009b1A';
    const found = identity(
      ...leafExtensions(der(0xa0, oid(`${fulcio}.7`), der(0xa0, utf8(orders)))),
      extension(`${fulcio}.1`, Buffer.from(orders)),
      extension(`${fulcio}.2`, Buffer.from(orders)),
    );
    expect(found).toMatchObject({ value: { names: [], issuer: '', claims: {} } });
  });

  it('has one issuer, in the newer place if both agree', () => {
    const old = extension(`${fulcio}.1`, Buffer.from('https://issuer.example.com'));
    const same = extension(`${fulcio}.8`, utf8('https://issuer.example.com'));
    const different = extension(`${fulcio}.8`, utf8('https://other.example.com'));
    const broken = extension(`${fulcio}.8`, Buffer.from('not DER'));
    const names = leafExtensions(mail);
    expect(identity(...names, old)).toMatchObject({ value: { issuer: 'https://issuer.example.com' } });
    expect(identity(...names, same)).toMatchObject({ value: { issuer: 'https://issuer.example.com' } });
    expect(identity(...names, old, same)).toMatchObject({ ok: true });
    expect(identity(...names, old, different)).toMatchObject({ rejection: { reason: 'issuer-mismatch' } });
    expect(identity(...names, old, broken)).toMatchObject({ rejection: { reason: 'issuer-mismatch' } });
  });

  it('has GitHub claims, old ones as bytes and new ones as DER', () => {
    const found = identity(
      ...leafExtensions(mail),
      extension(`${fulcio}.6`, Buffer.from('refs/heads/main')),
      extension(`${fulcio}.11`, utf8('github-hosted')),
      extension(`${fulcio}.12`, Buffer.from('not DER')),
    );
    expect(found).toMatchObject({ value: { claims: { '.6': 'refs/heads/main', '.11': 'github-hosted' } } });
  });
});

describe('promises of certificate logs', () => {
  it('are missed where there are none, and refused where the list is broken', () => {
    const { certificate } = leaf;
    expect(verifyCertificateLog(certificate, intermediate.certificate, [])).toMatchObject({
      rejection: { reason: 'sct-missing' },
    });
    const listed = extension('1.3.6.1.4.1.11129.2.4.2', der(0x04, Buffer.from('0004000200ff', 'hex')));
    const broken = issue({ extensions: [...leafExtensions(mail), listed], by: intermediate });
    expect(verifyCertificateLog(broken.certificate, intermediate.certificate, [])).toMatchObject({
      rejection: { reason: 'sct-invalid' },
    });
  });
});

/** The certificate with one more extension, which holds the bytes; its signature fits no more, which only OpenSSL would tell. */
function wrapped({ der: whole }: Certificate, bytes: Uint8Array): Uint8Array {
  const [tbs, algorithm, signature] = ASN1Obj.parseBuffer(Buffer.from(whole)).subs;
  const members = tbs!.subs;
  const extensions = members.at(-1)!.subs[0]!.subs.map((sub) => sub.toDER());
  const list = der(0xa3, der(0x30, ...extensions, extension('1.2.3.4', bytes)));
  const body = der(0x30, ...members.slice(0, -1).map((sub) => sub.toDER()), list);
  return der(0x30, body, algorithm!.toDER(), signature!.toDER());
}

describe('anything at all', () => {
  it('in place of a certificate is a certificate or none, and never an error', () => {
    const bytes = Buffer.from(leaf.certificate.der);
    fc.assert(
      fc.property(fc.nat(8 * bytes.length - 1), fc.uint8Array({ maxLength: 64 }), (bit, tail) => {
        for (const input of [
          flipped(bytes, bit),
          Buffer.concat([bytes, tail]),
          bytes.subarray(0, bit % bytes.length),
          tail,
        ]) {
          const certificate = parseCertificate(input);
          if (certificate === undefined) continue;
          identityOf(certificate);
          expect(typeof chainReason({ leaf: { certificate, privateKey: leaf.privateKey } })).toBe('string');
        }
      }),
      { numRuns: 300 },
    );
  });

  it('around the PEM of another certificate is none: OpenSSL would read that one, and the names would be of this one', () => {
    const victim = der(0x81, Buffer.from('victim@example.com'));
    const pem = Buffer.from(`\n${writePem('CERTIFICATE', leaf.certificate.der)}`);
    const forged = issue({ subject: 'forged', extensions: leafExtensions(victim) }).certificate;
    expect(new X509Certificate(Buffer.concat([Buffer.from('x'), pem])).raw).toEqual(Buffer.from(leaf.certificate.der));
    expect(parseCertificate(wrapped(forged, pem))).toBeUndefined();
    expect(parseCertificate(Buffer.concat([Buffer.from(forged.der), pem]))).toBeUndefined();
    expect(parseCertificate(pem)).toBeUndefined();
  });

  it('in place of a list of promises is a list or none', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const found = timestampsOf(bytes);
        expect(found === undefined || found.length > 0).toBe(true);
      }),
    );
  });

  it('in place of PEM is certificates or none', () => {
    const pem = writePem('CERTIFICATE', leaf.certificate.der);
    expect(certificatesFromPem(pem)).toHaveLength(1);
    expect(certificatesFromPem(writePem('CERTIFICATE', Buffer.from('no')))).toBeUndefined();
    expect(certificatesFromPem(pem.repeat(33))).toBeUndefined();
    expect(certificatesFromPem('')).toEqual([]);
  });
});
