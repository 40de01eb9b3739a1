import { LRUCache } from 'lru-cache';
import {
  detectSchema,
  readCveRecord,
  readImageLayers,
  type Central,
  type CentralMode,
  type CentralSchema,
  type CveRecord,
  type ImageLayers,
  type ImageRef,
} from '@pratique/stackrox';

/** Central can be upgraded or restored while we run: its schema is looked at anew this often, in milliseconds. */
const schemaLifeMs = 10 * 60 * 1000;
/** Records are a few kilobytes; people look at the same few hundred CVEs. */
const cachedRecords = 2_000;

/** The only questions that still go to Central itself: the record of the CVE, and the layers of the image, being looked at. */
export interface CentralLive {
  /** Null where none of the images holds the CVE any more. */
  cveRecord(cve: string, refs: readonly ImageRef[]): Promise<CveRecord | null>;
  layers(image: ImageRef): Promise<ImageLayers>;
  /** One round trip, for `/ready`; now and then also whether the tables are those of a release we know. */
  ping(): Promise<void>;
}

/** Asks through `central`; equal questions at the same time are asked once. `now` in milliseconds. */
export function askCentral(
  central: Central,
  options: { readonly force?: CentralMode | undefined; readonly now: () => number },
): CentralLive {
  let known: { readonly schema: CentralSchema; readonly at: number } | null = null;
  const records = new LRUCache<string, { readonly record: CveRecord | null }>({
    max: cachedRecords,
    ttl: schemaLifeMs,
  });
  const asking = new Map<string, Promise<CveRecord | null>>();

  async function schema(): Promise<CentralSchema> {
    if (known === null || options.now() - known.at > schemaLifeMs) {
      const found = await detectSchema(central, options.force === undefined ? {} : { force: options.force });
      known = { schema: found, at: options.now() };
    }
    return known.schema;
  }

  async function read(cve: string, refs: readonly ImageRef[]): Promise<CveRecord | null> {
    const found = await readCveRecord(central, await schema(), { cve, refs });
    return found.outcome === 'found' ? found.record : null;
  }

  return {
    async cveRecord(cve, refs) {
      const key = `${cve} ${refs.map(({ ref }) => ref).join()}`;
      const kept = records.get(key);
      if (kept !== undefined) {
        return kept.record;
      }
      const running = asking.get(key) ?? read(cve, refs).finally(() => asking.delete(key));
      asking.set(key, running);
      const record = await running;
      records.set(key, { record });
      return record;
    },
    async layers(image) {
      return readImageLayers(central, await schema(), image);
    },
    async ping() {
      await central.read({ text: 'SELECT 1' });
      await schema();
    },
  };
}
