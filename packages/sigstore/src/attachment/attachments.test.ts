import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createMemoryStore, fallbackTag, openLayout } from '@pratique/oci';
import type { ContentStore } from '@pratique/oci';
import { Fault } from '@pratique/runtime/fault';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { attestImage } from '../sign/attest.ts';
import { signImage } from '../sign/sign-image.ts';
import { attachmentTag } from '../simple-signing/tags.ts';
import { newSigner, noWaiting, putContent, putImage, putJson } from './attachment-fixture.ts';
import { listRemovals, removeAttachments } from './clean.ts';
import { allSources, collectEvidence } from './collect.ts';
import { downloadAttestations, downloadSbom, downloadSignatures } from './download.ts';
import { loadImage, openSavedImage, saveImage } from './saved-image.ts';
import { attachmentTree } from './tree.ts';

const now = new Date('2026-01-02T03:04:05Z');
const place = {
  reference: { registry: 'registry.example.com', repository: 'app' },
  target: '1.0',
  now,
  ...noWaiting(),
};
const check = 'https://example.com/check/v1';

/** An image with everything: both formats of signature and attestation, an SBOM, and a referrer of somebody else. */
async function furnished(keepsReferrers = true) {
  const store = createMemoryStore({ keepsReferrers });
  const image = await putImage(store, 'app', '1.0');
  const material = { signer: newSigner() };
  await signImage({ ...place, store, material });
  await attestImage({ ...place, store, material, attested: { kind: 'predicate', uri: check, value: { ok: true } } });
  const sbom = { mediaType: 'text/spdx', ...(await putContent(store, 'SPDX')) };
  const config = { mediaType: 'application/vnd.oci.image.config.v1+json', ...(await putContent(store, '{}')) };
  const manifest = { schemaVersion: 2, mediaType: image.mediaType, config };
  await putJson(store, { ...manifest, layers: [sbom] }, attachmentTag(image.digest, 'sbom'));
  const foreign = await putJson(store, {
    ...manifest,
    artifactType: 'application/x-note',
    layers: [sbom],
    subject: image,
  });
  if (!keepsReferrers) {
    const tag = fallbackTag(image.digest);
    const list = JSON.parse(Buffer.from((await store.manifest(tag))!.bytes).toString()) as { manifests: object[] };
    await putJson(
      store,
      { ...list, manifests: [...list.manifests, { ...foreign, artifactType: 'application/x-note' }] },
      tag,
    );
  }
  return { store, digest: image.digest, foreign: foreign.digest };
}

/** A store whose referrers cannot be listed. */
function withoutList(store: ContentStore, fault: Fault): ContentStore {
  return {
    ...store,
    name: store.name,
    resolve: (name) => store.resolve(name),
    manifest: (name) => store.manifest(name),
    referrers: () => Promise.reject(fault),
  };
}

const away = new Fault({ code: 'registry-unreachable', message: 'away', hint: 'none' });

describe('the tree of an image', () => {
  it.each([true, false])('shows everything that hangs on it (lists kept by the store: %s)', async (keeps) => {
    const { store, digest, foreign } = await furnished(keeps);
    const tree = await attachmentTree({ store, digest });
    expect(tree.slice(0, 3)).toMatchObject([
      { kind: 'signature', location: `memory:${attachmentTag(digest, 'signature')}`, layers: [{}] },
      { kind: 'attestation', layers: [{ predicateType: check }] },
      { kind: 'sbom', layers: [{ mediaType: 'text/spdx' }] },
    ]);
    const referrers = tree.slice(3);
    expect(new Set(referrers.map((node) => node.predicateType ?? node.artifactType))).toEqual(
      new Set(['application/x-note', check, 'https://sigstore.dev/cosign/sign/v1']),
    );
    expect(referrers.map((node) => node.digest)).toContain(foreign);
  });

  it('says how many of a flood of referrers it does not show', async () => {
    const store = createMemoryStore();
    const { digest } = await putImage(store, 'app');
    const descriptors = Array.from({ length: 1003 }, (_unused, at) => ({
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      digest: `sha256:${at.toString(16).padStart(64, '0')}`,
      size: 2,
    }));
    const flooded = {
      ...withoutList(store, away),
      referrers: async () => ({ ...(await store.referrers(digest)), descriptors }),
    };
    const tree = await attachmentTree({ store: flooded, digest });
    expect(tree).toHaveLength(1001);
    expect(tree.at(-1)).toMatchObject({ problem: expect.stringContaining('3 more referrers') });
  });

  it('is empty for an image with nothing, and fails where it could not look', async () => {
    const store = createMemoryStore();
    const { digest } = await putImage(store, 'app');
    expect(await attachmentTree({ store, digest })).toEqual([]);
    await expect(attachmentTree({ store: withoutList(store, away), digest })).rejects.toBe(away);
  });
});

