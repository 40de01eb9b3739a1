import { createMemoryStore } from '@pratique/oci';
import type { ContentStore, ManifestWrite } from '@pratique/oci';
import { Fault } from '@pratique/runtime/fault';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkSignature } from '../keys/algorithms.ts';
import { annotationsFor, payloadMediaType } from '../simple-signing/layer.ts';
import { writePayload } from '../simple-signing/payload.ts';
import { attachmentTag } from '../simple-signing/tags.ts';
import { vectors } from '../vectors-fixture.ts';
import { appendSignature } from './append-signature.ts';
import type { AppendRequest } from './append-signature.ts';
import { newSigner, noWaiting, putContent, putJson } from './attachment-fixture.ts';
import { collectEvidence } from './collect.ts';

const digest = vectors.imageDigest;
const tag = attachmentTag(digest, 'signature');
const manifestType = 'application/vnd.oci.image.manifest.v1+json';

async function append(store: ContentStore, changes: Partial<AppendRequest> & { readonly identity?: string } = {}) {
  const { identity = 'registry.example.com/app', ...rest } = changes;
  const signer = newSigner();
  const content = writePayload({ identity, digest });
  const annotations = annotationsFor({ signature: await signer.sign(content, 'legacy') });
  const request = { store, digest, kind: 'signature', content, annotations, mediaType: payloadMediaType } as const;
  return appendSignature({ ...request, ...noWaiting(), ...rest });
}

async function manifestOf(store: ContentStore, under = tag): Promise<Record<string, unknown>> {
  const stored = await store.manifest(under);
  return JSON.parse(Buffer.from(stored!.bytes).toString()) as Record<string, unknown>;
}

/** A memory whose writes to tags do what `before` says first. */
function disturbed(before: (write: ManifestWrite, honest: ContentStore) => Promise<void> | void): ContentStore {
  const honest = createMemoryStore();
  return {
    name: honest.name,
    resolve: (name) => honest.resolve(name),
    manifest: (name) => honest.manifest(name),
    putManifest: async (write) => {
      if (write.tag !== undefined) await before(write, honest);
      return honest.putManifest(write);
    },
    deleteManifest: (name) => honest.deleteManifest(name),
    hasBlob: (name) => honest.hasBlob(name),
    blob: (descriptor) => honest.blob(descriptor),
    putBlob: (write) => honest.putBlob(write),
    referrers: (name, query) => honest.referrers(name, query),
    tags: () => honest.tags(),
  };
}

