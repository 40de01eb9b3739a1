import fc from 'fast-check';
import { digestOf, mediaTypes } from '@pratique/oci';
import type { ContentStore, Descriptor } from '@pratique/oci';
import { beforeAll, describe, expect, it } from 'vitest';
import { ask, changedStore, keyRoot, pushed, pushedIndex, sign, testKey } from './cosign-fixture.ts';

let store: ContentStore;
let index: ContentStore;
let digest: string;

beforeAll(async () => {
  ({ store, digest } = await pushed());
  ({ store: index } = await pushedIndex());
});

/** Something that looks like a manifest as far as chance goes. */
const layer = fc.record(
  {
    mediaType: fc.constantFrom(
      'application/vnd.dev.cosign.simplesigning.v1+json',
      'application/vnd.dsse.envelope.v1+json',
      'application/vnd.dev.sigstore.bundle.v0.3+json',
      '',
    ),
    digest: fc.constantFrom(`sha256:${'a'.repeat(64)}`, 'sha256:short', ''),
    size: fc.oneof(fc.integer(), fc.double(), fc.constant(null)),
    annotations: fc.oneof(fc.dictionary(fc.string(), fc.jsonValue()), fc.jsonValue()),
  },
  { requiredKeys: [] },
);
const junkManifest = fc.oneof(
  fc.jsonValue(),
  fc.record(
    {
      schemaVersion: fc.constantFrom(1, 2, '2'),
      mediaType: fc.constantFrom(mediaTypes.ociManifest, mediaTypes.ociIndex, 5),
      config: layer,
      layers: fc.array(fc.oneof(layer, fc.jsonValue()), { maxLength: 4 }),
      manifests: fc.oneof(fc.array(layer), fc.jsonValue()),
      subject: fc.oneof(layer, fc.jsonValue()),
    },
    { requiredKeys: [] },
  ),
);

function stored(value: unknown) {
  const bytes = Buffer.from(JSON.stringify(value) ?? 'null');
  const descriptor = { mediaType: mediaTypes.ociManifest, digest: digestOf(bytes), size: bytes.length };
  return { bytes, descriptor };
}

function* pieces(bytes: Uint8Array): Iterable<Uint8Array> {
  yield bytes;
}

async function* stream(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  yield* pieces(bytes);
}

describe('a registry that sends anything', () => {
  it('VAL-3 is refused in words, never by a crash, whatever lies under the tags and in the lists', async () => {
    const property = fc.asyncProperty(
      junkManifest,
      junkManifest,
      fc.uint8Array({ maxLength: 64 }),
      async (tagged, listed, blob) => {
        const entry: Descriptor = {
          ...stored(listed).descriptor,
          artifactType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
        };
        const hostile = changedStore(store, {
          manifest: (target) => {
            if (target === '1.0' || target === digest) return store.manifest(target);
            return Promise.resolve(stored(target === entry.digest ? listed : tagged));
          },
          referrers: () =>
            Promise.resolve({
              descriptors: [entry],
              source: 'listed',
              looked: [{ location: 'the list', status: 200 }],
            }),
          blob: () => Promise.resolve(stream(blob)),
        });
        const answer = await ask({
          store: hostile,
          with: {
            attestations: [
              { predicateType: 'https://example.com/t', trustRoot: 'default', conditions: ['predicate.ok'] },
            ],
          },
        });
        expect(answer.outcome).toBe('refused');
      },
    );
    await fc.assert(property, { numRuns: 30 });
  });

  it('VAL-3 is refused in words when the image itself is anything', async () => {
    const property = fc.asyncProperty(junkManifest, async (image) => {
      const hostile = changedStore(store, {
        manifest: (target) => Promise.resolve(target === '1.0' ? stored(image) : undefined),
      });
      expect(await ask({ store: hostile, with: { platformSignatures: 'all' } })).toMatchObject({ outcome: 'refused' });
    });
    await fc.assert(property, { numRuns: 30 });
  });

  it('VAL-3 reads an index that lists one image a thousand times no more than its limit', async () => {
    let asked = 0;
    const entry = { mediaType: mediaTypes.ociManifest, digest: `sha256:${'b'.repeat(64)}`, size: 5 };
    const manifests = Array.from({ length: 1000 }, () => entry);
    const many = stored({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests });
    const hostile = changedStore(index, {
      manifest: (target) => {
        asked += 1;
        const found = { ...many, descriptor: { ...many.descriptor, mediaType: mediaTypes.ociIndex } };
        return Promise.resolve(target === '1.0' ? found : undefined);
      },
    });
    const answer = await ask({ store: hostile, with: { platformSignatures: 'all' } });
    expect(answer).toMatchObject({ class: 'no_signature' });
    expect(asked).toBeLessThan(20);
  });

  it('COS-10 counts nobody twice who signs a hundred times', async () => {
    const busy = await pushed('busy');
    for (let at = 0; at < 5; at += 1) {
      await sign(busy.store, testKey('default'), { formats: ['legacy'], identities: [`name-${at}`] });
    }
    const roots = [keyRoot('default'), keyRoot('second')];
    const answer = await ask({ store: busy.store, roots, with: { trustRoot: '*', threshold: 2 } });
    expect(answer).toMatchObject({ class: 'threshold', detail: expect.stringContaining('(1/2)') });
  });
});
