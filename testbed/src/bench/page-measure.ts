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
  /** JavaScript, packed, that was fetched until the page showed its content. */
  readonly script: number;
  /** JavaScript that came after that: the charts. */
  readonly laterScript: number;
}

/** A page to visit, and what shows that it is there. */
export interface PagePlan {
  readonly page: string;
  readonly path: string;
  readonly readyWhen: string;
  /** What is drawn last, where something is fetched after the content. */
  readonly completeWhen?: string;
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
    // The bar is in bytes packed by gzip; by itself this browser would ask for the smaller brotli.
    extraHTTPHeaders: { ...headers, 'accept-encoding': 'gzip' },
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
    await page.addInitScript(noteWhenReady(plan.readyWhen));
    const begun = performance.now();
    await page.goto(`${address.url}${plan.path}`);
    await page.locator(plan.readyWhen).first().waitFor({ timeout: patienceMs });
    const ready = performance.now() - begun;
    if (plan.completeWhen !== undefined) await page.locator(plan.completeWhen).first().waitFor({ timeout: patienceMs });
    await page.waitForTimeout(500);
    const { transferred, script: inAll } = wire();
    const script = await scriptBeforeReady(page);
    return {
      page: plan.page,
      firstPaint: await firstPaint(page),
      ready,
      longestTask: await longestTask(page, 0),
      transferred,
      script,
      laterScript: inAll - script,
    };
  } finally {
    await context.close();
  }
}

/** Notes on the page's own clock when the content stands; from outside it is only seen later. */
function noteWhenReady(selector: string): string {
  return `(function look() {
    if (document.querySelector(${JSON.stringify(selector)}) !== null) globalThis.__readyAt = performance.now();
    else requestAnimationFrame(look);
  })();`;
}

/** Bytes on the wire of the scripts that were asked for before the content stood. */
function scriptBeforeReady(page: Page): Promise<number> {
  return page.evaluate(`performance.getEntriesByType('resource')
    .filter(({ name, startTime }) => name.endsWith('.js') && startTime < globalThis.__readyAt)
    .reduce((sum, { transferSize }) => sum + transferSize, 0)`);
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

/** How long the longest task of the page's main thread held it, in milliseconds. */
export interface TaskTimes {
  /** Of the processor: what the page itself costs. */
  readonly processor: number;
  /** By the clock: on a busy machine others' work is in it, too. */
  readonly clock: number;
}

interface TraceEvent {
  readonly name: string;
  readonly pid: number;
  readonly tid: number;
  /** Microseconds by the clock and of the processor. */
  readonly dur?: number;
  readonly tdur?: number;
  readonly args?: { readonly name?: string };
}

/** The longest task while something is done with the page, from the browser's own trace. */
export async function longestTaskWhile(page: Page, act: (page: Page) => Promise<void>): Promise<TaskTimes> {
  const session = await page.context().newCDPSession(page);
  const events: TraceEvent[] = [];
  session.on('Tracing.dataCollected', ({ value }) => events.push(...(value as unknown as TraceEvent[])));
  await session.send('Tracing.start', {
    transferMode: 'ReportEvents',
    traceConfig: { includedCategories: ['devtools.timeline', 'disabled-by-default-devtools.timeline'] },
  });
  await act(page);
  const complete = new Promise((resolve) => session.once('Tracing.tracingComplete', resolve));
  await session.send('Tracing.end');
  await complete;
  await session.detach();
  return longestOf(events);
}

function longestOf(events: readonly TraceEvent[]): TaskTimes {
  const threadOf = ({ pid, tid }: TraceEvent) => `${pid} ${tid}`;
  const isMain = ({ name, args }: TraceEvent) => name === 'thread_name' && args?.name === 'CrRendererMain';
  const mains = new Set(events.filter(isMain).map(threadOf));
  const tasks = events.filter((event) => event.name === 'RunTask' && mains.has(threadOf(event)));
  if (tasks.length === 0) throw new Error('the browser traced no task of the page');
  return {
    processor: Math.max(...tasks.map(({ tdur = 0 }) => tdur)) / 1000,
    clock: Math.max(...tasks.map(({ dur = 0 }) => dur)) / 1000,
  };
}

/** Bytes of live JavaScript objects: the least of some collections, since one alone leaves what only just became garbage. */
export async function liveHeap(page: Page): Promise<number> {
  const session = await page.context().newCDPSession(page);
  const sizes: number[] = [];
  for (let collection = 0; collection < 4; collection += 1) {
    await session.send('HeapProfiler.collectGarbage');
    sizes.push((await session.send('Runtime.getHeapUsage')).usedSize);
    await page.waitForTimeout(250);
  }
  await session.detach();
  return Math.min(...sizes);
}
