import { createHash } from 'node:crypto';
import { digestOf } from '@pratique/oci';
import type { StoredManifest } from '@pratique/oci';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parsePublicKey } from '../keys/public-key.ts';
import { vectors } from '../vectors-fixture.ts';
import { annotationsFor, findEquivalent, payloadMediaType } from './layer.ts';
import type { NewLayer } from './layer.ts';
import { changeLayers, holdsLayer, layerLimit, readSignatureManifest } from './manifest.ts';
import { parsePayload, payloadLimit, payloadType, writePayload } from './payload.ts';
import { attachmentTag } from './tags.ts';

const digest = vectors.imageDigest;
const location = 'registry.example.com/team/app:x.sig';

function vectorLayer(index: number): NewLayer {
  const { payload, ed25519SignatureB64 } = vectors.simpleSigning[index]!;
  const bytes = Buffer.from(payload);
  return {
    mediaType: payloadMediaType,
    digest: digestOf(bytes),
    size: bytes.length,
    annotations: annotationsFor({ signature: Buffer.from(ed25519SignatureB64, 'base64') }),
  };
}

function stored(text: string | Uint8Array, mediaType = 'application/vnd.oci.image.manifest.v1+json'): StoredManifest {
  const bytes = Buffer.from(text);
  return { bytes, descriptor: { mediaType, digest: digestOf(bytes), size: bytes.length } };
}

describe('a simple-signing payload', () => {
  it.each(vectors.simpleSigning)('with the annotations of a vector is written byte for byte', (vector) => {
    const { annotations } = vector;
    const bytes = writePayload({ identity: 'registry.example.com/team/app', digest, annotations });
    expect(Buffer.from(bytes).toString()).toBe(vector.payload);
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(vector.payloadSha256);
  });

  it('is read back whatever identity and annotations are', () => {
    const text = fc.string({ unit: 'grapheme' });
    fc.assert(
      fc.property(text, fc.dictionary(text, text), (identity, annotations) => {
        const read = parsePayload(writePayload({ identity, digest, annotations }));
        expect(read).toEqual({
          dockerReference: identity,
          imageDigest: digest,
          type: payloadType,
          optional: Object.keys(annotations).length === 0 ? null : { ...annotations },
        });
      }),
    );
  });

  it('of containers/image is read with its number of seconds', () => {
    const variant = `{"critical":{"identity":{"docker-reference":"localhost:5000/app:1"},"image":{"docker-manifest-digest":"${digest}"},"type":"${payloadType}"},"optional":{"creator":"containers/image 5.34.1","timestamp":1763764697}}`;
    expect(parsePayload(Buffer.from(variant))).toMatchObject({
      dockerReference: 'localhost:5000/app:1',
      optional: { creator: 'containers/image 5.34.1', timestamp: 1763764697 },
    });
  });

  it.each([
    ['{"critical":{"image":{"docker-manifest-digest":"a","docker-manifest-digest":"b"}}}', 'twice'],
    ['[]', 'docker-manifest-digest'],
    ['{"critical":null}', 'docker-manifest-digest'],
    ['{"critical":{"image":{"docker-manifest-digest":1}}}', 'docker-manifest-digest'],
    ['{"critical":{"image":{"docker-manifest-digest":"x"},"type":7}}', 'no text'],
    ['{"critical":{"image":{"docker-manifest-digest":"x"}},"optional":[]}', 'optional'],
    ['', 'not JSON'],
  ])('%s is refused', (text, why) => {
    expect(() => parsePayload(Buffer.from(text))).toThrow(
      expect.objectContaining({ code: 'payload-invalid', message: expect.stringContaining(why) }),
    );
  });

  it('larger than 1 MiB is refused unread', () => {
    expect(() => parsePayload(Buffer.alloc(payloadLimit + 1))).toThrow(
      expect.objectContaining({ code: 'payload-invalid' }),
    );
  });

  it('of any bytes is read or refused with a code', () => {
    const cut = fc
      .tuple(fc.nat(vectors.simpleSigning[1]!.payload.length), fc.string({ maxLength: 4 }))
      .map(([at, text]) =>
        Buffer.from(
          vectors.simpleSigning[1]!.payload.slice(0, at) + text + vectors.simpleSigning[1]!.payload.slice(at + 1),
        ),
      );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array(),
          fc.json().map((text) => Buffer.from(text)),
          cut,
        ),
        (bytes) => {
          try {
            expect(typeof parsePayload(bytes).imageDigest).toBe('string');
          } catch (error) {
            expect(error).toMatchObject({ name: 'Fault', code: 'payload-invalid' });
          }
        },
      ),
    );
  });
});

