/** Where verdicts are kept: in this process, and behind it in a cache that replicas share, where there is one (4.1). */
import { hkdfSync } from 'node:crypto';
import type { Log } from '@pratique/runtime/log';
import { readConfined } from './configuration/confined-file.ts';
import { layerStores } from './verdicts/layered-store.ts';
import { createMemoryStore } from './verdicts/memory-store.ts';
import { sealStore } from './verdicts/sealed-store.ts';
import type { StoreEvent, VerdictStore } from './verdicts/verdict-store.ts';

/** The cache that replicas share. */
export interface SharedCache {
  readonly host: string;
  readonly port?: number;
  readonly password: string | undefined;
  /** At least 32 characters; made from the password where absent. */
  readonly sealKey: string | undefined;
  /** Folder of `tls.crt`, the authority of its certificate. */
  readonly certsFolder: string;
}

/** What {@link openCache} works with. */
export interface CacheParts {
  readonly shared: SharedCache | undefined;
  /** How long an entry of the shared cache is believed here without asking again. */
  readonly nearSeconds: number;
  readonly log: Log;
  readonly clock: () => number;
  readonly now: () => Date;
  readonly onEvent: (event: StoreEvent) => void;
  readonly onAway: (isAway: boolean) => void;
}

/** Opens the store. An unreachable cache is no failure: it is tried again in the background (CAC-5). */
export async function openCache(parts: CacheParts): Promise<VerdictStore> {
  const { shared, log, clock, onEvent } = parts;
  const near = createMemoryStore({ clock, onEvent });
  if (shared === undefined) return near;
  const secret = sealKeyOf(shared);
  if (secret === undefined) {
    log.warn(
      'neither CACHE_SEAL_KEY nor REDIS_PASSWORD is set: nothing in the cache could be believed, so it is not used',
    );
    return near;
  }
  if (shared.sealKey === undefined) {
    log.warn('CACHE_SEAL_KEY is not set: whoever knows the password of the cache could admit images');
  }
  const { certsFolder: base, host, port, password } = shared;
  const ca = await readConfined({ base, names: ['tls.crt'], what: 'the authority of the cache' });
  // Loaded where it is used: it is a fifth of the program, and many gates have no cache to share.
  const { createRedisStore } = await import('./verdicts/redis-store.ts');
  const far = createRedisStore({
    host,
    ...(port === undefined ? {} : { port }),
    ...(password === undefined ? {} : { password }),
    ...(ca === undefined ? {} : { ca }),
    clock,
    onEvent,
    onState: (fault) => {
      parts.onAway(fault !== undefined);
      if (fault === undefined) log.info('the cache answers again');
      else log.warn({ err: fault }, 'the cache cannot be reached; verdicts are kept in this process only');
    },
  });
  const onBroken = (key: string) => {
    onEvent({ store: 'redis', result: 'rejected' });
    log.warn({ key: key.slice(0, 100) }, 'an entry of the cache has a wrong seal: somebody else writes there');
  };
  const sealed = sealStore(far, { sealKey: secret, now: parts.now, onBroken });
  return layerStores(near, sealed, Math.max(1, parts.nearSeconds));
}

function sealKeyOf({ sealKey, password }: SharedCache): Uint8Array | undefined {
  const material = sealKey ?? password;
  if (material === undefined || material === '') return undefined;
  return new Uint8Array(hkdfSync('sha256', material, '', 'seal of kept verdicts', 32));
}
