import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** What the engine's own collector is asked for. */
interface CollectionRequest {
  readonly type: 'major';
  readonly execution: 'sync';
  /** `last-resort` gives the pages back to the system, which an ordinary collection keeps for what may come. */
  readonly flavor: 'regular' | 'last-resort';
}

let collect: ((request: CollectionRequest) => void) | null = null;
/** Empty pages that are not worth the longer collection that gives them back, in bytes. */
const tolerated = 16 * 1024 * 1024;

/**
 * Collects the garbage of the calling thread, now: tens of milliseconds. The engine does not count shared memory when it decides
 * whether collecting is worth while, so a thread that was handed a new version would keep those before it alive for hours; and
 * what reading a whole installation has allocated goes back to the system only this way.
 */
export function collectGarbage(): void {
  collect ??= exposedCollector();
  collect({ type: 'major', execution: 'sync', flavor: 'regular' });
  const { total_physical_size: held, used_heap_size: used } = getHeapStatistics();
  if (held - used > tolerated) {
    collect({ type: 'major', execution: 'sync', flavor: 'last-resort' });
  }
}

function exposedCollector(): (request: CollectionRequest) => void {
  setFlagsFromString('--expose-gc');
  const found: unknown = runInNewContext('gc');
  return typeof found === 'function' ? (request) => void found(request) : () => undefined;
}