describe('the tag of an attachment', () => {
  it.each([
    ['signature', 'sig'],
    ['attestation', 'att'],
    ['sbom', 'sbom'],
  ] as const)('for a %s is that of the vector', (kind, name) => {
    expect(attachmentTag(digest, kind)).toBe(vectors.tags[name]);
    expect(attachmentTag(digest, kind, 'v1-')).toBe(`v1-${vectors.tags[name]}`);
  });

  it.each(['-x', 'a/b', 'a'.repeat(60), 'ü'])('with the prefix %s is refused', (prefix) => {
    expect(() => attachmentTag(digest, 'signature', prefix)).toThrow(
      expect.objectContaining({ code: 'signature-option-invalid' }),
    );
  });
});

describe('a signature manifest', () => {
  const both = changeLayers({ existing: undefined, location, added: [vectorLayer(0), vectorLayer(1)] });

  it('with the layers of the vector is made byte for byte, its config too', () => {
    expect(Buffer.from(both.config).toString()).toBe(vectors.signatureManifest.config);
    expect(both.configDigest).toBe(vectors.signatureManifest.configDigest);
    expect(Buffer.from(both.bytes).toString()).toBe(vectors.signatureManifest.manifest);
    expect(digestOf(both.bytes)).toBe(vectors.signatureManifest.manifestDigest);
  });

  it('made in two steps is the same', () => {
    const first = changeLayers({ existing: undefined, location, added: [vectorLayer(0)] });
    const second = changeLayers({ existing: stored(first.bytes), location, added: [vectorLayer(1)] });
    expect(Buffer.from(second.bytes).equals(Buffer.from(both.bytes))).toBe(true);
  });

  it('keeps foreign layers byte for byte, and members it does not know', () => {
    const foreign = `{ "digest":"sha256:${'0'.repeat(64)}", "size": 12, "mediaType":"x/y","annotations":{"10":"a","9":"b\\u0041"},"new":[1e400,9007199254740993]}`;
    const text = `{"layers":[${foreign}],"schemaVersion":2,"config":{"mediaType":"a/b","digest":"sha256:${'1'.repeat(64)}","size":1},"annotations":{"made":"by skopeo"},"future":9007199254740993}`;
    const changed = changeLayers({ existing: stored(text), location, added: [vectorLayer(0)] });
    const written = Buffer.from(changed.bytes).toString();
    expect(written).toContain(`"layers":[${foreign},{"mediaType":`);
    expect(written).toContain('"annotations":{"made":"by skopeo"},"future":9007199254740993}');
    expect(readSignatureManifest(stored(written), location).layers).toHaveLength(2);
  });

  it('has docker media types where they are asked for or already there', () => {
    const docker = changeLayers({ existing: undefined, location, added: [vectorLayer(0)], dockerMediaTypes: true });
    const manifest = readSignatureManifest(stored(docker.bytes, docker.mediaType), location);
    expect(manifest).toMatchObject({
      mediaType: 'application/vnd.docker.distribution.manifest.v2+json',
      config: { mediaType: 'application/vnd.docker.container.image.v1+json' },
    });
    const next = changeLayers({ existing: stored(docker.bytes, docker.mediaType), location, added: [vectorLayer(1)] });
    expect(next.mediaType).toBe(docker.mediaType);
  });

  it('records the time only where it is asked for', () => {
    const created = new Date('2026-01-02T03:04:05.678Z');
    const dated = changeLayers({ existing: undefined, location, added: [vectorLayer(0)], created });
    expect(JSON.parse(Buffer.from(dated.config).toString())).toMatchObject({ created: '2026-01-02T03:04:05Z' });
  });

  it('loses exactly the layers that are taken out', () => {
    const changed = changeLayers({ existing: stored(both.bytes), location, without: new Set([0]), added: [] });
    const [only, ...more] = readSignatureManifest(stored(changed.bytes), location).layers;
    expect(only?.digest).toBe(vectorLayer(1).digest);
    expect(more).toHaveLength(0);
  });

  it('of a thousand layers takes no more', () => {
    const many = Array.from({ length: layerLimit }, () => vectorLayer(0));
    const full = changeLayers({ existing: undefined, location, added: many });
    expect(readSignatureManifest(stored(full.bytes), location).layers).toHaveLength(layerLimit);
    expect(() => changeLayers({ existing: stored(full.bytes), location, added: [vectorLayer(1)] })).toThrow(
      expect.objectContaining({ code: 'too-many-signatures' }),
    );
  });

  it.each([
    ['an index', '{"schemaVersion":2,"manifests":[]}', 'application/vnd.oci.image.index.v1+json'],
    ['something foreign', '{"schemaVersion":2}', 'application/json'],
    ['no JSON', 'hello', 'application/vnd.oci.image.manifest.v1+json'],
  ])('that is %s is refused, never taken for empty', (_what, text, mediaType) => {
    for (const act of [
      () => readSignatureManifest(stored(text, mediaType), location),
      () => changeLayers({ existing: stored(text, mediaType), location, added: [vectorLayer(0)] }),
    ]) {
      expect(act).toThrow(expect.objectContaining({ code: 'signature-manifest-invalid' }));
    }
  });

  it('knows its own layer again, wherever it stands', () => {
    const { layers } = readSignatureManifest(stored(both.bytes), location);
    expect(holdsLayer(layers, vectorLayer(1))).toBe(true);
    expect(holdsLayer(layers, { ...vectorLayer(1), annotations: { other: 'x' } })).toBe(false);
  });

  it('of any JSON is read or refused with a code', () => {
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string()), (text) => {
        expect(() => changeLayers({ existing: stored(text), location, added: [vectorLayer(0)] })).toThrow(
          expect.objectContaining({ name: 'Fault' }),
        );
      }),
    );
  });
});

