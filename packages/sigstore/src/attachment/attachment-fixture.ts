/** What tests of attachments share: images, keys, and waiting that does not wait. */
import { generateKeyPairSync } from 'node:crypto';
import { digestOf, mediaTypes } from '@pratique/oci';
import type { ContentStore, Descriptor } from '@pratique/oci';
import { signerFor } from '../keys/private-key.ts';
import type { Signer } from '../keys/private-key.ts';
import type { Contention } from './contention.ts';

/** A tiny image; `text` makes it differ from others. */
export async function putImage(store: ContentStore, text: string, tag?: string): Promise<Descriptor> {
  const config = await putContent(store, `{"architecture":"amd64","os":"linux","note":"${text}"}`);
  const layer = await putContent(store, `layer of ${text}`);
  const { ociConfig, ociManifest } = mediaTypes;
  const manifest = {
    schemaVersion: 2,
    mediaType: ociManifest,
    config: { mediaType: ociConfig, ...config },
    layers: [{ mediaType: 'application/vnd.oci.image.layer.v1.tar', ...layer }],
  };
  return putJson(store, manifest, tag);
}

/** Any manifest or index. */
export async function putJson(store: ContentStore, manifest: object, tag?: string): Promise<Descriptor> {
  const bytes = Buffer.from(JSON.stringify(manifest));
  const mediaType = 'manifests' in manifest ? mediaTypes.ociIndex : mediaTypes.ociManifest;
  const { descriptor } = await store.putManifest({ bytes, mediaType, ...(tag === undefined ? {} : { tag }) });
  return descriptor;
}

/** Any blob. */
export async function putContent(
  store: ContentStore,
  content: string | Uint8Array,
): Promise<{ digest: string; size: number }> {
  const bytes = Buffer.from(content);
  const described = { digest: digestOf(bytes), size: bytes.length };
  await store.putBlob({ ...described, open: () => [bytes] });
  return described;
}

/** Waits a turn of the event loop whatever is asked, so that writers interleave and tests stay fast. */
export function noWaiting(): Contention {
  return { random: () => 0.5, sleep: () => new Promise((resolve) => setImmediate(resolve)) };
}

/** A fresh signer. */
export function newSigner(curve: 'P-256' | 'P-384' | 'Ed25519' = 'P-256'): Signer {
  return curve === 'Ed25519'
    ? signerFor(generateKeyPairSync('ed25519').privateKey)
    : signerFor(generateKeyPairSync('ec', { namedCurve: curve }).privateKey);
}
