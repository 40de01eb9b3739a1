import { describe, expect, it } from 'vitest';
import { toBase64 } from '../json/base64.ts';
import { publicKeyPem } from '../keys/public-key.ts';
import { writePem } from '../keys/pem.ts';
import { digestOf, toHex } from './bytes.ts';
import { authorityExtensions, issue } from './der-fixture.ts';
import { newKey } from './evidence-fixture.ts';
import { bindBody, verifierOfBody } from './log-body.ts';
import type { LoggedContent } from './log-body.ts';
import { fingerprintIn } from './signer.ts';

const key = newKey().publicKey;
const other = newKey().publicKey;
const signature = Buffer.from('a signature');
const message = Buffer.from('a message');
const payload = Buffer.from('a payload');
const encoded = Buffer.from('DSSEv1 …');
const stored = Buffer.from('{"payload":"…"}');

const overMessage: LoggedContent = {
  signature,
  verifier: key.spki,
  content: { kind: 'message', digest: (algorithm) => digestOf(algorithm, message) },
};
const overEnvelope: LoggedContent = {
  signature,
  verifier: key.spki,
  content: { kind: 'envelope', payload, encoded, stored },
};

const base64 = (bytes: Uint8Array | string): string => toBase64(Buffer.from(bytes));
const sha256 = (bytes: Uint8Array): object => ({ algorithm: 'sha256', value: toHex(digestOf('sha256', bytes)) });
const pem = base64(publicKeyPem(key));
const raw = { keyDetails: 'PKIX_ECDSA_P256_SHA_256', publicKey: { rawBytes: base64(key.spki) } };

interface Kind {
  readonly kind: string;
  readonly version: string;
  readonly spec: object;
  readonly logged: LoggedContent;
}

const kinds: readonly Kind[] = [
  ...['hashedrekord', 'rekord'].map((kind) => ({
    kind,
    version: '0.0.1',
    spec: { data: { hash: sha256(message) }, signature: { content: base64(signature), publicKey: { content: pem } } },
    logged: overMessage,
  })),
  {
    kind: 'dsse',
    version: '0.0.1',
    spec: {
      envelopeHash: sha256(stored),
      payloadHash: sha256(payload),
      signatures: [{ signature: base64(signature), verifier: pem }],
    },
    logged: overEnvelope,
  },
  {
    kind: 'intoto',
    version: '0.0.1',
    spec: { content: { hash: sha256(stored) }, publicKey: pem },
    logged: overEnvelope,
  },
  {
    kind: 'intoto',
    version: '0.0.2',
    spec: {
      content: {
        envelope: { payloadType: 'x', signatures: [{ sig: base64(base64(signature)), publicKey: pem }] },
        payloadHash: sha256(payload),
      },
    },
    logged: overEnvelope,
  },
  {
    kind: 'hashedrekord',
    version: '0.0.2',
    spec: {
      hashedRekordV002: {
        data: { algorithm: 'SHA2_384', digest: base64(digestOf('sha384', encoded)) },
        signature: { content: base64(signature), verifier: raw },
      },
    },
    logged: overEnvelope,
  },
  {
    kind: 'dsse',
    version: '0.0.2',
    spec: {
      dsseV002: {
        payloadHash: { algorithm: 'SHA2_256', digest: base64(digestOf('sha256', payload)) },
        signatures: [{ content: base64(signature), verifier: raw }],
      },
    },
    logged: overEnvelope,
  },
];

function bound({ kind, version, spec, logged }: Kind, text = JSON.stringify(spec)): boolean {
  const body = Buffer.from(`{"kind":"${kind}","apiVersion":"${version}","spec":${text}}`);
  return bindBody({ body, kind, version }, logged).fits;
}

describe.each(kinds)('an entry of kind $kind $version', (one) => {
  it('fits the signature it is about', () => {
    expect(bound(one)).toBe(true);
  });

  it('fits nothing with another signature, key or content', () => {
    const differing: readonly LoggedContent[] = [
      { ...one.logged, verifier: other.spki },
      ...(one.kind === 'intoto' && one.version === '0.0.1'
        ? []
        : [{ ...one.logged, signature: Buffer.from('another') }]),
      one.logged.content.kind === 'message'
        ? { ...one.logged, content: { kind: 'message', digest: (name) => digestOf(name, Buffer.from('another')) } }
        : {
            ...one.logged,
            content: {
              kind: 'envelope',
              payload: Buffer.from('x'),
              encoded: Buffer.from('x'),
              stored: Buffer.from('x'),
            },
          },
    ];
    for (const logged of differing) expect(bound({ ...one, logged })).toBe(false);
  });

  it('fits nothing with any of its texts gone or empty', () => {
    const text = JSON.stringify(one.spec);
    for (const [found] of text.matchAll(
      /"(?:content|value|digest|signature|verifier|rawBytes|sig|publicKey)":"[^"]+"/g,
    )) {
      const [name] = found.split(':');
      expect(bound(one, text.replace(found, `${name}:""`))).toBe(false);
      expect(bound(one, text.replace(found, `${name}:null`))).toBe(false);
    }
  });

  it('names its verifier', () => {
    const body = Buffer.from(JSON.stringify({ kind: one.kind, apiVersion: one.version, spec: one.spec }));
    expect(fingerprintIn(verifierOfBody(body))).toBe(key.fingerprint);
  });
});

describe('the key of an entry', () => {
  it('may be named by a certificate for it, and with other line ends', () => {
    const issued = issue({ subject: 'x', extensions: authorityExtensions() });
    const [first] = kinds;
    const text = JSON.stringify(first!.spec);
    const certificate = base64(writePem('CERTIFICATE', issued.certificate.der));
    const logged = { ...overMessage, verifier: issued.certificate.key.spki };
    expect(bound({ ...first!, logged }, text.replace(pem, certificate))).toBe(true);
    expect(bound(first!, text.replace(pem, certificate))).toBe(false);
    expect(bound(first!, text.replace(pem, base64(publicKeyPem(key).replaceAll('\n', '\r\n'))))).toBe(true);
  });

  it('is not taken from one of two signatures', () => {
    const dsse = kinds[2]!;
    const spec = dsse.spec as { signatures: object[] };
    const twice = { ...spec, signatures: [...spec.signatures, ...spec.signatures] };
    expect(bound({ ...dsse, spec: twice })).toBe(false);
  });
});
