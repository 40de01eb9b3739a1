import { createMemoryStore, fallbackTag } from '@pratique/oci';
import type { ContentStore, ManifestWrite, Waiting } from '@pratique/oci';
import { Fault } from '@pratique/runtime/fault';
import { describe, expect, it } from 'vitest';
import { newSigner, noWaiting, putContent, putImage, putJson } from '../attachment/attachment-fixture.ts';
import { allSources, collectEvidence } from '../attachment/collect.ts';
import { parseBundle } from '../bundle/bundle-parse.ts';
import { parseStatement, subjectOf } from '../bundle/statement.ts';
import type { BundleCandidate, LayerCandidate } from '../evidence.ts';
import { checkSignature } from '../keys/algorithms.ts';
import type { Signer } from '../keys/private-key.ts';
import { parsePayload } from '../simple-signing/payload.ts';
import { attachmentTag } from '../simple-signing/tags.ts';
import { signImage } from './sign-image.ts';
import type { SignImageRequest } from './sign-image.ts';
import { listSignTargets } from './sign-targets.ts';

const reference = { registry: 'registry.example.com', repository: 'team/app' };
const now = new Date('2026-01-02T03:04:05Z');

type Changes = Partial<SignImageRequest> & { readonly signer?: Signer };

function sign(store: ContentStore, target: string, { signer = newSigner(), ...changes }: Changes = {}) {
  return signImage({ store, target, reference, now, material: { signer }, ...noWaiting(), ...changes });
}

async function legacyOf(store: ContentStore, digest: string): Promise<readonly LayerCandidate[]> {
  const { candidates } = await collectEvidence({ store, digest, sources: ['signature-tag'] });
  return candidates.filter((candidate): candidate is LayerCandidate => candidate.format === 'legacy');
}

async function bundlesOf(store: ContentStore, digest: string): Promise<readonly BundleCandidate[]> {
  const { candidates } = await collectEvidence({ store, digest, sources: ['referrers'] });
  return candidates.filter((candidate): candidate is BundleCandidate => candidate.format === 'bundle');
}

function read(bytes: LayerCandidate['payload']): Uint8Array {
  if (bytes.state !== 'read') throw new Error(`the bytes are ${bytes.state}`);
  return bytes.bytes;
}

/** A store in which some calls behave differently. */
function altered(store: ContentStore, changes: Partial<ContentStore>): ContentStore {
  const bound = Object.fromEntries(
    (
      [
        'resolve',
        'manifest',
        'putManifest',
        'deleteManifest',
        'hasBlob',
        'blob',
        'putBlob',
        'referrers',
        'tags',
      ] as const
    ).map((name) => [name, (...args: never[]) => (store[name] as (...all: never[]) => unknown)(...args)]),
  ) as unknown as ContentStore;
  return { ...bound, name: store.name, ...changes };
}

