import type { Browser, BrowserContext, Page } from 'playwright-core';

/** Where a console stands and how its browser is identified. */
export interface ConsoleAddress {
  readonly url: string;
  /** Headers of a spoke; empty for a hub in dev mode. */
  readonly headers: Readonly<Record<string, string>>;
}

/** What one cold visit of a page cost. Times in milliseconds, sizes in bytes on the wire. */
export interface PageFigures {
  readonly page: string;
  readonly firstPaint: number;
  /** Until the page showed its content instead of placeholders. */
  readonly ready: number;
  readonly longestTask: number;
  readonly transferred: number;
  readonly script: number;
}

/** A page to visit, and what shows that it is there. */
export interface PagePlan {
  readonly page: string;
  readonly path: string;
  readonly readyWhen: string;
}

const patienceMs = 60_000;

/** Keeps every long task from the first moment on, where the page itself can be asked for them. */
const watchLongTasks = `
  globalThis.__longTasks = [];
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) globalThis.__longTasks.push({ at: entry.startTime, ms: entry.duration });
  }).observe({ type: 'longtask', buffered: true });`;

/** Opens a browser context without a cache, watching long tasks. */
export async function openContext(browser: Browser, { headers }: ConsoleAddress): Promise<BrowserContext> {
  const context = await browser.newContext({
    viewport: { width: 1440, height: 900 },
    extraHTTPHeaders: { ...headers },
  });
  await context.addInitScript(watchLongTasks);
  return context;
}

/** One visit with an empty cache. */
export async function visitCold(browser: Browser, address: ConsoleAddress, plan: PagePlan): Promise<PageFigures> {
  const context = await openContext(browser, address);
  try {
    const page = await context.newPage();
    const wire = await countBytes(page);
    const begun = performance.now();
    await page.goto(`${address.url}${plan.path}`);
    await page.locator(plan.readyWhen).first().waitFor({ timeout: patienceMs });
    const ready = performance.now() - begun;
    await page.waitForTimeout(500);
    return {
      page: plan.page,
      firstPaint: await firstPaint(page),
      ready,
      longestTask: await longestTask(page, 0),
      ...wire(),
    };
  } finally {
    await context.close();
  }
}

async function countBytes(page: Page): Promise<() => { transferred: number; script: number }> {
  const session = await page.context().newCDPSession(page);
  await session.send('Network.enable');
  const kinds = new Map<string, string>();
  let transferred = 0;
  let script = 0;
  session.on('Network.responseReceived', ({ requestId, type }) => kinds.set(requestId, type));
  session.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    transferred += encodedDataLength;
    script += kinds.get(requestId) === 'Script' ? encodedDataLength : 0;
  });
  return () => ({ transferred, script });
}

function firstPaint(page: Page): Promise<number> {
  return page.evaluate(`performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? Number.NaN`);
}

/** The longest task since `since` (milliseconds of the page's own clock); 0 when none took 50 ms. */
export function longestTask(page: Page, since: number): Promise<number> {
  return page.evaluate(
    `Math.max(0, ...globalThis.__longTasks.filter((task) => task.at >= ${since}).map((task) => task.ms))`,
  );
}

/** The page's own clock. */
export function pageClock(page: Page): Promise<number> {
  return page.evaluate('performance.now()');
}

/** Bytes of live JavaScript objects after a collection. */
export async function liveHeap(page: Page): Promise<number> {
  const session = await page.context().newCDPSession(page);
  await session.send('HeapProfiler.collectGarbage');
  const { usedSize } = await session.send('Runtime.getHeapUsage');
  await session.detach();
  return usedSize;
}
