/** Envelopes that were tampered with, and bytes that are none. */
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { certify, daysAfterNoon, noon } from './certificates-fixture.ts';
import type { Holder } from './certificates-fixture.ts';
import { coseEnvelope, epoch, jwsEnvelope } from './envelope-fixture.ts';
import type { EnvelopeWish } from './envelope-fixture.ts';
import { parseEnvelope } from './envelope.ts';
import { checkIntegrity } from './integrity.ts';
import { decode, encode, Tagged } from 'cborg';

let signer: Holder;
const target = {
  mediaType: 'application/vnd.oci.image.manifest.v1+json',
  digest: `sha256:${'a'.repeat(64)}`,
  size: 528,
};

beforeAll(async () => {
  const root = await certify({ name: 'Root', key: 'root', kind: 'authority' });
  signer = await certify({ name: 'Release', key: 'p256', issuer: root });
});

const types = { jws: 'application/jose+json', cose: 'application/cose' } as const;

function made(wish: Partial<EnvelopeWish> = {}) {
  const whole = { by: signer, target, ...wish };
  return { jws: jwsEnvelope(whole), cose: coseEnvelope(whole) };
}

function flawOf(encoding: 'jws' | 'cose', bytes: Uint8Array): string | undefined {
  const checked = checkIntegrity(types[encoding], bytes);
  return checked.ok ? undefined : checked.flaw;
}

describe('an envelope', () => {
  it('says the same in both encodings', () => {
    const { jws, cose } = made({ expiry: daysAfterNoon(2) });
    for (const [type, bytes] of [[types.jws, jws] as const, [types.cose, cose] as const]) {
      const checked = checkIntegrity(type, bytes);
      expect(checked).toMatchObject({ ok: true, value: { target } });
      if (!checked.ok) continue;
      const { headers, algorithm } = checked.value.envelope;
      expect([algorithm, headers.scheme, headers.signingTime, headers.expiry]).toEqual([
        'ES256',
        'notary.x509',
        noon,
        daysAfterNoon(2),
      ]);
    }
  });

  const prefix = 'io.cncf.notary.';
  const wishes: readonly (readonly [string, () => Partial<EnvelopeWish>, RegExp])[] = [
    ['without a critical header', () => ({ critical: [] }), /marks no header as critical/],
    [
      'that does not mark its scheme',
      () => ({ critical: [`${prefix}expiry`], expiry: daysAfterNoon(1) }),
      /does not mark/,
    ],
    [
      'that does not mark its expiry',
      () => ({ critical: [`${prefix}signingScheme`], expiry: daysAfterNoon(1) }),
      /does not mark/,
    ],
    ['that marks a header twice', () => ({ critical: [`${prefix}signingScheme`, `${prefix}signingScheme`] }), /twice/],
    [
      'with a critical header nobody knows',
      () => ({ critical: [`${prefix}signingScheme`, 'strange'], headers: { strange: 1 } }),
      /strange as critical/,
    ],
    [
      'that marks what it does not have',
      () => ({ critical: [`${prefix}signingScheme`, `${prefix}expiry`] }),
      /critical/,
    ],
    ['that wants a plugin', () => ({ headers: { [`${prefix}verificationPlugin`]: 'com.example' } }), /plugin/],
    ['of another scheme', () => ({ headers: { [`${prefix}signingScheme`]: 'notary.other' } }), /scheme/],
    [
      'of an authority without its time',
      () => ({ headers: { [`${prefix}signingScheme`]: 'notary.x509.signingAuthority' } }),
      /signing time/,
    ],
    ['without a signing time', () => ({ headers: { [`${prefix}signingTime`]: undefined } }), /no signing time/],
    ['that expires before it was made', () => ({ expiry: daysAfterNoon(-1) }), /expires before/],
    ['with another payload', () => ({ payloadType: 'application/json' }), /payload of type/],
    ['that names another algorithm', () => ({ algorithm: 'ES512' }), /its certificate is for ES256/],
    ['without certificates', () => ({ chain: [] }), /no certificate chain/],
    ['with something that is no certificate', () => ({ chain: [Buffer.from('no certificate')] }), /cannot be read/],
    ['with too many certificates', () => ({ chain: Array.from({ length: 11 }, () => signer.der) }), /11 certificates/],
    ['about nothing', () => ({ target: { digest: 'sha256:1' } }), /no target artifact/],
  ];
  it.each(wishes)('%s is refused in both encodings', (_, wish, expected) => {
    const { jws, cose } = made(wish());
    expect(flawOf('jws', jws)).toMatch(expected);
    expect(flawOf('cose', cose)).toMatch(expected);
  });

  it('is refused when any signed byte was changed', () => {
    const { jws } = made();
    const document = JSON.parse(jws.toString()) as Record<'payload' | 'protected' | 'signature', string>;
    const payload = Buffer.from(document.payload, 'base64url').toString().replace('528', '529');
    const altered = { ...document, payload: Buffer.from(payload).toString('base64url') };
    expect(flawOf('jws', Buffer.from(JSON.stringify(altered)))).toMatch(/altered/);
    const swapped = { ...document, signature: document.signature.slice(0, 40) };
    expect(flawOf('jws', Buffer.from(JSON.stringify(swapped)))).toMatch(/altered/);
  });
});