describe('appending a signature', () => {
  it('makes the manifest, its config and its payload, and says where', async () => {
    const store = createMemoryStore({ name: 'registry.example.com/app' });
    const appended = await append(store);
    expect(appended).toMatchObject({ outcome: 'added', tag, location: `registry.example.com/app:${tag}`, writes: 1 });
    expect((await store.resolve(tag))?.digest).toBe(appended.manifestDigest);
    const { config, layers } = (await manifestOf(store)) as {
      config: { digest: string };
      layers: { digest: string }[];
    };
    expect(await store.hasBlob(config.digest)).toBe(true);
    expect(layers.map((layer) => layer.digest)).toEqual([appended.contentDigest]);
  });

  it('keeps what skopeo left, whose config is gone and whose history is shorter', async () => {
    const store = createMemoryStore();
    const content = await putContent(store, '{"critical":{}}');
    const annotations = { 'dev.cosignproject.cosign/signature': 'c2ln', unknown: 'kept' };
    const layer = { mediaType: payloadMediaType, ...content, annotations };
    const config = {
      mediaType: 'application/vnd.oci.image.config.v1+json',
      digest: `sha256:${'9'.repeat(64)}`,
      size: 7,
    };
    await putJson(store, { schemaVersion: 2, mediaType: manifestType, config, layers: [layer, layer] }, tag);
    await append(store);
    const { layers } = (await manifestOf(store)) as { layers: unknown[] };
    expect(layers.slice(0, 2)).toEqual([layer, layer]);
    expect(layers).toHaveLength(3);
  });

  it('writes docker media types and the time of creation where they are asked for', async () => {
    const store = createMemoryStore();
    await append(store, { dockerMediaTypes: true, created: new Date('2026-01-02T03:04:05Z') });
    const { mediaType, config } = (await manifestOf(store)) as {
      mediaType: string;
      config: { digest: string; size: number };
    };
    expect(mediaType).toBe('application/vnd.docker.distribution.manifest.v2+json');
    const pieces: Uint8Array[] = [];
    for await (const piece of (await store.blob(config))!) pieces.push(piece);
    expect(JSON.parse(Buffer.concat(pieces).toString())).toMatchObject({ created: '2026-01-02T03:04:05Z' });
  });

  it('refuses to write over what holds no signatures', async () => {
    const store = createMemoryStore();
    await putJson(
      store,
      { schemaVersion: 2, mediaType: 'application/vnd.oci.image.index.v1+json', manifests: [] },
      tag,
    );
    const before = await store.resolve(tag);
    await expect(append(store)).rejects.toMatchObject({ code: 'signature-manifest-invalid' });
    expect(await store.resolve(tag)).toEqual(before);
  });

  it('refuses more bytes than allowed before anything is written', async () => {
    const store = createMemoryStore();
    await expect(append(store, { attachmentLimit: 10 })).rejects.toMatchObject({ code: 'attachment-too-large' });
    expect(await store.tags()).toEqual([]);
  });

  it('merges with a signer who was faster, each time', async () => {
    let rivals = 3;
    const store = disturbed(async (_write, honest) => {
      if (rivals === 0) return;
      rivals -= 1;
      await append(honest, { identity: `rival ${rivals}` });
    });
    expect(await append(store)).toMatchObject({ outcome: 'added', writes: 1 });
    const { candidates } = await collectEvidence({ store, digest, sources: ['signature-tag'] });
    expect(candidates).toHaveLength(4);
  });

  it('that was written and overwritten is written again', async () => {
    let overwrites = 2;
    const store = disturbed(() => undefined);
    const rival: ContentStore = {
      ...store,
      putManifest: async ({ expected: _ignored, ...write }) => {
        const existing = await store.manifest(tag);
        const written = await store.putManifest(write);
        if (overwrites > 0 && existing !== undefined) {
          overwrites -= 1;
          await store.putManifest({ bytes: existing.bytes, mediaType: manifestType, tag });
        }
        return written;
      },
    };
    await append(rival, { identity: 'first' });
    expect(await append(rival)).toMatchObject({ outcome: 'added', writes: 3 });
    const { candidates } = await collectEvidence({ store, digest, sources: ['signature-tag'] });
    expect(candidates).toHaveLength(2);
  });

  it.each([
    ['registry-refused', { wireCode: 'DIGEST_INVALID' }],
    ['registry-upload-lost', {}],
  ])('is tried again where the registry stumbled (%s), but not for ever', async (code, values) => {
    let stumbles = 2;
    const stumbling = disturbed(() => {
      stumbles -= 1;
      if (stumbles >= 0) throw new Fault({ code, message: 'stumbled', hint: 'none', values });
    });
    expect(await append(stumbling)).toMatchObject({ outcome: 'added' });
    let tries = 0;
    const broken = disturbed(() => {
      tries += 1;
      throw new Fault({ code, message: 'refused', hint: 'none', values });
    });
    await expect(append(broken)).rejects.toMatchObject({ message: 'refused' });
    expect(tries).toBe(4);
  });

  it('is not tried again where the registry means it', async () => {
    let tries = 0;
    const store = disturbed(() => {
      tries += 1;
      throw new Fault({ code: 'registry-refused', message: 'no', hint: 'none', values: { wireCode: 'NAME_INVALID' } });
    });
    await expect(append(store)).rejects.toMatchObject({ message: 'no' });
    expect(tries).toBe(1);
  });

  it('stops when it is told to', async () => {
    const signal = AbortSignal.abort(new Error('stopped'));
    await expect(append(createMemoryStore(), { signal })).rejects.toThrow('stopped');
  });

  it('any number of times, in any order, of any keys, keeps each once', async () => {
    const signers = [newSigner(), newSigner('Ed25519'), newSigner('P-384')];
    const step = fc.tuple(fc.nat(signers.length - 1), fc.constantFrom('a.example.com/x', 'b.example.com/y'));
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 8 }), async (steps) => {
        const store = createMemoryStore();
        for (const [index, identity] of steps) {
          const signer = signers[index]!;
          const content = writePayload({ identity, digest });
          const annotations = annotationsFor({ signature: await signer.sign(content, 'legacy') });
          await append(store, { content, annotations, unlessSignedBy: signer.publicKey });
        }
        const { candidates } = await collectEvidence({ store, digest, sources: ['signature-tag'] });
        expect(candidates).toHaveLength(new Set(steps.map(String)).size);
        for (const candidate of candidates) {
          if (candidate.format !== 'legacy' || candidate.payload.state !== 'read') throw new Error('it was stored');
          const message = candidate.payload.bytes;
          const signature = Buffer.from(candidate.annotations['dev.cosignproject.cosign/signature'] ?? '', 'base64');
          expect(signers.filter(({ publicKey }) => checkSignature({ publicKey, message, signature }))).toHaveLength(1);
        }
      }),
      { numRuns: 30 },
    );
  });
});
