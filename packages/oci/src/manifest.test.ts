import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isFault } from '@pratique/runtime/fault';
import { digestOf } from './digest.ts';
import { childrenOf, manifestToBytes, parseManifest, referrerDescriptor } from './manifest.ts';
import type { ImageIndex, ImageManifest } from './manifest.ts';
import {
  dockerManifest,
  dockerManifestList,
  emptyConfig,
  emptyConfigDescriptor,
  ociIndex,
  ociManifest,
} from './media-types.ts';

const layer = { mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip', digest: digestOf('layer'), size: 5 };
const image = { schemaVersion: 2, mediaType: ociManifest, config: emptyConfigDescriptor, layers: [layer] };
const index = {
  schemaVersion: 2,
  mediaType: ociIndex,
  manifests: [{ ...layer, mediaType: ociManifest, platform: { os: 'linux', architecture: 'amd64' } }],
};

const parse = (document: unknown, mediaType?: string) =>
  parseManifest(Buffer.from(typeof document === 'string' ? document : JSON.stringify(document)), {
    mediaType,
    what: 'the manifest',
  });

describe('a manifest', () => {
  it('of an image has a config and layers', () => {
    const read = parse(image) as ImageManifest;
    expect(read).toMatchObject({
      kind: 'manifest',
      mediaType: ociManifest,
      config: emptyConfigDescriptor,
      layers: [layer],
    });
    expect(childrenOf(read)).toEqual({ blobs: [emptyConfigDescriptor, layer], manifests: [] });
  });

  it('of several platforms lists manifests', () => {
    const read = parse(index) as ImageIndex;
    expect(read.manifests[0]?.platform).toEqual({ os: 'linux', architecture: 'amd64' });
    expect(childrenOf(read).manifests).toHaveLength(1);
  });

  it('is read in the older words of docker too', () => {
    expect(parse({ ...image, mediaType: dockerManifest }).kind).toBe('manifest');
    expect(parse({ ...index, mediaType: dockerManifestList }, `${dockerManifestList}; charset=utf-8`).kind).toBe(
      'index',
    );
  });

  it('may leave out its media type where the store or its members say it', () => {
    const { mediaType: _, ...bare } = image;
    expect(parse(bare).mediaType).toBe(ociManifest);
    expect(parse(bare, dockerManifest).mediaType).toBe(dockerManifest);
    expect(parse({ schemaVersion: 2, manifests: [] }).mediaType).toBe(ociIndex);
    expect(parse(image, 'application/octet-stream').mediaType).toBe(ociManifest);
  });

  it('keeps what nobody here knows for those who rewrite it', () => {
    const document = { ...image, 'x-new': { deep: [1] }, layers: [{ ...layer, urls: ['u'], data: 'e30=' }] };
    const read = parse(document);
    expect(JSON.parse(Buffer.from(manifestToBytes(read.document)).toString())).toEqual(document);
  });

  it('tolerates null where older tools wrote it', () => {
    expect(parse({ ...image, annotations: null, subject: null })).toMatchObject({ annotations: {} });
    expect(parse({ ...index, manifests: null })).toMatchObject({ manifests: [] });
  });

  it.each([
    ['no JSON', 'no'],
    ['a list', '[]'],
    ['nothing', ''],
    ['a byte order mark', `\ufeff${JSON.stringify(image)}`],
    ['a member twice', '{"schemaVersion":2,"layers":[],"layers":[]}'],
    ['a member twice, once escaped', '{"schemaVersion":2,"layers":[],"l\\u0061yers":[]}'],
    ['a member twice deep inside', JSON.stringify(image).replace('"size":2', '"size":2,"size":3')],
    ['image and index at once', { ...image, ...index }],
    ['no layers', { ...image, layers: undefined }],
    ['a negative size', { ...image, layers: [{ ...layer, size: -1 }] }],
    ['a size that is no whole number', { ...image, layers: [{ ...layer, size: 1.5 }] }],
    ['a size beyond exact numbers', { ...image, layers: [{ ...layer, size: 2 ** 60 }] }],
    ['a digest that is none', { ...image, layers: [{ ...layer, digest: 'sha256:../..' }] }],
    ['an annotation that is no text', { ...image, annotations: { a: 1 } }],
    ['too many layers', { ...image, layers: Array.from({ length: 10_001 }, () => layer) }],
    ['a subject that is none', { ...image, subject: 'x' }],
    ['deep nesting', { ...image, x: JSON.parse(`${'['.repeat(70)}${']'.repeat(70)}`) as unknown }],
  ])('with %s is refused', (_name, document) => {
    expect(() => parse(document)).toThrow(expect.objectContaining({ code: 'manifest-invalid' }));
  });

  it('that is not UTF-8 is refused', () => {
    const bytes = Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]);
    expect(() => parseManifest(bytes, { what: 'the manifest' })).toThrow(/not UTF-8/);
  });

  it('says which member is wrong', () => {
    expect(() => parse({ ...image, layers: [layer, { ...layer, size: 'x' }] })).toThrow(/layers\.1\.size/);
  });

  it('of another kind is told from a broken one', () => {
    for (const document of [
      { schemaVersion: 1, fsLayers: [] },
      { ...image, mediaType: 'text/plain' },
      { schemaVersion: 2 },
    ])
      expect(() => parse(document)).toThrow(expect.objectContaining({ code: 'manifest-unsupported' }));
  });

  it('whose store and inside disagree is refused', () => {
    expect(() => parse(image, ociIndex)).toThrow(/the store says/);
    expect(() => parse(image, dockerManifest)).toThrow(/the store says/);
  });

  it('has a limit of size by its kind', () => {
    const padded = (document: object, bytes: number) => ({ ...document, pad: 'x'.repeat(bytes) });
    expect(() => parse(padded(image, 4 * 1024 * 1024))).toThrow(expect.objectContaining({ code: 'content-too-large' }));
    expect(parse(padded(index, 5 * 1024 * 1024)).kind).toBe('index');
    expect(() => parse(padded(index, 8 * 1024 * 1024))).toThrow(expect.objectContaining({ code: 'content-too-large' }));
  });

  it('is read or refused whatever it is, and quickly', () => {
    const value = fc.oneof(
      fc.json(),
      fc.jsonValue({ maxDepth: 3 }).map((some) => JSON.stringify({ ...image, ...(some as object), extra: some })),
      fc.string(),
    );
    fc.assert(
      fc.property(value, (text) => {
        try {
          parse(text);
        } catch (error) {
          expect(isFault(error)).toBe(true);
        }
      }),
      { numRuns: 1_000 },
    );
    for (const text of ['['.repeat(4_000_000), `"${'\\"'.repeat(2_000_000)}`, '{"a":'.repeat(500_000)])
      expect(() => parse(text)).toThrow(expect.objectContaining({ code: 'manifest-invalid' }));
  });
});

describe('the entry of a list of referrers', () => {
  const stored = { digest: digestOf('x'), size: 10 };

  it('has the artifact type of the manifest, else that of its config', () => {
    expect(referrerDescriptor(parse({ ...image, artifactType: 'a/b' }), stored)).toMatchObject({ artifactType: 'a/b' });
    expect(referrerDescriptor(parse(image), stored)).toMatchObject({ artifactType: emptyConfig });
    expect(referrerDescriptor(parse(index), stored)).not.toHaveProperty('artifactType');
  });

  it('has the annotations of the manifest', () => {
    expect(referrerDescriptor(parse({ ...image, annotations: { a: 'b' } }), stored)).toMatchObject({
      ...stored,
      annotations: { a: 'b' },
    });
  });
});
