import { createMemoryStore, digestOf, fallbackTag } from '@pratique/oci';
import type { ContentStore, StoredManifest } from '@pratique/oci';
import { Fault } from '@pratique/runtime/fault';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseBundle } from '../bundle/bundle-parse.ts';
import { signPredicateType } from '../bundle/statement.ts';
import { attachmentTag } from '../simple-signing/tags.ts';
import { vectors } from '../vectors-fixture.ts';
import { noWaiting, putContent, putImage, putJson } from './attachment-fixture.ts';
import { attachBundle, bundleManifest, listBundle } from './attach-bundle.ts';
import { openedLimit } from './collect-referrers.ts';
import { allSources, collectEvidence } from './collect.ts';

const digest = vectors.imageDigest;
const manifestType = 'application/vnd.oci.image.manifest.v1+json';
const indexType = 'application/vnd.oci.image.index.v1+json';

/** The repository of the vectors: a bundle and the list that names it, beside an image that is not there. */
async function vectorStore(list: string): Promise<ContentStore> {
  const store = createMemoryStore({ keepsReferrers: false });
  await putContent(store, vectors.bundle.json);
  await putContent(store, '{}');
  await store.putManifest({ bytes: Buffer.from(vectors.referrer.manifest), mediaType: manifestType });
  await store.putManifest({ bytes: Buffer.from(list), mediaType: indexType, tag: vectors.tags.referrersFallback });
  return store;
}

describe('the manifest of a bundle', () => {
  it('is that of the vector, byte for byte', () => {
    const { bytes } = bundleManifest({
      subject: { mediaType: manifestType, size: 345, digest },
      bundle: Buffer.from(vectors.bundle.json),
      content: 'dsse-envelope',
      predicateType: signPredicateType,
      created: new Date('2026-01-02T03:04:05Z'),
    });
    expect(Buffer.from(bytes).toString()).toBe(vectors.referrer.manifest);
    expect(digestOf(bytes)).toBe(vectors.referrer.manifestDigest);
  });

  it('attached and listed is the index of the vector', async () => {
    const store = createMemoryStore({ keepsReferrers: false });
    const subject = { mediaType: manifestType, size: 345, digest };
    const created = new Date('2026-01-02T03:04:05Z');
    const bundle = Buffer.from(vectors.bundle.json);
    const request = {
      store,
      subject,
      bundle,
      created,
      content: 'dsse-envelope',
      predicateType: signPredicateType,
    } as const;
    const attached = await attachBundle({ ...request, ...noWaiting() });
    expect(attached).toMatchObject({
      outcome: 'attached',
      listedBy: 'fallback-tag',
      digest: vectors.referrer.manifestDigest,
    });
    const list = await store.manifest(vectors.tags.referrersFallback);
    expect(Buffer.from(list!.bytes).toString()).toBe(vectors.referrer.fallbackIndexGood);
  });

  it('that only was stored is found once it is listed', async () => {
    const store = await vectorStore(
      '{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[]}',
    );
    expect((await collectEvidence({ store, digest, sources: ['referrers'] })).candidates).toEqual([]);
    const { manifestDigest, manifest } = vectors.referrer;
    const descriptor = { mediaType: manifestType, digest: manifestDigest, size: manifest.length };
    for (let run = 0; run < 2; run += 1) {
      expect(await listBundle({ store, subject: { digest }, ...noWaiting() }, descriptor)).toMatchObject({
        outcome: 'attached',
      });
    }
    expect((await collectEvidence({ store, digest, sources: ['referrers'] })).candidates).toHaveLength(1);
  });
});

