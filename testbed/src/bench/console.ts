import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser } from '../browser.ts';
import { openDemoConsole, openFleetConsole, type OpenConsole } from './console-hubs.ts';
import type { Output } from './desk.ts';
import {
  liveHeap,
  longestTask,
  openContext,
  pageClock,
  visitCold,
  type PageFigures,
  type PagePlan,
} from './page-measure.ts';
import { timingOf } from './samples.ts';

/** What `npm run bench -- console --help` prints. */
export const consoleHelp = `npm run bench -- console [options]

Measures the console in headless Chromium, with an empty cache at each visit, on the demo and on the fleet
of 1.1 million CVE rows.

  --fleets demo,medium   which fleets
  --visits 5             cold visits of each page; medians are shown
  --minutes 2            how long the list stays open under live updates for the memory figure
  --json FILE            writes everything measured

Exit codes: 0 measured, 1 the measuring failed, 2 wrong use.
Example: npm run bench -- console --fleets demo --minutes 30
`;

/** What a person feels of one fleet. */
interface ConsoleResult {
  readonly fleet: string;
  readonly pages: readonly PageFigures[];
  /** Longest tasks in milliseconds. */
  readonly scrolling: number;
  readonly filtering: number;
  /** Bytes of live JavaScript objects. */
  readonly heapAtStart: number;
  readonly heapAtEnd: number;
  readonly minutes: number;
}

const limits = { scriptBytes: 350_000, firstPaintMs: 1000, longestTaskMs: 100 };

/** Runs the command; returns its exit code. */
export async function runConsole(args: readonly string[], { out, say }: Output): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      fleets: { type: 'string', default: 'demo,medium' },
      visits: { type: 'string', default: '5' },
      minutes: { type: 'string', default: '2' },
      json: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    out(consoleHelp);
    return 0;
  }
  const fleets = values.fleets.split(',');
  const [visits, minutes] = [Number(values.visits), Number(values.minutes)];
  if (!fleets.every((fleet) => fleet === 'demo' || fleet === 'medium') || !(visits >= 1) || !(minutes >= 0)) {
    say('--fleets takes demo and medium; --visits at least 1; --minutes at least 0.');
    return 2;
  }
  const results: ConsoleResult[] = [];
  for (const fleet of fleets) {
    results.push(await measureFleet(fleet, { visits, minutes, say }));
    out(describe(results.at(-1)!));
  }
  if (values.json !== undefined) {
    await writeFile(values.json, JSON.stringify({ node: process.version, results }, null, 1));
  }
  return 0;
}

interface Effort {
  readonly visits: number;
  readonly minutes: number;
  readonly say: (text: string) => void;
}

async function measureFleet(fleet: string, effort: Effort): Promise<ConsoleResult> {
  effort.say(`${fleet}: starting its hub`);
  await using console = await (fleet === 'demo' ? openDemoConsole() : openFleetConsole(effort.say));
  const browser = await launchBrowser();
  try {
    const pages = await measurePages(browser, console, effort);
    effort.say(`${fleet}: scrolling, filtering, waiting`);
    const context = await openContext(browser, console);
    const page = await context.newPage();
    await page.goto(`${console.url}/vulnerabilities?page_size=all`);
    await page.locator('tbody tr').first().waitFor();
    const scrolling = await whileDoing(page, scroll);
    const filtering = await whileDoing(page, filter);
    const heapAtStart = await liveHeap(page);
    await page.waitForTimeout(effort.minutes * 60_000);
    return {
      fleet,
      pages,
      scrolling,
      filtering,
      heapAtStart,
      heapAtEnd: await liveHeap(page),
      minutes: effort.minutes,
    };
  } finally {
    await browser.close();
  }
}

async function measurePages(browser: Browser, console: OpenConsole, { visits, say }: Effort): Promise<PageFigures[]> {
  const plans: readonly PagePlan[] = [
    { page: 'dashboard', path: '/dashboard', readyWhen: 'main svg[role="img"], main .pf-v6-c-chart svg, main table' },
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
    });
  }
  return figures;
}

async function whileDoing(page: Page, act: (page: Page) => Promise<void>): Promise<number> {
  const since = await pageClock(page);
  await act(page);
  return longestTask(page, since);
}

async function scroll(page: Page): Promise<void> {
  await page.mouse.move(800, 600);
  for (let turn = 0; turn < 60; turn += 1) {
    await page.mouse.wheel(0, 1500);
    await page.waitForTimeout(50);
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

function describe(result: ConsoleResult): string {
  const verdict = (met: boolean) => (met ? 'met' : 'NOT MET');
  const kilobytes = (bytes: number) => `${Math.round(bytes / 1000)} kB`;
  const rows = result.pages.map(({ page, firstPaint, ready, longestTask: longest, transferred, script }) =>
    [
      page.padEnd(16),
      `${Math.round(firstPaint)} ms`.padStart(9),
      `${Math.round(ready)} ms`.padStart(9),
      `${Math.round(longest)} ms`.padStart(9),
      kilobytes(script).padStart(9),
      kilobytes(transferred).padStart(9),
    ].join('  '),
  );
  const worstPaint = Math.max(...result.pages.map((page) => page.firstPaint));
  const mostScript = Math.max(...result.pages.map((page) => page.script));
  const handling = Math.max(result.scrolling, result.filtering);
  return `
console, ${result.fleet} (medians of cold visits)
${['page'.padEnd(16), 'painted'.padStart(9), 'ready'.padStart(9), 'longest'.padStart(9), 'script'.padStart(9), 'in all'.padStart(9)].join('  ')}
${rows.join('\n')}
first contentful paint ≤ ${limits.firstPaintMs} ms: ${Math.round(worstPaint)} ms, ${verdict(worstPaint <= limits.firstPaintMs)}
initial JavaScript ≤ ${kilobytes(limits.scriptBytes)} packed: ${kilobytes(mostScript)}, ${verdict(mostScript <= limits.scriptBytes)}
longest task while scrolling ${Math.round(result.scrolling)} ms, filtering ${Math.round(result.filtering)} ms (≤ ${limits.longestTaskMs}): ${verdict(handling <= limits.longestTaskMs)}
live objects ${kilobytes(result.heapAtStart)}, after ${result.minutes} minutes of live updates ${kilobytes(result.heapAtEnd)}
`;
}
