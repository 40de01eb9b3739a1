import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkSignature, signWith } from '../keys/algorithms.ts';
import { takePrivateKey } from '../keys/private-key.ts';
import { parsePublicKey } from '../keys/public-key.ts';
import type { LogEntry } from '../sign/services.ts';
import { vectors } from '../vectors-fixture.ts';
import { parseBlobBundle, writeLegacyBlobBundle } from './blob-bundle.ts';
import { bundleMediaType, imageBundleVersions, parseBundle } from './bundle-parse.ts';
import { writeBundle } from './bundle-write.ts';
import { parseEnvelope, preAuthenticationEncoding, statementPayloadType, writeEnvelope } from './dsse.ts';
import { parseStatement, signPredicateType, subjectOf, writeAttestation, writeSignStatement } from './statement.ts';

const digest = vectors.imageDigest;
const statement = Buffer.from(vectors.dsse.statement);
const signature = Buffer.from(vectors.dsse.ed25519SignatureB64, 'base64');
const hint = vectors.keys.ed25519.keyHint;

interface Loose {
  [name: string]: Loose & string;
}

/** The bundle of the vector, changed as parsed JSON. */
function changed(change: (bundle: Loose) => unknown): Buffer {
  const bundle = JSON.parse(vectors.bundle.json) as Loose;
  return Buffer.from(JSON.stringify(change(bundle) ?? bundle));
}

const entry: LogEntry = {
  logIndex: 4_294_967_296_123,
  logId: Buffer.alloc(32, 1),
  kind: 'dsse',
  version: '0.0.1',
  integratedTime: 1_767_323_045,
  signedEntryTimestamp: Buffer.from('promise'),
  inclusionProof: {
    logIndex: 0,
    treeSize: 1,
    rootHash: Buffer.alloc(32, 2),
    hashes: [],
    checkpoint: 'a log\n1\n\n— x y\n',
  },
  canonicalizedBody: Buffer.from('{}'),
};

describe('the statement that signs an image', () => {
  it('is that of the vector', () => {
    expect(Buffer.from(writeSignStatement(digest, { build: '42' })).toString()).toBe(vectors.dsse.statement);
  });

  it('is encoded as the vector before it is signed', () => {
    const encoded = preAuthenticationEncoding(statementPayloadType, statement);
    expect(Buffer.from(encoded).toString()).toBe(vectors.dsse.paeUtf8);
    expect(createHash('sha256').update(encoded).digest('hex')).toBe(vectors.dsse.paeSha256);
    const key = takePrivateKey(Buffer.from(vectors.keys.ed25519.pkcs8DerHex, 'hex'));
    expect(Buffer.from(signWith(key, { kind: 'ed25519' }, encoded)).toString('base64')).toBe(
      vectors.dsse.ed25519SignatureB64,
    );
  });

  it('is read with its subject, annotations and type', () => {
    const read = parseStatement(statement);
    expect(read).toMatchObject({ version: '1', predicateType: signPredicateType, predicate: {} });
    expect(subjectOf(read, digest)?.annotations).toEqual({ build: '42' });
    expect(subjectOf(read, `sha256:${'0'.repeat(64)}`)).toBeUndefined();
  });

  it('may name the image second', () => {
    const two = {
      _type: 'https://in-toto.io/Statement/v1',
      predicateType: 'x',
      subject: [{ digest: { sha512: 'a' } }, { digest: { sha256: digest.slice(7) } }],
    };
    expect(subjectOf(parseStatement(Buffer.from(JSON.stringify(two))), digest)).toBeDefined();
  });

  it.each([
    ['{}', 'type'],
    ['{"_type":"https://in-toto.io/Statement/v2"}', 'Statement/v2'],
    ['{"_type":"https://in-toto.io/Statement/v1","predicateType":"x"}', 'no subject'],
    ['{"_type":"https://in-toto.io/Statement/v1","predicateType":"x","subject":[]}', 'no subject'],
    ['{"_type":"https://in-toto.io/Statement/v1","subject":[{"digest":{}}]}', 'predicateType'],
    ['{"_type":"https://in-toto.io/Statement/v1","predicateType":"x","subject":[{"digest":{"sha256":1}}]}', 'digest'],
    ['{"_type":"https://in-toto.io/Statement/v1","predicateType":"x","predicateType":"y"}', 'twice'],
    [
      JSON.stringify({
        _type: 'https://in-toto.io/Statement/v1',
        predicateType: 'x',
        subject: Array.from({ length: 1025 }, () => ({ digest: {} })),
      }),
      '1024 subjects',
    ],
    [
      JSON.stringify({
        _type: 'https://in-toto.io/Statement/v1',
        predicateType: 'x',
        subject: [{ digest: Object.fromEntries(Array.from({ length: 33 }, (_, at) => [`h${at}`, 'x'])) }],
      }),
      '32 digests',
    ],
  ])('that is none is refused', (text, why) => {
    expect(() => parseStatement(Buffer.from(text))).toThrow(
      expect.objectContaining({ code: 'statement-invalid', message: expect.stringContaining(why) }),
    );
  });

  it('of an attestation has a name and the older version', () => {
    const bytes = writeAttestation({
      name: 'registry.example.com/app',
      digest,
      predicateType: 'https://x/y',
      predicate: { a: '<' },
    });
    expect(Buffer.from(bytes).toString()).toBe(
      `{"_type":"https://in-toto.io/Statement/v0.1","predicateType":"https://x/y","subject":[{"name":"registry.example.com/app","digest":{"sha256":"${digest.slice(7)}"}}],"predicate":{"a":"\\u003c"}}`,
    );
    expect(parseStatement(bytes)).toMatchObject({ version: '0.1', predicate: { a: '<' } });
  });
});