describe('an equivalent signature', () => {
  const publicKey = parsePublicKey(vectors.keys.ed25519.publicPem);
  const payload = Buffer.from(vectors.simpleSigning[0]!.payload);
  const layer = vectorLayer(0);
  const { layers } = readSignatureManifest(
    stored(changeLayers({ existing: undefined, location, added: [vectorLayer(1), layer] }).bytes),
    location,
  );

  it('is found by payload, annotations and a signature of the same key', () => {
    const resigned = { ...layer, annotations: annotationsFor({ signature: Buffer.from('another run') }) };
    expect(findEquivalent(layers, { layer: resigned, payload, publicKey })).toBe(1);
  });

  it('is not one of another key, of other annotations, or with a broken signature', () => {
    const other = parsePublicKey(vectors.keys.p256.publicPem);
    expect(findEquivalent(layers, { layer, payload, publicKey: other })).toBeUndefined();
    const more = { ...layer, annotations: { ...layer.annotations, 'dev.sigstore.cosign/certificate': 'PEM' } };
    expect(findEquivalent(layers, { layer: more, payload, publicKey })).toBeUndefined();
    const broken = layers.map((each) => ({ ...each, annotations: annotationsFor({ signature: Buffer.alloc(64) }) }));
    expect(findEquivalent(broken, { layer, payload, publicKey })).toBeUndefined();
  });

  it('may have the empty chain that cosign 3 writes', () => {
    const withChain = layers.map((each) => ({
      ...each,
      annotations: { ...each.annotations, 'dev.sigstore.cosign/chain': '' },
    }));
    expect(findEquivalent(withChain, { layer, payload, publicKey })).toBe(1);
  });
});