describe('a list of referrers', () => {
  it.each(['fallbackIndexGood', 'fallbackIndexAsWrittenByCosign2_5to3_0'] as const)(
    '%s leads to the bundle',
    async (name) => {
      const store = await vectorStore(vectors.referrer[name]);
      const { candidates, sources } = await collectEvidence({ store, digest, sources: ['referrers'] });
      expect(candidates).toMatchObject([
        { format: 'bundle', digest: vectors.referrer.manifestDigest, bundle: { state: 'read' } },
      ]);
      expect(sources).toMatchObject([
        { kind: 'referrers', state: 'absent', candidates: 0 },
        { kind: 'fallback-tag', state: 'read', candidates: 1 },
      ]);
      if (candidates[0]?.format !== 'bundle' || candidates[0].bundle.state !== 'read') throw new Error('it was read');
      expect(parseBundle(candidates[0].bundle.bytes).material).toEqual({
        kind: 'public-key',
        hint: vectors.keys.ed25519.keyHint,
      });
    },
  );

  it('says so where its tag holds the image itself', async () => {
    const store = createMemoryStore({ keepsReferrers: false });
    const image = await putImage(store, 'app');
    const { bytes } = (await store.manifest(image.digest))!;
    await store.putManifest({ bytes, mediaType: manifestType, tag: fallbackTag(image.digest) });
    const { sources, candidates } = await collectEvidence({ store, digest: image.digest, sources: ['referrers'] });
    expect(candidates).toEqual([]);
    expect(sources.map(({ location }) => location).join()).toContain('holds the image itself');
  });

  it('with a bundle of several layers is one corrupt candidate', async () => {
    const store = createMemoryStore();
    const subject = await putImage(store, 'app');
    const layer = { mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json', ...(await putContent(store, '{}')) };
    const config = { mediaType: 'application/vnd.oci.empty.v1+json', digest: layer.digest, size: 2 };
    const manifest = { schemaVersion: 2, mediaType: manifestType, artifactType: layer.mediaType, config, subject };
    await putJson(store, { ...manifest, layers: [layer, layer] });
    const { candidates } = await collectEvidence({ store, digest: subject.digest, sources: ['referrers'] });
    expect(candidates).toMatchObject([{ bundle: { state: 'corrupt', detail: expect.stringContaining('2 layers') } }]);
  });

  it('longer than what is opened is reported as not read to its end, those that say what they are first', async () => {
    const good = JSON.parse(vectors.referrer.fallbackIndexGood) as { manifests: object[] };
    const noise = Array.from({ length: openedLimit }, (_each, at) => ({
      mediaType: manifestType,
      size: 1,
      digest: `sha256:${String(at).padStart(64, '0')}`,
    }));
    const store = await vectorStore(JSON.stringify({ ...good, manifests: [...noise, ...good.manifests] }));
    const { candidates, sources } = await collectEvidence({ store, digest, sources: ['referrers'] });
    expect(candidates).toMatchObject([{ digest: vectors.referrer.manifestDigest }]);
    expect(sources.find(({ kind }) => kind === 'fallback-tag')).toMatchObject({
      state: 'failed',
      fault: { code: 'too-many-signatures' },
    });
  });

  it('that names what is gone makes a candidate only where it says that it is a bundle', async () => {
    const gone = (artifactType?: string) => ({
      mediaType: manifestType,
      size: 1,
      digest: `sha256:${(artifactType === undefined ? 'a' : 'b').repeat(64)}`,
      ...(artifactType === undefined ? {} : { artifactType }),
    });
    const manifests = [gone(), gone('application/vnd.dev.sigstore.bundle.v0.3+json')];
    const store = await vectorStore(JSON.stringify({ schemaVersion: 2, mediaType: indexType, manifests }));
    const { candidates } = await collectEvidence({ store, digest, sources: ['referrers'] });
    expect(candidates).toMatchObject([{ digest: `sha256:${'b'.repeat(64)}`, bundle: { state: 'missing' } }]);
  });
  it('that names what was altered makes a candidate whatever it says, since it may have been a signature', async () => {
    const list = JSON.parse(vectors.referrer.fallbackIndexGood) as { manifests: object[] };
    const entries = list.manifests.map((entry) => ({ ...entry, artifactType: 'application/vnd.oci.empty.v1+json' }));
    const store = await vectorStore(JSON.stringify({ ...list, manifests: entries }));
    const honest = store.manifest.bind(store);
    const altered = new Fault({ code: 'content-mismatch', message: 'Other bytes came.', hint: 'none' });
    store.manifest = (name, waiting) =>
      name === vectors.referrer.manifestDigest ? Promise.reject(altered) : honest(name, waiting);
    const { candidates } = await collectEvidence({ store, digest, sources: ['referrers'] });
    expect(candidates).toMatchObject([{ bundle: { state: 'corrupt', detail: 'Other bytes came.' } }]);
  });

  it('is not opened beyond the bytes that are allowed for all manifests together', async () => {
    const store = await vectorStore(vectors.referrer.fallbackIndexGood);
    const padding = { annotations: { x: 'x'.repeat(3 * 1024 * 1024) } };
    const manifests = Array.from({ length: 40 }, (_unused, at) => ({
      mediaType: manifestType,
      size: 1,
      digest: `sha256:${String(at).padStart(64, '0')}`,
    }));
    const bytes = Buffer.from(JSON.stringify({ ...JSON.parse(vectors.referrer.manifest), ...padding }));
    store.referrers = async () => ({
      descriptors: manifests,
      source: 'listed',
      looked: [{ location: 'x', status: 200 }],
    });
    store.manifest = async (name) => ({
      bytes,
      descriptor: { mediaType: manifestType, digest: name, size: bytes.length },
    });
    const { sources } = await collectEvidence({ store, digest, sources: ['referrers'] });
    expect(sources).toMatchObject([{ state: 'failed', fault: { code: 'too-many-signatures' } }]);
  });
});

/** A store that answers every question with the same bytes, as a stranger's registry could. */
function strangeStore(bytes: Uint8Array, mediaType: string): ContentStore {
  const stored: StoredManifest = { bytes, descriptor: { mediaType, digest: digestOf(bytes), size: bytes.length } };
  const honest = createMemoryStore();
  const entry = { mediaType: manifestType, digest: stored.descriptor.digest, size: bytes.length };
  return {
    name: 'strange',
    resolve: async () => stored.descriptor,
    manifest: async () => stored,
    putManifest: (write) => honest.putManifest(write),
    deleteManifest: (name) => honest.deleteManifest(name),
    hasBlob: async () => true,
    blob: async () => [bytes] as unknown as AsyncIterable<Uint8Array>,
    putBlob: (write) => honest.putBlob(write),
    referrers: async () => ({
      descriptors: [entry],
      source: 'listed',
      looked: [{ location: 'everywhere', status: 200 }],
    }),
    tags: async () => [],
  };
}

describe('a layer', () => {
  it.each([-1, 1])('whose descriptor has a size that is off by %i is corrupt, not missing', async (off) => {
    const store = createMemoryStore();
    const payload = vectors.simpleSigning[0]!.payload;
    const content = await putContent(store, payload);
    const layer = {
      mediaType: 'application/vnd.dev.cosign.simplesigning.v1+json',
      ...content,
      size: content.size + off,
    };
    const config = { mediaType: 'application/vnd.oci.image.config.v1+json', ...(await putContent(store, '{}')) };
    const manifest = { schemaVersion: 2, mediaType: manifestType, config, layers: [layer] };
    await putJson(store, manifest, attachmentTag(digest, 'signature'));
    const { candidates, sources } = await collectEvidence({ store, digest, sources: ['signature-tag'] });
    expect(candidates).toMatchObject([{ payload: { state: 'corrupt' } }]);
    expect(sources).toMatchObject([{ state: 'read', candidates: 1 }]);
  });

  it('with the empty chain of cosign 3 keeps it as it is, for the verifier to pass over', async () => {
    const store = createMemoryStore();
    const layer = {
      mediaType: 'application/vnd.dev.cosign.simplesigning.v1+json',
      ...(await putContent(store, vectors.simpleSigning[0]!.payload)),
      annotations: { 'dev.sigstore.cosign/chain': '' },
    };
    const config = { mediaType: 'application/vnd.oci.image.config.v1+json', ...(await putContent(store, '{}')) };
    const manifest = { schemaVersion: 2, mediaType: manifestType, config, layers: [layer] };
    await putJson(store, manifest, attachmentTag(digest, 'signature'));
    const { candidates } = await collectEvidence({ store, digest, sources: ['signature-tag'] });
    expect(candidates).toMatchObject([
      { annotations: { 'dev.sigstore.cosign/chain': '' }, payload: { state: 'read' } },
    ]);
  });
});

describe('a stranger', () => {
  it('cannot make collecting throw, whatever is stored', async () => {
    const descriptor = fc.record(
      {
        mediaType: fc.constantFrom('a/b', 'application/vnd.dev.sigstore.bundle.v0.3+json'),
        digest: fc.constantFrom(digest, 'x'),
        size: fc.nat(1000),
        annotations: fc.jsonValue(),
      },
      { requiredKeys: [] },
    );
    const manifest = fc.record(
      {
        schemaVersion: fc.constantFrom(2, 1),
        mediaType: fc.constantFrom(manifestType, indexType),
        config: descriptor,
        layers: fc.array(descriptor),
        subject: fc.constant({ mediaType: manifestType, digest, size: 1 }),
        annotations: fc.jsonValue(),
      },
      { requiredKeys: ['schemaVersion'] },
    );
    const bytes = fc.oneof(
      fc.uint8Array(),
      manifest.map((value) => Buffer.from(JSON.stringify(value))),
      fc.constant(Buffer.from(vectors.referrer.manifest)),
      fc.constant(Buffer.from(vectors.signatureManifest.manifest)),
    );
    await fc.assert(
      fc.asyncProperty(bytes, fc.constantFrom(manifestType, indexType, 'text/html'), async (content, mediaType) => {
        const evidence = await collectEvidence({
          store: strangeStore(content, mediaType),
          digest,
          sources: allSources,
        });
        expect(evidence.sources).toHaveLength(3);
        for (const { state, fault } of evidence.sources) expect(state === 'failed').toBe(fault !== undefined);
        for (const candidate of evidence.candidates) expect(candidate.location).toContain('strange');
      }),
      { numRuns: 200 },
    );
  });

  it('is not followed beyond the bytes that are allowed for all together', async () => {
    const store = createMemoryStore();
    const image = await putImage(store, 'app');
    const size = 100 * 1024 * 1024;
    const layers = Array.from({ length: 10 }, (_each, at) => ({
      mediaType: 'application/vnd.dsse.envelope.v1+json',
      digest: `sha256:${String(at).padStart(64, '0')}`,
      size,
    }));
    const config = { mediaType: 'application/vnd.oci.image.config.v1+json', ...(await putContent(store, '{}')) };
    await putJson(
      store,
      { schemaVersion: 2, mediaType: manifestType, config, layers },
      attachmentTag(image.digest, 'attestation'),
    );
    const { candidates } = await collectEvidence({ store, digest: image.digest, sources: ['attestation-tag'] });
    const states = candidates.map((each) => (each.format === 'legacy' ? each.payload.state : 'bundle'));
    expect(states).toEqual([
      ...Array.from({ length: 5 }, () => 'missing'),
      ...Array.from({ length: 5 }, () => 'corrupt'),
    ]);
  });
});