describe('a bundle', () => {
  const content = { kind: 'envelope', payloadType: statementPayloadType, payload: statement, signature } as const;

  it('of the vector is written byte for byte', () => {
    const bytes = writeBundle({ material: { kind: 'public-key', hint }, content });
    expect(Buffer.from(bytes).toString()).toBe(vectors.bundle.json);
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(vectors.bundle.sha256);
  });

  it('of the vector is read and its signature verifies', () => {
    const bundle = parseBundle(Buffer.from(vectors.bundle.json), { versions: imageBundleVersions });
    expect(bundle).toMatchObject({
      version: '0.3',
      material: { kind: 'public-key', hint },
      logEntries: [],
      timestamps: [],
    });
    if (bundle.content.kind !== 'envelope') throw new Error('the vector holds an envelope');
    const { payload, payloadType, signatures } = bundle.content.envelope;
    const message = preAuthenticationEncoding(payloadType, payload);
    const publicKey = parsePublicKey(vectors.keys.ed25519.publicPem);
    expect(checkSignature({ publicKey, message, signature: signatures[0]!.signature })).toEqual({ kind: 'ed25519' });
  });

  it('with log entries, timestamps and a certificate comes back as it was', () => {
    const parts = {
      material: { kind: 'certificate', der: Buffer.from('leaf') },
      content,
      logEntries: [entry],
      timestamps: [Buffer.from('time')],
    } as const;
    const bytes = writeBundle(parts);
    // 64-bit integers are texts, zeros are left out.
    expect(Buffer.from(bytes).toString()).toContain('"logIndex":"4294967296123"');
    expect(JSON.parse(Buffer.from(bytes).toString())).not.toHaveProperty(
      'verificationMaterial.tlogEntries.0.inclusionProof.logIndex',
    );
    const read = parseBundle(bytes);
    expect(read.logEntries).toEqual([entry]);
    expect(read.timestamps).toEqual([Buffer.from('time')]);
    expect(read.material).toEqual({ kind: 'certificate', certificates: [Buffer.from('leaf')] });
  });

  it('over a message is read with and without a digest', () => {
    const value = createHash('sha256').update('x').digest();
    const withDigest = writeBundle({
      material: { kind: 'public-key', hint },
      content: { kind: 'message', digest: { algorithm: 'sha256', value }, signature },
    });
    expect(parseBundle(withDigest).content).toEqual({
      kind: 'message',
      signature,
      digest: { algorithm: 'sha256', value },
    });
    for (const messageDigest of ['', '"messageDigest":{},', '"messageDigest":null,']) {
      const text = `{"mediaType":"${bundleMediaType}","verificationMaterial":{"publicKey":{}},"messageSignature":{${messageDigest}"signature":"AAAA"}}`;
      expect(parseBundle(Buffer.from(text)).content).toEqual({ kind: 'message', signature: Buffer.from([0, 0, 0]) });
    }
  });

  it('in snake case, with numbers, URL-safe base64, null and unknown members is read the same', () => {
    const plain = parseBundle(writeBundle({ material: { kind: 'public-key', hint }, content, logEntries: [entry] }));
    const written = Buffer.from(
      writeBundle({ material: { kind: 'public-key', hint }, content, logEntries: [entry] }),
    ).toString();
    const odd = written
      .replace(
        /"([a-z]+(?:[A-Z][a-z]+)+)":/g,
        (_all, name: string) => `"${name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}":`,
      )
      .replace('"4294967296123"', '4294967296123')
      .replace('{"media_type"', '{"future":{"x":[]},"message_signature":null,"media_type"')
      .replaceAll(
        /"([A-Za-z0-9+/]{40,})={0,2}"/g,
        (_all, text: string) => `"${text.replaceAll('+', '-').replaceAll('/', '_')}"`,
      );
    expect(odd).toContain('"tlog_entries"');
    const read = parseBundle(Buffer.from(odd));
    expect({ ...read, message: undefined, material: undefined }).toEqual({
      ...plain,
      message: undefined,
      material: undefined,
    });
  });

  it.each([
    ['version 0.1 with a promise', '0.1', { inclusionPromise: { signedEntryTimestamp: 'AAAA' } }],
    [
      'version 0.2 with a proof',
      '0.2',
      { inclusionProof: { rootHash: 'AAAA', treeSize: '1', checkpoint: { envelope: 'x' } } },
    ],
  ] as const)('of %s is read beside files, not as signature of an image', (_what, version, member) => {
    const log = {
      logIndex: '1',
      logId: { keyId: 'AAAA' },
      kindVersion: { kind: 'a', version: '1' },
      canonicalizedBody: 'AAAA',
      ...member,
    };
    const bytes = changed((bundle) => ({
      ...bundle,
      mediaType: `application/vnd.dev.sigstore.bundle+json;version=${version}`,
      verificationMaterial: {
        x509CertificateChain: { certificates: [{ rawBytes: 'AAAA' }, { rawBytes: 'BBBB' }] },
        tlogEntries: [log],
      },
    }));
    expect(parseBundle(bytes)).toMatchObject({ version, material: { kind: 'certificate' } });
    expect(() => parseBundle(bytes, { versions: imageBundleVersions })).toThrow(
      expect.objectContaining({ code: 'bundle-version-unsupported' }),
    );
  });

  const log = {
    logIndex: '1',
    logId: { keyId: 'AAAA' },
    kindVersion: { kind: 'a', version: '1' },
    canonicalizedBody: 'AAAA',
    inclusionProof: { rootHash: 'AAAA', checkpoint: { envelope: 'x' } },
  };
  const material = (extra: object) =>
    changed((bundle) => ({ ...bundle, verificationMaterial: { publicKey: {}, ...extra } }));

  it.each([
    [
      'another version',
      changed((b) => ({ ...b, mediaType: 'application/vnd.dev.sigstore.bundle.v0.4+json' })),
      'bundle-version-unsupported',
      /0\.4/,
    ],
    ['another media type', changed((b) => ({ ...b, mediaType: 'application/json' })), 'bundle-invalid', /media type/],
    ['two kinds of key', material({ certificate: { rawBytes: 'AAAA' } }), 'bundle-invalid', /2 kinds/],
    ['no key', changed((b) => ({ ...b, verificationMaterial: {} })), 'bundle-invalid', /0 kinds/],
    [
      'a chain in version 0.3',
      changed((b) => ({
        ...b,
        verificationMaterial: { x509CertificateChain: { certificates: [{ rawBytes: 'AAAA' }] } },
      })),
      'bundle-invalid',
      /forbids/,
    ],
    [
      'an empty certificate',
      changed((b) => ({ ...b, verificationMaterial: { certificate: { rawBytes: '' } } })),
      'bundle-invalid',
      /empty/,
    ],
    [
      'envelope and message',
      changed((b) => ({ ...b, messageSignature: { signature: 'AAAA' } })),
      'bundle-invalid',
      /exactly one/,
    ],
    ['neither', changed((b) => ({ ...b, dsseEnvelope: undefined })), 'bundle-invalid', /exactly one/],
    [
      'two signatures',
      changed((b) => ({
        ...b,
        dsseEnvelope: { payload: 'AAAA', payloadType: 'x', signatures: [{ sig: 'AAAA' }, { sig: 'AAAA' }] },
      })),
      'bundle-invalid',
      /2 signatures/,
    ],
    [
      'no signature',
      changed((b) => ({ ...b, dsseEnvelope: { payload: 'AAAA', payloadType: 'x', signatures: [] } })),
      'bundle-invalid',
      /0 signatures/,
    ],
    [
      'an empty payload',
      changed((b) => ({ ...b, dsseEnvelope: { payload: '', payloadType: 'x', signatures: [{ sig: 'AAAA' }] } })),
      'bundle-invalid',
      /empty/,
    ],
    [
      'a signature that is no base64',
      changed((b) => ({ ...b, dsseEnvelope: { payload: 'AAAA', payloadType: 'x', signatures: [{ sig: '*' }] } })),
      'bundle-invalid',
      /dsseEnvelope\/signatures\/0\/sig/,
    ],
    [
      'base64 cut in the middle',
      changed((b) => ({ ...b, dsseEnvelope: { payload: 'AAAAA', payloadType: 'x', signatures: [{ sig: 'AAAA' }] } })),
      'bundle-invalid',
      /base64/,
    ],
    [
      '33 log entries',
      material({ tlogEntries: Array.from({ length: 33 }, (_, at) => ({ ...log, logIndex: at })) }),
      'bundle-invalid',
      /tlogEntries/,
    ],
    [
      '33 timestamps',
      material({
        timestampVerificationData: {
          rfc3161Timestamps: Array.from({ length: 33 }, () => ({ signedTimestamp: 'AAAA' })),
        },
      }),
      'bundle-invalid',
      /rfc3161Timestamps/,
    ],
    ['the same log entry twice', material({ tlogEntries: [log, { ...log, logIndex: 1 }] }), 'bundle-invalid', /twice/],
    [
      'a log entry without proof',
      material({ tlogEntries: [{ ...log, inclusionProof: undefined }] }),
      'bundle-invalid',
      /inclusion proof/,
    ],
    [
      'a log entry without checkpoint',
      material({ tlogEntries: [{ ...log, inclusionProof: { rootHash: 'AAAA' } }] }),
      'bundle-invalid',
      /checkpoint/,
    ],
    [
      'an index beyond 2^53',
      material({ tlogEntries: [{ ...log, logIndex: '9223372036854775807' }] }),
      'bundle-invalid',
      /too large/,
    ],
    ['a negative index', material({ tlogEntries: [{ ...log, logIndex: -1 }] }), 'bundle-invalid', /logIndex/],
    [
      'a member twice',
      Buffer.from(vectors.bundle.json.replace('{"mediaType"', '{"mediaType":"x","mediaType"')),
      'bundle-invalid',
      /twice/,
    ],
    [
      'a member in two spellings',
      Buffer.from(vectors.bundle.json.replace('{"mediaType"', '{"media_type":"x","mediaType"')),
      'bundle-invalid',
      /two spellings/,
    ],
    [
      'an unknown hash',
      changed((b) => ({
        ...b,
        dsseEnvelope: undefined,
        messageSignature: { signature: 'AAAA', messageDigest: { algorithm: 'MD5', digest: 'AAAA' } },
      })),
      'bundle-invalid',
      /MD5/,
    ],
    [
      'a digest of the wrong length',
      changed((b) => ({
        ...b,
        dsseEnvelope: undefined,
        messageSignature: { signature: 'AAAA', messageDigest: { algorithm: 'SHA2_256', digest: 'AAAA' } },
      })),
      'bundle-invalid',
      /3 bytes/,
    ],
  ])('with %s is refused', (_what, bytes, code, message) => {
    expect(() => parseBundle(bytes)).toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(message) }),
    );
  });

  it('larger than the limit is refused unread', () => {
    expect(() => parseBundle(Buffer.alloc(11), { limit: 10 })).toThrow(
      expect.objectContaining({ code: 'bundle-invalid' }),
    );
  });

  it('of any bytes is read or refused with a code', () => {
    const piece = fc.tuple(fc.nat(vectors.bundle.size), fc.string({ maxLength: 6 })).map(([at, text]) => {
      return Buffer.from(vectors.bundle.json.slice(0, at) + text + vectors.bundle.json.slice(at + 2));
    });
    const shaped = fc.record(
      {
        mediaType: fc.constant(bundleMediaType),
        verificationMaterial: fc.jsonValue(),
        dsseEnvelope: fc.jsonValue(),
        messageSignature: fc.jsonValue(),
      },
      { requiredKeys: ['mediaType'] },
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array(),
          piece,
          shaped.map((value) => Buffer.from(JSON.stringify(value))),
        ),
        (bytes) => {
          for (const parse of [parseBundle, parseBlobBundle, parseEnvelope, parseStatement]) {
            try {
              parse(bytes);
            } catch (error) {
              expect(error).toMatchObject({
                name: 'Fault',
                code: expect.stringMatching(/^(?:bundle|envelope|statement)-/),
              });
            }
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('an envelope', () => {
  it('of the tag format has the members of cosign and is read back', () => {
    const bytes = writeEnvelope(statementPayloadType, statement, signature);
    expect(Buffer.from(bytes).toString()).toMatch(
      /^\{"payloadType":"application\/vnd\.in-toto\+json","payload":"[^"]+","signatures":\[\{"keyid":"","sig":"[^"]+"\}\]\}$/,
    );
    expect(parseEnvelope(bytes)).toEqual({
      payloadType: statementPayloadType,
      payload: statement,
      signatures: [{ keyId: '', signature }],
    });
  });

  it.each([
    '[]',
    '{}',
    '{"payloadType":"x"}',
    '{"payloadType":"x","payload":"AAAA","signatures":[]}',
    '{"payloadType":"x","payload":"AAAA","signatures":[{"sig":""}]}',
    '{"payloadType":"x","payload":"*","signatures":[{"sig":"AAAA"}]}',
  ])('%s is refused', (text) =>
    expect(() => parseEnvelope(Buffer.from(text))).toThrow(expect.objectContaining({ code: 'envelope-invalid' })),
  );

  it('encodes lengths in bytes, not characters', () => {
    expect(Buffer.from(preAuthenticationEncoding('ü', Buffer.from('é'))).toString()).toBe('DSSEv1 2 ü 2 é');
  });
});

describe('a bundle file of a blob', () => {
  it('of cosign 2 is written and read back, with and without a log entry', () => {
    const verifier = vectors.keys.p256.publicPem;
    expect(parseBlobBundle(Buffer.from(writeLegacyBlobBundle({ signature, verifier })))).toEqual({
      format: 'legacy',
      signature,
      verifier,
    });
    const read = parseBlobBundle(Buffer.from(writeLegacyBlobBundle({ signature, verifier, logEntry: entry })));
    if (read.format !== 'legacy') throw new Error('it has no media type');
    expect(JSON.parse(read.rekorBundle ?? '')).toMatchObject({ Payload: { logIndex: entry.logIndex } });
  });

  it('of cosign 3 is told by its media type', () => {
    expect(parseBlobBundle(Buffer.from(vectors.bundle.json)).format).toBe('bundle');
  });

  it.each(['{}', '[]', '{"base64Signature":""}', '{"base64Signature":"AAAA","cert":"*"}'])('%s is refused', (text) => {
    expect(() => parseBlobBundle(Buffer.from(text))).toThrow(expect.objectContaining({ code: 'bundle-invalid' }));
  });
});
