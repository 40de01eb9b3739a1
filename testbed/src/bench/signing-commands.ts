/** Whole commands as a person waits for them: the shipped command against the real cosign, and against an empty Node. */
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRegistryClient } from '@pratique/oci';
import { startRegistry } from '@pratique/registry';
import { buildImage, pushImage } from '../images/build-image.ts';
import { needsPeer } from '../peers/peers.ts';

/** Milliseconds from start to exit. */
export interface CommandFigure {
  readonly what: string;
  readonly samples: readonly number[];
}

interface Command {
  readonly what: string;
  readonly file: string;
  readonly words: readonly string[];
}

const runs = 15;
const password = 'bench';

/**
 * Runs each command in turn, again and again, against one registry.
 *
 * @param shipped the bundled command, `dist/pratique.mjs`
 */
export async function measureCommands(shipped: string, say: (text: string) => void): Promise<readonly CommandFigure[]> {
  const folder = await mkdtemp(join(tmpdir(), 'pratique-bench-signing-'));
  const registry = await startRegistry({ folder: join(folder, 'registry'), durable: false });
  try {
    const reference = `${registry.address}/bench/app:1`;
    await push(registry.address);
    const env = {
      PATH: process.env['PATH'],
      HOME: folder,
      COSIGN_PASSWORD: password,
      NODE_COMPILE_CACHE: join(folder, 'compiled'),
    };
    const run = (command: Command) => once(command, { cwd: folder, env });
    await run({ what: 'keys', file: process.execPath, words: [shipped, 'generate-key-pair'] });
    const sign = ['sign', '-y', '--tlog-upload=false', '--key', 'cosign.key', reference];
    await run({ what: 'sign', file: process.execPath, words: [shipped, ...sign] });
    const figures = commands(shipped, reference).map((command) => ({ command, samples: [] as number[] }));
    for (let no = 0; no <= runs; no += 1) {
      for (const { command, samples } of figures) {
        const took = await run(command);
        // The first of each fills caches, as any earlier use would have.
        if (no > 0) samples.push(took);
      }
    }
    return figures.map(({ command, samples }) => ({ what: command.what, samples }));
  } finally {
    await registry.close();
    await rm(folder, { recursive: true, force: true });
    say('commands done');
  }
}

function commands(shipped: string, reference: string): readonly Command[] {
  const verify = ['verify', '--insecure-ignore-tlog', '--key', 'cosign.pub', reference];
  const peers = (['cosign-2', 'cosign-3'] as const).flatMap((name) => {
    const { path } = needsPeer(name);
    return path === undefined ? [] : [{ what: `${name} verify`, file: path, words: verify }];
  });
  return [
    { what: 'node -e 0', file: process.execPath, words: ['-e', '0'] },
    { what: 'pratique version', file: process.execPath, words: [shipped, 'version'] },
    { what: 'pratique verify', file: process.execPath, words: [shipped, ...verify] },
    ...peers,
  ];
}

async function push(registry: string): Promise<void> {
  const client = createRegistryClient({ userAgent: 'bench', now: () => new Date(), random: Math.random });
  const store = client.repository({ registry, repository: 'bench/app' });
  await pushImage(store, await buildImage({ layers: [{ 'srv/app': 'bench' }] }), '1');
  await client.close();
}

function once(
  { what, file, words }: Command,
  options: { readonly cwd: string; readonly env: NodeJS.ProcessEnv },
): Promise<number> {
  return new Promise((resolve, reject) => {
    const begun = performance.now();
    const child = spawn(file, words, { ...options, stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    child.stderr.on('data', (chunk) => (said += String(chunk)));
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve(performance.now() - begun);
      else reject(new Error(`${what} ended with ${code}: ${said}`));
    });
  });
}
