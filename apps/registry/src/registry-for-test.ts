/** A registry on a folder of its own, and a plain client that shows answers as they are. Only tests use this. */
import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { request as plainRequest } from 'node:http';
import type { IncomingHttpHeaders, OutgoingHttpHeaders, RequestOptions } from 'node:http';
import { request as tlsRequest } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { startRegistry } from './start.ts';
import type { RegistryOptions, RunningRegistry } from './start.ts';

/** For what happens soon: far longer than it takes on a busy machine, so that no test fails for being slow. */
export const patience = { timeout: 12_000 };

/** A new folder for the test that is running; it goes away when that ends. */
export async function newFolder(): Promise<string> {
  const folder = await makeFolder();
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** A new folder that whoever asked removes. */
export function makeFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'pratique-registry-'));
}

/** A registry whose folder goes away with it. */
export async function registryForTest(options: Partial<RegistryOptions> = {}): Promise<RunningRegistry> {
  const folder = options.folder ?? (await makeFolder());
  const registry = await startRegistry({ durable: false, ...options, folder });
  const close = async () => {
    await registry.close();
    if (options.folder === undefined) await rm(folder, { recursive: true, force: true });
  };
  return { ...registry, close, stop: close, [Symbol.asyncDispose]: close };
}

/** An answer, its body read to the end. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** What is asked. */
export interface Ask {
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: Uint8Array | string;
  /** Certificate to trust, PEM. */
  readonly ca?: string;
}

/** One request; nothing is followed, retried or normalised, so the path arrives as it is written. */
export function ask(base: string, method: string, path: string, { headers, body, ca }: Ask = {}): Promise<Answer> {
  const { protocol, hostname, port } = new URL(base);
  const options: RequestOptions & { ca?: string } = { method, path, hostname, port, agent: false };
  const isFramed = body === undefined || headers?.['transfer-encoding'] !== undefined;
  // Said always: without it the body of a GET would be read as the next request.
  options.headers = { ...(isFramed ? {} : { 'content-length': Buffer.byteLength(body) }), ...headers };
  if (ca !== undefined) options.ca = ca;
  return new Promise((resolve, reject) => {
    const asked = (protocol === 'https:' ? tlsRequest : plainRequest)(options, (response) => {
      const pieces: Buffer[] = [];
      response.on('data', (piece: Buffer) => pieces.push(piece));
      response.on('error', reject);
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(pieces) }),
      );
    });
    asked.on('error', reject);
    asked.end(body);
  });
}

/** The first error of an answer. */
export function errorOf({ body }: Answer): { code: string; message: string; detail?: unknown } {
  const [error] = (JSON.parse(body.toString()) as { errors: { code: string; message: string; detail?: unknown }[] })
    .errors;
  if (error === undefined) throw new Error('the answer has no error');
  return error;
}

/** The digest of bytes. */
export function digestOf(bytes: Uint8Array | string, algorithm = 'sha256'): string {
  return `${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}`;
}

/** Content nothing else has. */
export function newContent(size = 32): Buffer {
  return randomBytes(size);
}

/** Pushes a blob in one request after its POST; gives its digest. */
export async function pushBlob(base: string, repository: string, content: Uint8Array | string): Promise<string> {
  const digest = digestOf(content);
  const begun = await ask(base, 'POST', `/v2/${repository}/blobs/uploads/`);
  const address = begun.headers.location ?? '';
  const join = address.includes('?') ? '&' : '?';
  const path = address.startsWith('http') ? new URL(address).pathname + new URL(address).search : address;
  const headers = { 'content-type': 'application/octet-stream' };
  const done = await ask(base, 'PUT', `${path}${join}digest=${digest}`, { headers, body: content });
  if (done.status !== 201) throw new Error(`the blob was answered ${done.status}: ${done.body.toString()}`);
  return digest;
}

export const imageType = 'application/vnd.oci.image.manifest.v1+json';
export const indexType = 'application/vnd.oci.image.index.v1+json';
const configType = 'application/vnd.oci.image.config.v1+json';

/** A manifest over one new layer, its blobs pushed. */
export async function newManifest(
  base: string,
  repository: string,
  more: Readonly<Record<string, unknown>> = {},
): Promise<{ readonly body: string; readonly digest: string; readonly size: number; readonly layer: string }> {
  const config = JSON.stringify({ created: newContent(8).toString('hex') });
  const layer = newContent(64);
  const body = JSON.stringify({
    schemaVersion: 2,
    mediaType: imageType,
    config: { mediaType: configType, digest: await pushBlob(base, repository, config), size: config.length },
    layers: [
      {
        mediaType: 'application/vnd.oci.image.layer.v1.tar',
        digest: await pushBlob(base, repository, layer),
        size: layer.length,
      },
    ],
    ...more,
  });
  return { body, digest: digestOf(body), size: body.length, layer: digestOf(layer) };
}

/** Puts a manifest. */
export function putManifest(base: string, path: string, body: string, headers: OutgoingHttpHeaders = {}) {
  return ask(base, 'PUT', path, { headers: { 'content-type': imageType, ...headers }, body });
}

/** Pushes a whole image under a tag. */
export async function pushImage(base: string, repository: string, tag: string, more = {}) {
  const manifest = await newManifest(base, repository, more);
  const answer = await putManifest(base, `/v2/${repository}/manifests/${tag}`, manifest.body);
  if (answer.status !== 201) throw new Error(`the manifest was answered ${answer.status}: ${answer.body.toString()}`);
  return { ...manifest, answer };
}
