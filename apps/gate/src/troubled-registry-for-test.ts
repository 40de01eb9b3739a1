/** A registry with one signed image that can be told to misbehave. */
import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createMemoryStore } from '@pratique/oci';
import type { ContentStore } from '@pratique/oci';
import { signerFor, signImage } from '@pratique/sigstore';
import { buildImage, pushImage } from '@pratique/testbed/images';

/** What is wrong with it. */
export type Trouble = 'none' | 'silent' | 'too-many' | 'failing' | 'lying' | 'dying' | 'garbled';

export interface TroubledRegistry extends AsyncDisposable {
  /** `127.0.0.1:port/team/app:1`. */
  readonly image: string;
  readonly digest: string;
  /** PEM of the key that signed. */
  readonly key: string;
  trouble: Trouble;
  /** Requests for content so far. */
  requests: number;
}

/** Starts it. */
export async function startTroubledRegistry(): Promise<TroubledRegistry> {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { store, sizes } = rememberingStore();
  const digest = await pushImage(store, await buildImage({ layers: [{ 'a.txt': 'a' }] }), '1');
  const server = createServer((request, response) => {
    state.requests += 1;
    void answer({ store, sizes }, state.trouble, request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  const registry = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  await signImage({
    ...{ store, target: '1', reference: { registry, repository: 'team/app' } },
    ...{
      material: { signer: signerFor(privateKey) },
      now: new Date(),
      sleep: () => Promise.resolve(),
      random: () => 0.5,
    },
  });
  const state: TroubledRegistry = {
    image: `${registry}/team/app:1`,
    digest,
    key: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    trouble: 'none',
    requests: 0,
    async [Symbol.asyncDispose]() {
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
  return state;
}

interface Content {
  readonly store: ContentStore;
  /** Of blobs, by digest. */
  readonly sizes: ReadonlyMap<string, number>;
}

function rememberingStore(): Content {
  const sizes = new Map<string, number>();
  const store = createMemoryStore({ name: 'team/app' });
  const putBlob: ContentStore['putBlob'] = (write, waiting) => {
    sizes.set(write.digest, write.size);
    return store.putBlob(write, waiting);
  };
  const remembering = new Proxy(store, {
    get: (target, key) => {
      const value: unknown = key === 'putBlob' ? putBlob : Reflect.get(target, key, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
  return { store: remembering, sizes };
}

async function answer(
  content: Content,
  trouble: Trouble,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { url = '/', method = 'GET' } = request;
  if (url === '/v2/') return void response.writeHead(200).end('{}');
  if (trouble === 'silent') return;
  if (trouble === 'too-many') return void response.writeHead(429, { 'retry-after': '0' }).end('{}');
  if (trouble === 'failing') return void response.writeHead(500).end('{}');
  if (trouble === 'garbled') return void response.writeHead(200, { 'content-type': 'application/json' }).end('<html>{');
  const found = await contentOf(content, url);
  if (found === undefined)
    return void response.writeHead(404, { 'content-type': 'application/json' }).end('{"errors":[]}');
  const bytes = trouble === 'lying' ? Buffer.from(found.bytes.toString().replace('"', ' "')) : found.bytes;
  const headers = { 'content-type': found.mediaType, 'docker-content-digest': found.digest };
  response.writeHead(200, { ...headers, 'content-length': bytes.length });
  if (method === 'HEAD') return void response.end();
  if (trouble !== 'dying') return void response.end(bytes);
  response.write(bytes.subarray(0, bytes.length >> 1), () => response.destroy());
}

async function contentOf({ store, sizes }: Content, url: string) {
  const [, kind = '', name = ''] = /^\/v2\/team\/app\/(manifests|blobs|referrers)\/([^?]+)/.exec(url) ?? [];
  if (kind === 'manifests') {
    const manifest = await store.manifest(name);
    if (manifest === undefined) return undefined;
    const { mediaType, digest } = manifest.descriptor;
    return { bytes: Buffer.from(manifest.bytes), mediaType, digest };
  }
  if (kind === 'referrers') {
    const { descriptors } = await store.referrers(name);
    const index = { schemaVersion: 2, mediaType: 'application/vnd.oci.image.index.v1+json', manifests: descriptors };
    return { bytes: Buffer.from(JSON.stringify(index)), mediaType: index.mediaType, digest: '' };
  }
  const size = sizes.get(name);
  if (kind !== 'blobs' || size === undefined) return undefined;
  const blob = await store.blob({ digest: name, size });
  if (blob === undefined) return undefined;
  const chunks: Uint8Array[] = [];
  for await (const chunk of blob) chunks.push(chunk);
  return { bytes: Buffer.concat(chunks), mediaType: 'application/octet-stream', digest: name };
}