describe('downloading', () => {
  it('gives signatures and attestations of both formats, one line each', async () => {
    const { store, digest } = await furnished();
    const evidence = await collectEvidence({ store, digest, sources: allSources });
    const signatures = downloadSignatures(evidence, 'app');
    expect(signatures.omitted).toEqual([]);
    const [legacy, bundle, ...more] = signatures.lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(more).toEqual([]);
    expect(legacy).toMatchObject({
      Base64Signature: expect.any(String),
      Cert: null,
      Chain: null,
      Bundle: null,
      RFC3161Timestamp: null,
    });
    expect(Buffer.from(String(legacy?.['Payload']), 'base64').toString()).toContain(digest);
    expect(bundle).toMatchObject({ mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json' });
    const attestations = downloadAttestations(evidence, 'app', check);
    expect(attestations.lines.map((line) => Object.keys(JSON.parse(line) as object)[0])).toEqual([
      'payloadType',
      'mediaType',
    ]);
  });

  it('says that there is nothing only where everything could be read', async () => {
    const store = createMemoryStore();
    const { digest } = await putImage(store, 'app');
    const nothing = await collectEvidence({ store, digest, sources: allSources });
    expect(() => downloadSignatures(nothing, 'app')).toThrow(
      expect.objectContaining({
        code: 'nothing-attached',
        message: expect.stringContaining('no signatures associated with app'),
      }),
    );
    const unknown = await collectEvidence({ store: withoutList(store, away), digest, sources: allSources });
    expect(() => downloadSignatures(unknown, 'app')).toThrow(away);
    expect(() => downloadAttestations(nothing, 'app', 'vuln')).toThrow(
      expect.objectContaining({ code: 'nothing-attached' }),
    );
  });

  it('gives the SBOM as it is stored', async () => {
    const { store, digest } = await furnished();
    const { mediaType, bytes } = await downloadSbom({ store, digest });
    expect([mediaType, Buffer.from(bytes).toString()]).toEqual(['text/spdx', 'SPDX']);
    await expect(downloadSbom({ store, digest, tagPrefix: 'x' })).rejects.toMatchObject({ code: 'nothing-attached' });
  });
});

describe.each([true, false])('cleaning (lists kept by the store: %s)', (keeps) => {
  it.each([
    ['signature', ['signature', 'bundle'], 2],
    ['attestation', ['attestation', 'bundle'], 2],
    ['sbom', ['sbom'], 4],
    ['referrer', ['bundle', 'bundle'], 2],
    ['all', ['signature', 'attestation', 'sbom', 'bundle', 'bundle'], 0],
  ] as const)('type %s removes exactly what was listed', async (type, kinds, left) => {
    const { store, digest, foreign } = await furnished(keeps);
    const removals = await listRemovals({ store, digest, type });
    expect(removals.map(({ kind }) => kind)).toEqual(kinds);
    expect(await removeAttachments({ store, digest, removals, ...noWaiting() })).toEqual({
      removed: removals,
      absent: [],
    });
    const { candidates } = await collectEvidence({ store, digest, sources: allSources });
    expect(candidates).toHaveLength(left);
    expect((await store.referrers(digest)).descriptors.map((each) => each.digest)).toContain(foreign);
    expect(await store.resolve('1.0')).toBeDefined();
    const again = await removeAttachments({ store, digest, removals, ...noWaiting() });
    expect(again).toEqual({ removed: [], absent: removals });
  });

  it('fails before anything is agreed to where it could not look', async () => {
    const { store, digest } = await furnished(keeps);
    await expect(listRemovals({ store: withoutList(store, away), digest, type: 'all' })).rejects.toBe(away);
  });

  it('leaves no empty list behind', async () => {
    const store = createMemoryStore({ keepsReferrers: keeps });
    const { digest } = await putImage(store, 'app', '1.0');
    await signImage({ ...place, store, material: { signer: newSigner() } });
    const removals = await listRemovals({ store, digest, type: 'all' });
    await removeAttachments({ store, digest, removals, ...noWaiting() });
    expect(await store.tags()).toEqual(['1.0']);
  });
});

describe('an image saved to a folder', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'pratique-saved-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it.each([true, false])('keeps everything on its way out and in (lists kept by the store: %s)', async (keeps) => {
    const { store, digest, foreign } = await furnished(keeps);
    const path = join(folder, `saved-${keeps}`);
    await saveImage({
      store,
      target: '1.0',
      tag: '1.0',
      layout: await openLayout(path, { create: true }),
      ...noWaiting(),
    });
    const layout = await openLayout(path);
    const saved = await openSavedImage(layout);
    expect(saved.image.digest).toBe(digest);
    const evidence = await collectEvidence({ store: saved.store, digest, sources: allSources });
    expect(evidence.candidates.map(({ format }) => format)).toEqual(['legacy', 'legacy', 'bundle', 'bundle']);
    expect(evidence.sources.filter(({ state }) => state === 'failed')).toEqual([]);

    const other = createMemoryStore({ name: 'other', keepsReferrers: !keeps });
    await loadImage({ layout, store: other, tag: '2.0', ...noWaiting() });
    expect((await other.resolve('2.0'))?.digest).toBe(digest);
    const loaded = await collectEvidence({ store: other, digest, sources: allSources });
    expect(loaded.candidates).toHaveLength(4);
    expect((await other.referrers(digest)).descriptors.map((each) => each.digest)).toContain(foreign);
  });

  it('without an image, or with two, is refused', async () => {
    const layout = await openLayout(join(folder, 'empty'), { create: true });
    await expect(openSavedImage(layout)).rejects.toMatchObject({ code: 'saved-image-unclear' });
    await putImage(layout, 'one', 'one');
    expect((await openSavedImage(layout)).image).toBeDefined();
    await putImage(layout, 'two', 'two');
    await expect(openSavedImage(layout)).rejects.toMatchObject({ code: 'saved-image-unclear' });
  });
});
