import type { Page } from 'playwright-core';
import { liveHeap } from './page-measure.ts';

/** What a page holds while the data under it changes again and again. Bytes of live JavaScript objects. */
export interface HeapUnderChange {
  readonly changes: number;
  /** After the first changes, when every cache is filled. */
  readonly settled: number;
  readonly end: number;
}

/** A default poll every minute for half an hour, and each of them brings something new. */
export const halfAnHour = 30;
/** Before these the page still fills its caches. */
const settling = 5;

/** Keeps every stream of events that the page opens, so that events can be told in the hub's place. */
const keepStreams = `
  globalThis.__streams = [];
  globalThis.EventSource = class extends EventSource {
    constructor(...args) { super(...args); globalThis.__streams.push(this); }
  };`;

/** Lets the data's version count up as `tell` says, whatever the hub really has. Call before the page is opened. */
export async function steerVersions(page: Page): Promise<(version: number) => Promise<void>> {
  let told: number | undefined;
  await page.addInitScript(keepStreams);
  await page.route(/\/api\/source$/, async (route) => {
    const answer = (await (await route.fetch()).json()) as Record<string, unknown>;
    await route.fulfill({ json: { ...answer, ...(told === undefined ? {} : { version: told }) } });
  });
  return async (version) => {
    told = version;
    await page.evaluate((next) => {
      const { __streams: streams } = globalThis as unknown as { readonly __streams: readonly EventTarget[] };
      const data = JSON.stringify({ version: next, state: 'current', data_as_of: new Date().toISOString() });
      for (const stream of streams) stream.dispatchEvent(new MessageEvent('source', { data }));
    }, version);
  };
}

/**
 * The versions of half an hour, one after the other as fast as the page takes them in: each makes every figure on it old
 * and fetched anew.
 *
 * @param tell from {@link steerVersions}
 */
export async function heapUnderChange(
  page: Page,
  tell: (version: number) => Promise<void>,
  changes: number,
): Promise<HeapUnderChange> {
  let settled = Number.NaN;
  for (let version = 1; version <= settling + changes; version += 1) {
    const asked = page.waitForResponse((response) => /\/api\/(?:dashboard|source)/.test(response.url()));
    await tell(1_000_000 + version);
    await asked;
    await page.waitForLoadState('networkidle');
    if (version === settling) settled = await liveHeap(page);
  }
  return { changes, settled, end: await liveHeap(page) };
}
