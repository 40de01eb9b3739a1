/**
 * Parents of workloads, remembered for some seconds: a Deployment of a hundred pods asks for its ReplicaSet a hundred times within
 * a moment. A remembered no is asked again, because a parent that was changed creates its children right away.
 */
import { LRUCache } from 'lru-cache';
import { workloadImages } from '@pratique/kube/workload';
import type { ImageExtractor } from '@pratique/kube/workload';
import type { Owner, Parents } from './needs.ts';
import { isBeingDeleted } from './object.ts';

/** What {@link createParents} works with. */
export interface ParentSource {
  /** The object, or undefined where there is none; throws where that cannot be said. */
  fetch(owner: Owner): Promise<unknown>;
  readonly extractors: readonly ImageExtractor[];
  /** Milliseconds since any fixed moment. */
  readonly clock: () => number;
  readonly keepMs: number;
  readonly entries: number;
  /** Told why a parent could not be read; nothing is approved then. */
  readonly onTrouble: (owner: Owner, error: unknown) => void;
}

interface Parent {
  readonly uid: string;
  readonly images: ReadonlySet<string>;
}

/** Of all remembered image texts: strangers write parents with thousands of long ones. */
const rememberedCharacters = 8 * 1024 * 1024;

/** Makes {@link Parents} over whatever fetches objects. */
export function createParents(source: ParentSource): Parents {
  const known = new LRUCache<string, Parent>({
    max: source.entries,
    maxSize: rememberedCharacters,
    sizeCalculation: ({ images }, key) => [...images].reduce((sum, { length }) => sum + length, key.length),
    ttl: source.keepMs,
    perf: { now: source.clock },
    ttlResolution: 0,
  });
  const fetching = new Map<string, Promise<Parent | undefined>>();
  async function fetchAnew(key: string, owner: Owner): Promise<Parent | undefined> {
    const parent = await readParent(source, owner);
    if (parent === undefined) known.delete(key);
    else known.set(key, parent);
    return parent;
  }
  function fetch(key: string, owner: Owner): Promise<Parent | undefined> {
    const running = fetching.get(key) ?? fetchAnew(key, owner).finally(() => fetching.delete(key));
    fetching.set(key, running);
    return running;
  }
  return {
    async names(owner, image) {
      const key = [owner.apiVersion, owner.kind, owner.namespace, owner.name].join('\n');
      const isNamed = (parent: Parent | undefined) =>
        parent !== undefined && parent.uid === owner.uid && parent.images.has(image);
      return isNamed(known.get(key)) || isNamed(await fetch(key, owner));
    },
  };
}

async function readParent(source: ParentSource, owner: Owner): Promise<Parent | undefined> {
  try {
    const object = await source.fetch(owner);
    const uid = uidOf(object);
    // What is being deleted makes no children, and its images may be changed without being judged (ADM-6).
    if (uid === undefined || isBeingDeleted(object)) return undefined;
    const reading = workloadImages(owner, object, source.extractors);
    return reading.state === 'read' ? { uid, images: new Set(reading.images.map(({ image }) => image)) } : undefined;
  } catch (error) {
    source.onTrouble(owner, error);
    return undefined;
  }
}

function uidOf(object: unknown): string | undefined {
  const metadata = (object as { metadata?: { uid?: unknown } } | null | undefined)?.metadata;
  return typeof metadata?.uid === 'string' && metadata.uid !== '' ? metadata.uid : undefined;
}
