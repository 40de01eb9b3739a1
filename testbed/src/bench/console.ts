import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser } from '../browser.ts';
import { openDemoConsole, openFleetConsole, type OpenConsole } from './console-hubs.ts';
import type { Output } from './desk.ts';
import {
  longestTaskWhile,
  openContext,
  visitCold,
  type ConsoleAddress,
  type PageFigures,
  type PagePlan,
  type TaskTimes,
} from './page-measure.ts';
import { halfAnHour, heapUnderChange, steerVersions, type HeapUnderChange } from './live-updates.ts';
import { lengthenList, longListLength } from './long-list.ts';
import { timingOf } from './samples.ts';

/** What `npm run bench -- console --help` prints. */
export const consoleHelp = `npm run bench -- console [options]

Measures the console in headless Chromium, with an empty cache at each visit, on the demo and on the fleet
of 1.1 million CVE rows: painting, bytes, the longest task while a list of 100,000 CVEs is scrolled and filtered, and
what the dashboard and the list hold after as many new versions of the data as half an hour brings.

  --fleets demo,medium   which fleets
  --visits 5             cold visits of each page; medians are shown
  --changes 30           new versions of the data for the memory figure, one a minute in real life
  --json FILE            writes everything measured

Exit codes: 0 measured, 1 the measuring failed, 2 wrong use.
Example: npm run bench -- console --fleets demo --visits 1
`;

/** What a person feels of one fleet. */
interface ConsoleResult {
  readonly fleet: string;
  readonly pages: readonly PageFigures[];
  /** The longest tasks. */
  readonly scrolling: TaskTimes;
  readonly filtering: TaskTimes;
  readonly heap: Readonly<Record<'dashboard' | 'list', HeapUnderChange>>;
}

/** Caches breathe, and the browser itself notes every request: up to a tenth more is no leak. */
const limits = { scriptBytes: 350_000, firstPaintMs: 1000, longestTaskMs: 100, heapGrowth: 1.1 };

/** Runs the command; returns its exit code. */
export async function runConsole(args: readonly string[], { out, say }: Output): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      fleets: { type: 'string', default: 'demo,medium' },
      visits: { type: 'string', default: '5' },
      changes: { type: 'string', default: String(halfAnHour) },
      json: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    out(consoleHelp);
    return 0;
  }
  const fleets = values.fleets.split(',');
  const [visits, changes] = [Number(values.visits), Number(values.changes)];
  if (!fleets.every((fleet) => fleet === 'demo' || fleet === 'medium') || !(visits >= 1) || !(changes >= 1)) {
    say('--fleets takes demo and medium; --visits and --changes at least 1.');
    return 2;
  }
  const results: ConsoleResult[] = [];
  for (const fleet of fleets) {
    results.push(await measureFleet(fleet, { visits, changes, say }));
    out(describe(results.at(-1)!));
  }
  if (values.json !== undefined) {
    await writeFile(values.json, JSON.stringify({ node: process.version, results }, null, 1));
  }
  return 0;
}

interface Effort {
  readonly visits: number;
  readonly changes: number;
  readonly say: (text: string) => void;
}

async function measureFleet(fleet: string, effort: Effort): Promise<ConsoleResult> {
  effort.say(`${fleet}: starting its hub`);
  await using console = await (fleet === 'demo' ? openDemoConsole() : openFleetConsole(effort.say));
  const browser = await launchBrowser();
  try {
    const pages = await measurePages(browser, console, effort);
    effort.say(`${fleet}: scrolling and filtering ${longListLength} rows`);
    const handling = await measureHandling(browser, console);
    effort.say(`${fleet}: ${effort.changes} new versions under the dashboard and under the list`);
    const heap = {
      dashboard: await measureHeap(browser, console, { path: '/dashboard', changes: effort.changes }),
      list: await measureHeap(browser, console, { path: '/vulnerabilities', changes: effort.changes }),
    };
    return { fleet, pages, ...handling, heap };
  } finally {
    await browser.close();
  }
}

async function measurePages(browser: Browser, console: OpenConsole, { visits, say }: Effort): Promise<PageFigures[]> {
  const plans: readonly PagePlan[] = [
    { page: 'dashboard', path: '/dashboard', readyWhen: 'main tbody tr a', completeWhen: 'main svg[role="img"]' },
    { page: 'list', path: '/vulnerabilities', readyWhen: 'tbody tr a' },
    { page: 'list by image', path: '/vulnerabilities?view=image', readyWhen: 'tbody tr a' },
    { page: 'detail', path: `/vulnerabilities/${console.cve}`, readyWhen: 'main h1' },
    { page: 'image', path: `/images/${encodeURIComponent(console.imageId)}`, readyWhen: 'main h1' },
  ];
  const figures: PageFigures[] = [];
  for (const plan of plans) {
    say(`${plan.page}: ${visits} cold visits`);
    const seen: PageFigures[] = [];
    for (let visit = 0; visit < visits; visit += 1) {
      seen.push(await visitCold(browser, console, plan));
    }
    const middle = (pick: (figure: PageFigures) => number) => timingOf(seen.map(pick)).median;
    figures.push({
      page: plan.page,
      firstPaint: middle((figure) => figure.firstPaint),
      ready: middle((figure) => figure.ready),
      longestTask: middle((figure) => figure.longestTask),
      transferred: middle((figure) => figure.transferred),
      script: middle((figure) => figure.script),
      laterScript: middle((figure) => figure.laterScript),
    });
  }
  return figures;
}

