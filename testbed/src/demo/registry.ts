/** The registry of the demonstration, with images in it that are signed, unsigned and wrongly signed. */
import { join } from 'node:path';
import { createRegistryClient } from '@pratique/oci';
import { startRegistry } from '@pratique/registry';
import type { RunningRegistry } from '@pratique/registry';
import type { Log } from '@pratique/runtime/log';
import { freePortFrom } from './free-port.ts';
import { fillDemoRegistry } from './images.ts';
import type { DemoImage } from './images.ts';
import { demoKey, demoKeyPassword } from './keys.ts';

/** What stands when the demonstration runs. */
export interface DemoRegistry {
  /** Host and port as they stand in references: `127.0.0.1:5000`. */
  readonly address: string;
  readonly images: readonly DemoImage[];
  readonly key: { readonly publicFile: string; readonly privateFile: string; readonly password: string };
  stop(): Promise<void>;
}

/** How the registry is to stand. */
export interface DemoRegistryOptions {
  readonly folder: string;
  /** First port to try; 0 takes any. */
  readonly port: number;
  readonly version: string;
  readonly log: Log;
  readonly now: () => Date;
}

/** Starts the registry and fills it where it is empty. */
export async function startDemoRegistry(options: DemoRegistryOptions): Promise<DemoRegistry> {
  const port = options.port === 0 ? 0 : await freePortFrom(options.port);
  // What is in it can be made again at any time, so nobody has to wait for the disk.
  const registry = await startRegistry({
    folder: join(options.folder, 'registry'),
    port,
    durable: false,
    log: options.log,
  });
  try {
    return await fill(registry, options);
  } catch (error) {
    await registry.close();
    throw error;
  }
}

async function fill(registry: RunningRegistry, options: DemoRegistryOptions): Promise<DemoRegistry> {
  const keys = join(options.folder, 'keys');
  const [own, other] = await Promise.all([demoKey(keys, 'cosign'), demoKey(keys, 'somebody-else')]);
  const client = createRegistryClient({
    userAgent: `pratique/${options.version}`,
    now: options.now,
    random: Math.random,
  });
  try {
    const images = await fillDemoRegistry({
      registry: registry.address,
      store: (repository) => client.repository({ registry: registry.address, repository }),
      signer: own.signer,
      otherSigner: other.signer,
      now: options.now(),
      random: Math.random,
      // Nobody else writes here, so no writer has to be waited for.
      sleep: () => Promise.resolve(),
    });
    const { publicFile, privateFile } = own;
    return {
      address: registry.address,
      images,
      key: { publicFile, privateFile, password: demoKeyPassword },
      stop: () => registry.close(),
    };
  } finally {
    await client.close();
  }
}
