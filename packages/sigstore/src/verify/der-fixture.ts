/** Certificates of any shape, also those no honest authority issues: just enough DER to write them. */
import { createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { parseCertificate } from './x509.ts';
import type { Certificate } from './x509.ts';

/** One value: tag, length, content. */
export function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  const length = content.length;
  const head = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Uint8Array.of(tag, ...head), content]);
}

/** An object identifier. */
export function oid(text: string): Buffer {
  const [first = 0, second = 0, ...rest] = text.split('.').map(Number);
  return der(0x06, Uint8Array.from([first * 40 + second, ...rest.flatMap(base128)]));
}

function base128(value: number): readonly number[] {
  const digits = [value & 0x7f];
  for (let rest = Math.floor(value / 128); rest > 0; rest = Math.floor(rest / 128))
    digits.unshift((rest & 0x7f) | 0x80);
  return digits;
}

/** A UTF8String. */
export function utf8(text: string): Buffer {
  return der(0x0c, Buffer.from(text));
}

/** An extension with its content. */
export function extension(id: string, content: Uint8Array, critical = false): Buffer {
  return der(0x30, oid(id), ...(critical ? [Buffer.from([0x01, 0x01, 0xff])] : []), der(0x04, content));
}

/** Extensions a signer's certificate has; names are GeneralNames. */
export function leafExtensions(...names: readonly Uint8Array[]): readonly Buffer[] {
  return [
    extension('2.5.29.15', Buffer.from([0x03, 0x02, 0x07, 0x80]), true),
    extension('2.5.29.37', der(0x30, oid('1.3.6.1.5.5.7.3.3'))),
    extension('2.5.29.17', der(0x30, ...names), true),
  ];
}

/** Extensions an authority has; `pathLength` authorities may stand below it. */
export function authorityExtensions(pathLength?: number): readonly Buffer[] {
  const length = pathLength === undefined ? [] : [Buffer.from([0x02, 0x01, pathLength])];
  return [
    extension('2.5.29.19', der(0x30, Buffer.from([0x01, 0x01, 0xff]), ...length), true),
    extension('2.5.29.15', Buffer.from([0x03, 0x02, 0x01, 0x06]), true),
  ];
}

/** A certificate with the key it is for. */
export interface Issued {
  readonly certificate: Certificate;
  readonly privateKey: KeyObject;
}

/** What a certificate says. */
export interface Issuing {
  readonly subject?: string;
  readonly extensions: readonly Buffer[];
  /** Itself when left out. */
  readonly by?: Issued;
  readonly notBefore?: Date;
  readonly notAfter?: Date;
}

let serial = 1;

/** Signs a certificate with a new P-256 key. */
export function issue(issuing: Issuing): Issued {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return issueFor({ privateKey }, issuing);
}

/** Signs another certificate for a key that is there. */
export function issueFor({ privateKey }: Pick<Issued, 'privateKey'>, issuing: Issuing): Issued {
  const publicKey = createPublicKey(privateKey);
  const { by, notBefore = new Date('2026-01-01'), notAfter = new Date('2026-12-31'), extensions } = issuing;
  const subject = nameOf(issuing.subject ?? '');
  const algorithm = der(0x30, oid('1.2.840.10045.4.3.2'));
  serial += 1;
  const tbs = der(
    0x30,
    der(0xa0, Buffer.from([0x02, 0x01, 0x02])),
    Buffer.from([0x02, 0x02, 0x10 + (serial >> 8), serial & 0xff]),
    algorithm,
    by === undefined ? subject : Buffer.from(by.certificate.subject),
    der(0x30, timeOf(notBefore), timeOf(notAfter)),
    subject,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, der(0x30, ...extensions)),
  );
  const signature = sign('sha256', tbs, by?.privateKey ?? privateKey);
  const bytes = der(0x30, tbs, algorithm, der(0x03, Uint8Array.of(0), signature));
  const certificate = parseCertificate(bytes);
  if (certificate === undefined) throw new TypeError('the certificate of the test cannot be read');
  return { certificate, privateKey };
}

function nameOf(common: string): Buffer {
  return common === '' ? der(0x30) : der(0x30, der(0x31, der(0x30, oid('2.5.4.3'), utf8(common))));
}

function timeOf(time: Date): Buffer {
  return der(0x18, Buffer.from(`${time.toISOString().replace(/[-:T]|\.\d+Z/g, '')}Z`));
}
