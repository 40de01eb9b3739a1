/** Our command and the real peers, called alike, with keys and registries that all of them use. */
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createRegistryClient } from '@pratique/oci';
import type { ContentStore } from '@pratique/oci';
import { startRegistry } from '@pratique/registry';
import { startDockerRegistry } from '../peers/docker-registry.ts';
import { needsPeer, runPeer } from '../peers/peers.ts';
import type { PeerAnswer, PeerName } from '../peers/peers.ts';

/** Whoever signs or verifies. */
export type Tool = 'pratique' | PeerName;

/** Where images are kept: one registry lists referrers itself, the other leaves that to a tag. */
export type RegistryKind = 'with the referrers API' | 'without it';

/** Everything the interoperability tests use. */
export interface Workshop extends AsyncDisposable {
  readonly folder: string;
  /** Host and port, as they stand in references. */
  readonly registries: Readonly<Record<RegistryKind, string>>;
  run(tool: Tool, ...words: readonly string[]): Promise<PeerAnswer>;
  store(registry: string, repository: string): ContentStore;
  /** A file in the workshop's folder. */
  file(name: string, content?: string): Promise<string>;
}

/** Password of every key here. */
export const password = 'interop';

const command = fileURLToPath(new URL('../../../apps/cli/src/main.ts', import.meta.url));

/** Starts both registries and makes an empty folder; nobody's settings of this machine take part. */
export async function openWorkshop(): Promise<Workshop> {
  const folder = await mkdtemp(join(tmpdir(), 'pratique-interop-'));
  const docker = await startDockerRegistry(needsPeer('docker-registry').path);
  const ours = await startRegistry({ folder: join(folder, 'registry'), durable: false });
  const client = createRegistryClient({ userAgent: 'interop', now: () => new Date(), random: Math.random });
  const registries = { 'with the referrers API': ours.address, 'without it': docker.host };
  await mkdir(join(folder, 'work'));
  await trustSignatures(folder, Object.values(registries));
  const work = join(folder, 'work');
  const compiled = join(folder, 'compiled');
  const env = { COSIGN_PASSWORD: password, DOCKER_CONFIG: work, XDG_RUNTIME_DIR: work, NODE_COMPILE_CACHE: compiled };
  return {
    folder: work,
    registries,
    run: (tool, ...words) =>
      tool === 'pratique'
        ? runPeer(process.execPath, [command, ...words], { cwd: work, env })
        : runPeer(needsPeer(tool).path, words, { cwd: work, env }),
    store: (registry, repository) => client.repository({ registry, repository }),
    async file(name, content) {
      const path = join(work, name);
      if (content !== undefined) await writeFile(path, content);
      return path;
    },
    async [Symbol.asyncDispose]() {
      await client.close();
      await Promise.all([docker.close(), ours.close()]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Where skopeo finds signatures: beside the image, as cosign keeps them. */
async function trustSignatures(folder: string, registries: readonly string[]): Promise<void> {
  const place = join(folder, 'work', 'registries.d');
  await mkdir(place);
  const docker = Object.fromEntries(registries.map((host) => [host, { 'use-sigstore-attachments': true }]));
  await writeFile(join(place, 'here.yaml'), JSON.stringify({ docker }));
}

/** A policy of containers/image that accepts what one key has signed. */
export function skopeoPolicy(publicKeyFile: string): string {
  const signed = { type: 'sigstoreSigned', keyPath: publicKeyFile, signedIdentity: { type: 'matchRepository' } };
  return JSON.stringify({ default: [{ type: 'reject' }], transports: { docker: { '': [signed] } } });
}

/** Makes the pairs `<tool>.key` and `<tool>.pub` by each tool that can, and one that nobody signs with. */
export async function makeKeys(workshop: Workshop): Promise<void> {
  for (const tool of ['pratique', 'cosign-2', 'cosign-3'] as const) {
    const { code, stderr } = await workshop.run(tool, 'generate-key-pair', '--output-key-prefix', tool);
    if (code !== 0) throw new Error(`${tool} made no key pair: ${stderr}`);
  }
  const other = await workshop.run('pratique', 'generate-key-pair', '--output-key-prefix', 'other');
  if (other.code !== 0) throw new Error(other.stderr);
  await workshop.file('passphrase', password);
  await chmod(await workshop.file('passphrase'), 0o600);
}