describe.each([
  ['that keeps lists of referrers', true],
  ['that keeps none', false],
])('signing an image in a store %s', (_what, keepsReferrers) => {
  const newStore = () => createMemoryStore({ keepsReferrers });

  it('leaves a signature in both formats that is about exactly this image', async () => {
    const store = newStore();
    const { digest } = await putImage(store, 'app', '1.0');
    const signer = newSigner();
    const result = await sign(store, '1.0', { signer, annotations: { build: '42' } });
    expect(result).toMatchObject({ digest, partial: false });
    expect(result.results.map(({ format, state }) => `${format} ${state}`)).toEqual(['legacy stored', 'bundle stored']);

    const evidence = await collectEvidence({ store, digest, sources: allSources });
    expect(evidence.candidates).toHaveLength(2);
    const [layer] = await legacyOf(store, digest);
    const payload = read(layer!.payload);
    expect(parsePayload(payload)).toMatchObject({
      dockerReference: 'registry.example.com/team/app',
      imageDigest: digest,
      optional: { build: '42' },
    });
    const signature = Buffer.from(layer!.annotations['dev.cosignproject.cosign/signature']!, 'base64');
    expect(checkSignature({ publicKey: signer.publicKey, message: payload, signature })).toBeDefined();
    const [bundle] = await bundlesOf(store, digest);
    const parsed = parseBundle(read(bundle!.bundle));
    expect(parsed.material).toEqual({ kind: 'public-key', hint: signer.publicKey.hint });
    if (parsed.content.kind !== 'envelope') throw new Error('it holds an envelope');
    const statement = parseStatement(parsed.content.envelope.payload);
    expect(subjectOf(statement, digest)?.annotations).toEqual({ build: '42' });
  });

  it('reports where was looked and what was there', async () => {
    const store = newStore();
    const { digest } = await putImage(store, 'app', '1.0');
    const before = await collectEvidence({ store, digest, sources: allSources });
    expect(before.candidates).toEqual([]);
    expect(before.sources.filter(({ state }) => state === 'failed')).toEqual([]);
    expect(before.sources.find(({ kind }) => kind === 'signature-tag')).toMatchObject({
      location: `memory:${attachmentTag(digest, 'signature')}`,
      state: 'absent',
    });
    await sign(store, '1.0');
    const after = await collectEvidence({ store, digest, sources: allSources });
    const holder = keepsReferrers ? 'referrers' : 'fallback-tag';
    expect(after.sources.find(({ kind }) => kind === holder)).toMatchObject({ state: 'read', candidates: 1 });
    expect(after.sources.find(({ kind }) => kind === 'attestation-tag')).toMatchObject({ state: 'absent' });
  });

  it('loses nothing when eight sign at the same time', async () => {
    const store = newStore();
    const { digest } = await putImage(store, 'app', '1.0');
    const signers = Array.from({ length: 8 }, () => newSigner());
    const results = await Promise.all(signers.map((signer) => sign(store, '1.0', { signer })));
    expect(results.every(({ partial }) => !partial)).toBe(true);
    expect(await legacyOf(store, digest)).toHaveLength(8);
    expect(await bundlesOf(store, digest)).toHaveLength(8);
  });

  it('loses nothing in a store that ignores conditions on tags', async () => {
    const honest = newStore();
    const store = altered(honest, {
      putManifest: ({ expected: _ignored, ...write }: ManifestWrite, waiting?: Waiting) =>
        honest.putManifest(write, waiting),
    });
    const { digest } = await putImage(store, 'app', '1.0');
    // Each waits its own number of turns, as processes on several machines would.
    const turns = async (count: number) => {
      for (let turn = 0; turn < count; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    };
    const signing = Array.from({ length: 8 }, (_each, index) =>
      sign(store, '1.0', { signer: newSigner(), random: () => index / 8, sleep: (ms) => turns(Math.ceil(ms / 2)) }),
    );
    await Promise.all(signing);
    expect(await legacyOf(store, digest)).toHaveLength(8);
    expect(await bundlesOf(store, digest)).toHaveLength(8);
  });
});

describe('signing an image', () => {
  it('that does not exist writes nothing and says so', async () => {
    const store = createMemoryStore();
    await expect(sign(store, '1.0')).rejects.toMatchObject({ code: 'image-not-found' });
    await expect(sign(store, `sha256:${'0'.repeat(64)}`)).rejects.toMatchObject({ code: 'image-not-found' });
    expect(await store.tags()).toEqual([]);
  });

  it('twice with the same key adds nothing to the tag', async () => {
    const store = createMemoryStore();
    const { digest } = await putImage(store, 'app', '1.0');
    const signer = newSigner();
    await sign(store, '1.0', { signer, formats: ['legacy'] });
    const again = await sign(store, '1.0', { signer, formats: ['legacy'] });
    expect(again.results).toMatchObject([{ outcome: 'present', writes: 0 }]);
    await sign(store, '1.0', { signer, formats: ['legacy'], annotations: { a: 'b' } });
    expect(await legacyOf(store, digest)).toHaveLength(2);
  });

  it('makes one signature per identity', async () => {
    const store = createMemoryStore();
    const { digest } = await putImage(store, 'app', '1.0');
    await sign(store, '1.0', { formats: ['legacy'], identities: ['one.example.com/a', 'two.example.com/b'] });
    const layers = await legacyOf(store, digest);
    expect(layers.map((layer) => parsePayload(read(layer.payload)).dockerReference)).toEqual([
      'one.example.com/a',
      'two.example.com/b',
    ]);
  });

  it('tells which identities are in place when a later one fails', async () => {
    const store = createMemoryStore();
    await putImage(store, 'app', '1.0');
    const away = new Fault({ code: 'service-unreachable', message: 'away', hint: 'none' });
    const honest = newSigner();
    let left = 1;
    const signer: Signer = {
      ...honest,
      sign: (bytes, use) => (left-- > 0 ? honest.sign(bytes, use) : Promise.reject(away)),
    };
    const identities = ['one.example.com/a', 'two.example.com/b'];
    const { partial, results } = await sign(store, '1.0', { formats: ['legacy'], identities, signer });
    expect(partial).toBe(true);
    expect(results).toMatchObject([{ state: 'stored' }, { state: 'failed', fault: away }]);
  });

  it('can put signatures into another repository, under a prefix', async () => {
    const store = createMemoryStore();
    const signatureStore = createMemoryStore({ name: 'signatures', keepsReferrers: false });
    const { digest } = await putImage(store, 'app', '1.0');
    await sign(store, '1.0', { signatureStore, tagPrefix: 'v1-' });
    expect(await store.tags()).toEqual(['1.0']);
    expect(await signatureStore.tags()).toEqual([fallbackTag(digest), attachmentTag(digest, 'signature', 'v1-')]);
    const evidence = await collectEvidence({ store: signatureStore, digest, sources: allSources, tagPrefix: 'v1-' });
    expect(evidence.candidates).toHaveLength(2);
  });

  it('whose fallback tag `cosign copy` has set to the image replaces it and says so', async () => {
    const store = createMemoryStore({ keepsReferrers: false });
    const image = await putImage(store, 'app', '1.0');
    const bytes = (await store.manifest(image.digest))!.bytes;
    await store.putManifest({ bytes, mediaType: image.mediaType, tag: fallbackTag(image.digest) });
    const { results } = await sign(store, '1.0', { formats: ['bundle'] });
    expect(results).toMatchObject([{ state: 'stored', listedBy: 'fallback-tag', replacedSubject: true }]);
    expect(await bundlesOf(store, image.digest)).toHaveLength(1);
  });

  it('whose fallback tag holds something foreign is refused before anything is written', async () => {
    const store = createMemoryStore({ keepsReferrers: false });
    const image = await putImage(store, 'app', '1.0');
    await putImage(store, 'foreign', fallbackTag(image.digest));
    await expect(sign(store, '1.0', { formats: ['bundle'] })).rejects.toMatchObject({ code: 'fallback-tag-occupied' });
    expect(await store.tags()).toEqual(['1.0', fallbackTag(image.digest)]);
  });

  it('says which format is missing when the second one fails', async () => {
    const honest = createMemoryStore({ keepsReferrers: false });
    const image = await putImage(honest, 'app', '1.0');
    await putImage(honest, 'foreign', fallbackTag(image.digest));
    const { partial, results } = await sign(honest, '1.0');
    expect(partial).toBe(true);
    expect(results).toMatchObject([
      { format: 'legacy', state: 'stored' },
      { format: 'bundle', state: 'failed', fault: { code: 'fallback-tag-occupied' } },
    ]);
  });

  it('names the bundle that is stored but not listed', async () => {
    const honest = createMemoryStore({ keepsReferrers: false });
    const image = await putImage(honest, 'app', '1.0');
    const denied = new Fault({ code: 'registry-denied', message: 'no', hint: 'none' });
    const store = altered(honest, {
      putManifest: (write, waiting) =>
        write.tag === fallbackTag(image.digest) ? Promise.reject(denied) : honest.putManifest(write, waiting),
    });
    const { partial, results } = await sign(store, '1.0');
    expect(partial).toBe(true);
    expect(results[1]).toMatchObject({ format: 'bundle', state: 'unlisted', fault: denied });
    const { digest } = results[1] as unknown as { digest: string };
    expect(await honest.resolve(digest)).toBeDefined();
  });

  it('goes on with the bundle where tags cannot be changed', async () => {
    const honest = createMemoryStore();
    await putImage(honest, 'app', '1.0');
    const immutable = new Fault({ code: 'registry-tag-immutable', message: 'no', hint: 'none' });
    const store = altered(honest, {
      putManifest: (write, waiting) =>
        write.tag === undefined ? honest.putManifest(write, waiting) : Promise.reject(immutable),
    });
    const { partial, results } = await sign(store, '1.0');
    expect([partial, ...results.map(({ state }) => state)]).toEqual([true, 'failed', 'stored']);
    await expect(sign(store, '1.0', { formats: ['legacy'] })).rejects.toBe(immutable);
  });

  it('fails loudly when others overwrite the signature each time', async () => {
    const honest = createMemoryStore();
    await putImage(honest, 'app', '1.0');
    const store = altered(honest, {
      async putManifest(write, waiting) {
        const { expected: _ignored, ...plain } = write;
        const written = await honest.putManifest(plain, waiting);
        if (write.tag?.endsWith('.sig')) await honest.deleteManifest(write.tag);
        return written;
      },
    });
    await expect(sign(store, '1.0', { formats: ['legacy'] })).rejects.toMatchObject({
      code: 'signature-lost',
      message: expect.stringContaining('10 times'),
    });
  });

  it('does not call a signature stored that cannot be read back', async () => {
    const honest = createMemoryStore();
    await putImage(honest, 'app', '1.0');
    const store = altered(honest, { blob: () => Promise.resolve(undefined) });
    await expect(sign(store, '1.0', { formats: ['legacy'] })).rejects.toMatchObject({
      code: 'signature-readback-failed',
    });
    await expect(sign(store, '1.0', { formats: ['bundle'] })).rejects.toMatchObject({
      code: 'signature-readback-failed',
    });
    const { partial } = await sign(store, '1.0', { verifyAfter: false });
    expect(partial).toBe(false);
  });

  it('tries the preflight before it signs', async () => {
    const store = createMemoryStore();
    await putImage(store, 'app', '1.0');
    const denied = new Fault({ code: 'registry-denied', message: 'no', hint: 'none' });
    const signer = { ...newSigner(), sign: () => Promise.reject(new Error('signed too early')) };
    await expect(sign(store, '1.0', { signer, preflight: () => Promise.reject(denied) })).rejects.toBe(denied);
  });

  it.each(['P-384', 'Ed25519'] as const)('works with %s', async (curve) => {
    const store = createMemoryStore();
    await putImage(store, 'app', '1.0');
    expect(await sign(store, '1.0', { signer: newSigner(curve) })).toMatchObject({ partial: false });
  });
});

describe('collecting', () => {
  it('never takes a source that failed for an empty one', async () => {
    const honest = createMemoryStore();
    const { digest } = await putImage(honest, 'app', '1.0');
    await sign(honest, '1.0');
    const away = new Fault({ code: 'registry-unreachable', message: 'away', hint: 'none' });
    const store = altered(honest, { referrers: () => Promise.reject(away) });
    const evidence = await collectEvidence({ store, digest, sources: allSources });
    expect(evidence.sources.find(({ kind }) => kind === 'referrers')).toMatchObject({ state: 'failed', fault: away });
    expect(evidence.candidates.map(({ format }) => format)).toEqual(['legacy']);
  });

  it('says which blob could not be fetched, is gone, or was changed', async () => {
    const honest = createMemoryStore();
    const { digest } = await putImage(honest, 'app', '1.0');
    await sign(honest, '1.0', { formats: ['legacy'] });
    const away = new Fault({ code: 'registry-failed', message: 'away', hint: 'none' });
    const collect = (blob: ContentStore['blob']) =>
      collectEvidence({ store: altered(honest, { blob }), digest, sources: ['signature-tag'] });
    expect(await collect(() => Promise.reject(away))).toMatchObject({
      sources: [{ state: 'failed', fault: away }],
      candidates: [],
    });
    expect(await collect(() => Promise.resolve(undefined))).toMatchObject({
      candidates: [{ payload: { state: 'missing' } }],
    });
    const other = createMemoryStore();
    const content = await putContent(other, 'something else');
    expect(await collect(() => other.blob(content))).toMatchObject({ candidates: [{ payload: { state: 'corrupt' } }] });
  });

  it('makes one corrupt candidate of a tag that holds no signatures', async () => {
    const store = createMemoryStore();
    const { digest } = await putImage(store, 'app', '1.0');
    await putJson(
      store,
      { schemaVersion: 2, mediaType: 'application/vnd.oci.image.index.v1+json', manifests: [] },
      attachmentTag(digest, 'signature'),
    );
    const evidence = await collectEvidence({ store, digest, sources: ['signature-tag'] });
    expect(evidence.candidates).toMatchObject([
      { payload: { state: 'corrupt', detail: expect.stringContaining('not an image manifest') } },
    ]);
  });

  it('opens what cosign 2.5 to 3.0 list under the wrong type, and passes over what is about another image', async () => {
    const store = createMemoryStore({ keepsReferrers: false });
    const image = await putImage(store, 'app', '1.0');
    const other = await putImage(store, 'other', '2.0');
    await sign(store, '1.0', { formats: ['bundle'] });
    await sign(store, '2.0', { formats: ['bundle'] });
    const [bundle] = await bundlesOf(store, image.digest);
    const [foreign] = await bundlesOf(store, other.digest);
    const entry = (digest: string) => ({
      mediaType: image.mediaType,
      size: 1,
      digest,
      artifactType: 'application/vnd.oci.empty.v1+json',
    });
    const manifests = [image.digest, bundle!.digest, foreign!.digest, `sha256:${'0'.repeat(64)}`].map(entry);
    await putJson(
      store,
      { schemaVersion: 2, mediaType: 'application/vnd.oci.image.index.v1+json', manifests },
      fallbackTag(image.digest),
    );
    expect((await bundlesOf(store, image.digest)).map(({ digest }) => digest)).toEqual([bundle!.digest]);
  });

  it('reads the fallback tag too where the kept list has no bundle', async () => {
    const old = createMemoryStore({ keepsReferrers: false });
    const { digest } = await putImage(old, 'app', '1.0');
    await sign(old, '1.0', { formats: ['bundle'] });
    const store = altered(old, {
      async referrers(asked, query) {
        const list = await old.referrers(asked, query);
        return query?.fallbackWhen?.([]) === true ? list : { ...list, descriptors: [] };
      },
    });
    expect(await bundlesOf(store, digest)).toHaveLength(1);
  });

  it('reads the layers of the OCI 1.1 experiment as signatures of the tag format', async () => {
    const store = createMemoryStore();
    const subject = await putImage(store, 'app', '1.0');
    await sign(store, '1.0', { formats: ['legacy'] });
    const tagged = await store.manifest(attachmentTag(subject.digest, 'signature'));
    const manifest = JSON.parse(Buffer.from(tagged!.bytes).toString()) as { config: object; layers: object[] };
    const config = { ...manifest.config, mediaType: 'application/vnd.dev.cosign.artifact.sig.v1+json' };
    await putJson(store, { ...manifest, config, subject });
    const evidence = await collectEvidence({ store, digest: subject.digest, sources: ['referrers'] });
    expect(evidence.candidates).toMatchObject([{ format: 'legacy', kind: 'signature', payload: { state: 'read' } }]);
  });

  it('fetches a blob that two layers share once', async () => {
    const honest = createMemoryStore();
    const { digest } = await putImage(honest, 'app', '1.0');
    for (const signer of [newSigner(), newSigner()]) await sign(honest, '1.0', { signer, formats: ['legacy'] });
    let fetched = 0;
    const store = altered(honest, {
      blob: (descriptor, waiting) => ((fetched += 1), honest.blob(descriptor, waiting)),
    });
    const { candidates } = await collectEvidence({ store, digest, sources: ['signature-tag'] });
    expect([candidates.length, fetched]).toEqual([2, 1]);
  });

  it('does not fetch what is larger than allowed', async () => {
    const store = createMemoryStore();
    const { digest } = await putImage(store, 'app', '1.0');
    await sign(store, '1.0');
    const { candidates } = await collectEvidence({ store, digest, sources: allSources, attachmentLimit: 10 });
    expect(candidates.map((each) => (each.format === 'legacy' ? each.payload : each.bundle).state)).toEqual([
      'corrupt',
      'corrupt',
    ]);
  });
});

describe('signing everything of an index', () => {
  async function nested() {
    const store = createMemoryStore();
    const index = (manifests: readonly object[], tag?: string) =>
      putJson(store, { schemaVersion: 2, mediaType: 'application/vnd.oci.image.index.v1+json', manifests }, tag);
    const [one, two] = [await putImage(store, 'one'), await putImage(store, 'two')];
    const inner = await index([one, two]);
    const built = { ...(await putImage(store, 'built')), platform: { os: 'unknown', architecture: 'unknown' } };
    const top = await index([one, inner, built], '1.0');
    return { store, top, inner, one, two, built };
  }

  it('begins with the index, goes down, and takes each digest once', async () => {
    const { store, top, inner, one, two } = await nested();
    const targets = await listSignTargets({ store, target: '1.0' });
    expect(targets.map(({ digest }) => digest)).toEqual([top, one, inner, two].map(({ digest }) => digest));
  });

  it('includes build attestations only when asked', async () => {
    const { store, built } = await nested();
    const targets = await listSignTargets({ store, target: '1.0', includeAttachments: true });
    expect(targets.map(({ digest }) => digest)).toContain(built.digest);
  });

  it('says when the image is not there', async () => {
    await expect(listSignTargets({ store: createMemoryStore(), target: 'x' })).rejects.toMatchObject({
      code: 'image-not-found',
    });
  });
});