async function measureHandling(
  browser: Browser,
  address: ConsoleAddress,
): Promise<Pick<ConsoleResult, 'scrolling' | 'filtering'>> {
  const context = await openContext(browser, address);
  try {
    const page = await context.newPage();
    await lengthenList(page);
    await page.goto(`${address.url}/vulnerabilities?page_size=all`);
    await page.locator('tbody tr a').first().waitFor();
    return { scrolling: await longestTaskWhile(page, scroll), filtering: await longestTaskWhile(page, filter) };
  } finally {
    await context.close();
  }
}

async function measureHeap(
  browser: Browser,
  address: ConsoleAddress,
  { path, changes }: { readonly path: string; readonly changes: number },
): Promise<HeapUnderChange> {
  const context = await openContext(browser, address);
  try {
    const page = await context.newPage();
    const tell = await steerVersions(page);
    await page.goto(`${address.url}${path}`);
    await page.locator('main tbody tr a').first().waitFor();
    return await heapUnderChange(page, tell, changes);
  } finally {
    await context.close();
  }
}

async function scroll(page: Page): Promise<void> {
  await page.mouse.move(800, 600);
  for (let turn = 0; turn < 60; turn += 1) {
    await page.mouse.wheel(0, 1500);
    await page.waitForTimeout(50);
  }
  // And as somebody who drags the bar: far away, where nothing is known yet.
  const frame = page.locator('.app-scroll-frame');
  for (const part of [0.3, 0.9, 0.5, 0.05, 0.7]) {
    await frame.evaluate((element, share) => element.scrollTo({ top: element.scrollHeight * share }), part);
    await page.waitForTimeout(600);
  }
}

async function filter(page: Page): Promise<void> {
  const search = page
    .getByRole('searchbox')
    .or(page.getByPlaceholder(/search/i))
    .first();
  for (const text of ['CVE-2023', 'openssl', '']) {
    await search.fill(text);
    await page.waitForTimeout(1500);
  }
}

const columns = ['painted', 'ready', 'longest', 'script', 'later', 'in all'];

function describe(result: ConsoleResult): string {
  const rows = result.pages.map(({ page, laterScript, transferred, ...figures }) =>
    [
      page.padEnd(16),
      ...[figures.firstPaint, figures.ready, figures.longestTask].map((ms) => `${Math.round(ms)} ms`.padStart(9)),
      ...[figures.script, laterScript, transferred].map((bytes) => kilobytes(bytes).padStart(9)),
    ].join('  '),
  );
  return `
console, ${result.fleet} (medians of cold visits; sizes on the wire, packed by gzip)
${['page'.padEnd(16), ...columns.map((column) => column.padStart(9))].join('  ')}
${rows.join('\n')}
${barsOf(result).join('\n')}
`;
}

function barsOf({ pages, scrolling, filtering, heap }: ConsoleResult): readonly string[] {
  const worstPaint = Math.max(...pages.map((page) => page.firstPaint));
  const mostScript = Math.max(...pages.map((page) => page.script));
  const handling = Math.max(scrolling.processor, filtering.processor);
  const times = ({ processor, clock }: TaskTimes) => `${Math.round(processor)} ms (${Math.round(clock)} by the clock)`;
  const grown = Object.entries(heap).map(([page, { settled, end, changes }]) => {
    const sizes = `${page} ${kilobytes(settled)}, after ${changes} new versions ${kilobytes(end)}`;
    return `live objects, ${sizes}: ${verdict(end <= settled * limits.heapGrowth)}`;
  });
  return [
    `first contentful paint ≤ ${limits.firstPaintMs} ms: ${Math.round(worstPaint)} ms, ${verdict(worstPaint <= limits.firstPaintMs)}`,
    `initial JavaScript ≤ ${kilobytes(limits.scriptBytes)} packed: ${kilobytes(mostScript)}, ${verdict(mostScript <= limits.scriptBytes)}`,
    `longest task of ${longListLength} rows, scrolling ${times(scrolling)}, filtering ${times(filtering)} ≤ ${limits.longestTaskMs} ms: ${verdict(handling <= limits.longestTaskMs)}`,
    ...grown,
  ];
}

function verdict(isMet: boolean): string {
  return isMet ? 'met' : 'NOT MET';
}

function kilobytes(bytes: number): string {
  return `${Math.round(bytes / 1000)} kB`;
}
