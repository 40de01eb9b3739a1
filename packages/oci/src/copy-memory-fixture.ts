/** Run as a process of its own by `copy-memory.test.ts`: copies a large image that nobody holds and prints what it took. */
import { createHash } from 'node:crypto';
import { copyImage } from './copy.ts';
import { digestOf } from './digest.ts';
import { emptyConfigDescriptor, ociManifest } from './media-types.ts';
import { createMemoryStore } from './memory.ts';
import type { Descriptor } from './manifest.ts';
import type { ContentStore } from './store.ts';
import { createRegistryClient } from './registry/client.ts';

const [host = '', megabytes = '0'] = process.argv.slice(2);
const layers = [1, 2].map((value) => layerOf(value, Number(megabytes) / 2));
const small = createMemoryStore();
await small.putBlob({ ...emptyConfigDescriptor, open: () => [Buffer.from('{}')] });
const manifest = {
  schemaVersion: 2,
  mediaType: ociManifest,
  config: emptyConfigDescriptor,
  layers: layers.map((layer) => layer.descriptor),
};
await small.putManifest({ bytes: Buffer.from(JSON.stringify(manifest)), mediaType: ociManifest, tag: 'v1' });

const blobOf = small.blob.bind(small);
const from: ContentStore = Object.assign(small, {
  hasBlob: async () => true,
  blob: async (descriptor: Descriptor) =>
    layers.find((layer) => layer.descriptor.digest === descriptor.digest)?.pieces() ?? blobOf(descriptor),
});
const client = createRegistryClient({ userAgent: 'test', now: () => new Date(), random: () => 0.5 });
const to = client.repository({ registry: host, repository: 'team/app' });
const before = process.memoryUsage().rss;
let most = before;
const watch = setInterval(() => (most = Math.max(most, process.memoryUsage().rss)), 10);
const report = await copyImage({
  ...{ from, to, source: 'v1', tag: 'v1', attachments: [], referrers: false },
  random: () => 0.5,
  sleep: async () => undefined,
});
clearInterval(watch);
await client.close();
process.stdout.write(JSON.stringify({ bytes: report.bytes, growth: Math.round((most - before) / 1024 ** 2) }));

/** A layer of equal bytes, made while it is read. */
function layerOf(value: number, size: number) {
  const piece = () => Buffer.alloc(64 * 1024, value);
  const hash = createHash('sha256');
  for (let count = 0; count < size * 16; count += 1) hash.update(piece());
  const digest = digestOf('').replace(/:.*/, `:${hash.digest('hex')}`);
  const descriptor = { mediaType: 'application/vnd.oci.image.layer.v1.tar', digest, size: size * 1024 ** 2 };
  return {
    descriptor,
    async *pieces() {
      for (let count = 0; count < size * 16; count += 1) yield piece();
    },
  };
}
