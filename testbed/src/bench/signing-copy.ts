/** Copying an image far larger than the memory that is allowed for it. */
import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createRegistryClient } from '@pratique/oci';
import type { ContentStore, Descriptor } from '@pratique/oci';
import { startRegistry } from '@pratique/registry';

/** What a copy needed. */
export interface CopyFigure {
  readonly bytes: number;
  readonly milliseconds: number;
  /** Most memory the copying process ever had resident, in bytes. */
  readonly peakBytes: number;
}

const layers = 4;
const piece = randomBytes(2 ** 20);

/**
 * Copies an image of this size, in four layers, between two registries on disk. Linux only: memory is read from /proc.
 *
 * @param shipped the bundled command, `dist/pratique.mjs`
 */
export async function measureCopy(shipped: string, bytes: number, say: (text: string) => void): Promise<CopyFigure> {
  const folder = await mkdtemp(join(tmpdir(), 'pratique-bench-copy-'));
  const limits = { maxBlobBytes: bytes };
  const from = await startRegistry({ folder: join(folder, 'from'), durable: false, limits });
  const to = await startRegistry({ folder: join(folder, 'to'), durable: false, limits });
  const client = createRegistryClient({ userAgent: 'bench', now: () => new Date(), random: Math.random });
  try {
    await pushLarge(client.repository({ registry: from.address, repository: 'bench/large' }), bytes);
    say(`copying ${Math.round(bytes / 2 ** 20)} MiB`);
    const words = ['copy', `${from.address}/bench/large:1`, `${to.address}/bench/large:1`];
    return { bytes, ...(await watched([shipped, ...words], folder)) };
  } finally {
    await client.close();
    await Promise.all([from.close(), to.close()]);
    await rm(folder, { recursive: true, force: true });
  }
}

/** Runs a command of Node and asks the system again and again for the most memory it had; that figure only grows. */
async function watched(words: readonly string[], home: string): Promise<Omit<CopyFigure, 'bytes'>> {
  const begun = performance.now();
  const env = { PATH: process.env['PATH'], HOME: home };
  const child = spawn(process.execPath, words, { env, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk) => (said += String(chunk)));
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  let peakBytes = 0;
  const over = new AbortController();
  const watching = (async () => {
    while (!over.signal.aborted) {
      // Between its end and the news of it there is nothing to read.
      const status = await readFile(`/proc/${child.pid}/status`, 'utf8').catch(() => '');
      peakBytes = Math.max(peakBytes, Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? 0) * 1024);
      await sleep(10);
    }
  })();
  const code = await ended;
  over.abort();
  await watching;
  if (code !== 0) throw new Error(`copying ended with ${code}: ${said}`);
  return { milliseconds: performance.now() - begun, peakBytes };
}

async function pushLarge(store: ContentStore, bytes: number): Promise<void> {
  const config = Buffer.from('{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[]}}');
  const descriptors: Descriptor[] = [];
  for (let no = 0; no < layers; no += 1) descriptors.push(await pushLayer(store, no, Math.floor(bytes / layers)));
  const configDescriptor = await pushBytes(store, 'application/vnd.oci.image.config.v1+json', config);
  const mediaType = 'application/vnd.oci.image.manifest.v1+json';
  const manifest = { schemaVersion: 2, mediaType, config: configDescriptor, layers: descriptors };
  await store.putManifest({ bytes: Buffer.from(JSON.stringify(manifest)), mediaType, tag: '1' });
}

/** Random bytes, made again whenever they are read; each layer begins differently. */
async function pushLayer(store: ContentStore, no: number, bytes: number): Promise<Descriptor> {
  const pieces = function* (): Generator<Uint8Array> {
    yield Buffer.from([no]);
    for (let left = bytes - 1; left > 0; left -= piece.byteLength) yield piece.subarray(0, left);
  };
  const hash = createHash('sha256');
  for (const part of pieces()) hash.update(part);
  const digest = `sha256:${hash.digest('hex')}`;
  await store.putBlob({ digest, size: bytes, open: pieces });
  return { mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip', digest, size: bytes };
}

async function pushBytes(store: ContentStore, mediaType: string, bytes: Uint8Array): Promise<Descriptor> {
  const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
  await store.putBlob({ digest, size: bytes.byteLength, open: () => [bytes] });
  return { mediaType, digest, size: bytes.byteLength };
}