describe('a JWS envelope', () => {
  const changed = (change: (document: Record<string, unknown>) => unknown): Buffer =>
    Buffer.from(JSON.stringify(change(JSON.parse(made().jws.toString()) as Record<string, unknown>)));

  it('is one document for all readers', () => {
    const text = made().jws.toString();
    const doubled = text.replace('{"payload":', '{"payload":"e30","payload":');
    expect(flawOf('jws', Buffer.from(doubled))).toBeTypeOf('string');
    expect(
      flawOf(
        'jws',
        changed((document) => ({ ...document, header: { ...(document['header'] as object), alg: 'none' } })),
      ),
    ).toMatch(/header twice/);
    for (const part of ['payload', 'protected', 'signature'])
      expect(
        flawOf(
          'jws',
          changed((document) => ({ ...document, [part]: `${String(document[part])}=` })),
        ),
      ).toMatch(/base64url/);
  });

  it('does not choose its algorithm freely', () => {
    for (const alg of ['none', 'HS256', 'RS256', '', 'ES256K'])
      expect(flawOf('jws', jwsEnvelope({ by: signer, target, headers: { alg } }))).toMatch(/algorithm/);
  });

  it('has times that are times', () => {
    for (const time of [
      'yesterday',
      '2026-06-01',
      '2026-06-01T12:00:00',
      1,
      '2026-13-01T12:00:00Z',
      '0001-01-01T00:00:00Z',
    ])
      expect(
        flawOf('jws', jwsEnvelope({ by: signer, target, headers: { 'io.cncf.notary.signingTime': time } })),
      ).toBeTypeOf('string');
  });
});

describe('a COSE envelope', () => {
  const parts = (): unknown[] => {
    const tagged = decode(made().cose, { useMaps: true, tags: Tagged.preserve(18) }) as Tagged;
    return tagged.value as unknown[];
  };
  const encoded = (value: unknown): Buffer => Buffer.from(encode(value));

  it('is a tagged COSE_Sign1 of four parts', () => {
    const [head, unprotected, payload, signature] = parts();
    const wrong = [
      [head, unprotected, payload, signature],
      new Tagged(97, [head, unprotected, payload, signature]),
      new Tagged(18, [head, unprotected, payload]),
      new Tagged(18, [head, unprotected, payload, signature, signature]),
      new Tagged(18, [head, unprotected, null, signature]),
      new Tagged(18, [head, [], payload, signature]),
      new Tagged(18, [new Uint8Array(0), unprotected, payload, signature]),
    ];
    for (const value of wrong) expect(flawOf('cose', encoded(value))).toBeTypeOf('string');
    expect(flawOf('cose', Buffer.concat([made().cose, Buffer.from([0])]))).toBeTypeOf('string');
  });

  it('is one message for all readers', () => {
    const [head, , payload, signature] = parts();
    const unprotected = new Map<unknown, unknown>([
      [33, [Uint8Array.from(signer.der)]],
      [1, -7],
    ]);
    expect(flawOf('cose', encoded(new Tagged(18, [head, unprotected, payload, signature])))).toMatch(/header twice/);
    // The same map with a label twice: a3 becomes two equal entries.
    const twice = Buffer.from('a2012601382f', 'hex');
    expect(flawOf('cose', encoded(new Tagged(18, [Uint8Array.from(twice), new Map(), payload, signature])))).toBe(
      'the envelope cannot be read',
    );
  });

  it('has times under tag 1', () => {
    const times = [12, 'now', new Tagged(1, 'now'), new Tagged(1, 1e300)];
    for (const time of times) {
      const headers = { 'io.cncf.notary.signingTime': time };
      expect(flawOf('cose', coseEnvelope({ by: signer, target, headers }))).toMatch(/no time/);
    }
    const right = { 'io.cncf.notary.signingTime': epoch(noon) };
    expect(flawOf('cose', coseEnvelope({ by: signer, target, headers: right }))).toBeUndefined();
  });
});

describe('bytes from strangers', () => {
  it('are refused without a crash, whatever they are', () => {
    const anything = fc.oneof(
      fc.uint8Array({ maxLength: 400 }),
      fc.json().map((text) => Buffer.from(text)),
    );
    const type = fc.constantFrom(types.jws, types.cose, 'text/plain');
    fc.assert(
      fc.property(type, anything, (mediaType, bytes) => {
        expect(parseEnvelope(mediaType, bytes).ok).toBe(false);
      }),
      { numRuns: 150 },
    );
  });

  it('are refused when they are an envelope with a byte changed, unless nothing signed was', () => {
    const whole = made();
    const change = fc.record({
      encoding: fc.constantFrom('jws', 'cose'),
      at: fc.nat(),
      by: fc.integer({ min: 1, max: 255 }),
    });
    const before = { jws: checkIntegrity(types.jws, whole.jws), cose: checkIntegrity(types.cose, whole.cose) };
    fc.assert(
      fc.property(change, ({ encoding, at, by }) => {
        const bytes = Buffer.from(whole[encoding]);
        bytes[at % bytes.length]! ^= by;
        const [was, is] = [before[encoding], checkIntegrity(types[encoding], bytes)];
        // Only unsigned parts may differ: the agent's name, an unknown member.
        const message = is.ok ? is.value.envelope.message : undefined;
        expect([undefined, was.ok ? was.value.envelope.message : undefined]).toContainEqual(message);
      }),
      { numRuns: 150 },
    );
  });

  it('cannot make the reader run out of stack', () => {
    expect(flawOf('cose', Buffer.alloc(200_000, 0x81))).toBeTypeOf('string');
    expect(flawOf('cose', Buffer.concat([Buffer.from([0xd2]), Buffer.alloc(200_000, 0xc1)]))).toBeTypeOf('string');
    expect(flawOf('jws', Buffer.alloc(200_000, 0x5b))).toBeTypeOf('string');
  });
});
