import { execFile } from 'node:child_process';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { readHubConfig, startHub, type Hub } from '@pratique/hub';
import { createLog } from '@pratique/runtime/log';
import { closeAll } from '@pratique/runtime/serve';
import { launchBrowser } from '../browser.ts';
import { startConstellation, type Constellation } from '../constellation.ts';
import { dataFiles } from '../data.ts';
import { openDemoDatabases, within } from '../demo/databases.ts';
import { demoPeople } from '../demo/people.ts';
import { plantHostileFinding } from './hostile.ts';

/** A person of the demo, by what they see. */
export type Who = 'security' | 'payments' | 'wildcard';

/** How a page is to be opened. */
export interface View {
  readonly who?: Who;
  readonly theme?: 'light' | 'dark';
  readonly language?: 'en' | 'es' | 'de';
  readonly width?: number;
  readonly height?: number;
  /** Which hub; the one that works when left out. */
  readonly hub?: Hub;
  /** Whether this is the person's first visit, on which they are welcomed. Works with the usual hub only. */
  readonly isNew?: boolean;
  /** Whether the page needs storage of its own, because what is chosen in it must not reach other tests. */
  readonly isAlone?: boolean;
}

/** The constellation with a browser in front of it. */
export interface Desk {
  readonly constellation: Constellation;
  /** A hub that never reached StackRox, in dev mode. Stop it to see the console without one. */
  startBlindHub(): Promise<Hub>;
  /**
   * Opens an address of the console as somebody. Pages that look alike share what the browser has fetched and compiled; see
   * `isAlone`. Scripts that ask (alert, confirm) are failures: see `troubles`.
   */
  open(address: string, view?: View): Promise<Page>;
  /** What a page has thrown or asked since it was opened; must stay empty. */
  troubles(page: Page): readonly string[];
  stop(): Promise<void>;
}

const root = fileURLToPath(new URL('../../..', import.meta.url));
const builtConsole = join(root, 'apps/hub/ui/dist');

/** A folder with a built console to use as it is, for who builds it elsewhere. Nothing is built then. */
function readyConsole(): string | undefined {
  const folder = process.env['DESK_CONSOLE'];
  return folder === undefined || folder === '' ? undefined : folder;
}

async function freshConsole(): Promise<string> {
  await promisify(execFile)(process.execPath, [join(root, 'tools/tasks/interface.ts')], { cwd: root });
  return builtConsole;
}

/** Brings everything up: the console built from its sources (or that of DESK_CONSOLE), fresh demo databases with one hostile finding, Chromium. */
export async function openDesk({ hostile = true }: { readonly hostile?: boolean } = {}): Promise<Desk> {
  const parts: { readonly name: string; readonly stop: () => Promise<unknown> }[] = [];
  const own = <T>(name: string, thing: T, stop: (thing: T) => Promise<unknown>): T => {
    parts.push({ name, stop: () => stop(thing) });
    return thing;
  };
  try {
    const built = readyConsole() ?? (await freshConsole());
    const folder = own('folder', await mkdtemp(join(tmpdir(), 'pratique-desk-')), (path) =>
      rm(path, { recursive: true, force: true }),
    );
    const consoleRoot = `${folder}-console`;
    // A copy: building it anew meanwhile would take the files away under the open pages.
    await cp(built, consoleRoot, { recursive: true });
    own('console', consoleRoot, (path) => rm(path, { recursive: true, force: true }));
    if (hostile) await plant(folder);
    const constellation = own(
      'constellation',
      await startConstellation({ ...quiet, folder, port: 0, consoleRoot, ...forTests, now: () => new Date() }),
      (one) => one.stop(),
    );
    const browser = own('browser', await launchBrowser(), (one) => one.close());
    const blind: Hub[] = [];
    own('blind hubs', blind, (hubs) => Promise.all(hubs.map((hub) => hub.stop())));
    return {
      constellation,
      startBlindHub: async () => {
        const hub = await startBlindHub(constellation, { consoleRoot, number: blind.length });
        blind.push({ ...hub, stop: once(() => hub.stop()) });
        return blind.at(-1)!;
      },
      ...browsing(browser, constellation),
      stop: () => closeAll(parts),
    };
  } catch (error) {
    await closeAll(parts).catch(() => undefined);
    throw error;
  }
}

const quiet = { log: createLog({ level: 'fatal', format: 'json', name: 'desk' }), version: '0.1.0' } as const;
/** Hubs, databases and tests share a process here: being behind says nothing about the hub, so nobody is turned away for it. */
const forTests = { checkResponses: true, maxEventLoopDelayMs: 0, pollSeconds: 10 } as const;

function once(act: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined;
  return () => (done ??= act());
}

async function plant(folder: string): Promise<void> {
  const { server } = await openDemoDatabases({ folder, reset: false, now: new Date(), onProgress: () => undefined });
  try {
    await within(server, 'central_active', plantHostileFinding);
  } finally {
    await server.stop();
  }
}

/** A hub whose StackRox is at an address where nothing listens, with an application database of its own. */
async function startBlindHub(
  { databases }: Constellation,
  { consoleRoot, number }: { readonly consoleRoot: string; readonly number: number },
): Promise<Hub> {
  const name = `blind_${number}`;
  await databases.server.createDatabase(name);
  const config = readHubConfig({
    HOST: '127.0.0.1',
    PORT: '0',
    APP_BASE_URL: 'http://127.0.0.1',
    APP_DB_URL: databases.server.url(name),
    STACKROX_DB_URL: 'postgres://reader:none@127.0.0.1:1/central_active',
    EPSS_FILE: dataFiles.epss,
    DEV_MODE: 'true',
    SNAPSHOT_INTERVAL_SECONDS: '10',
  });
  return await startHub({
    ...quiet,
    config,
    consoleRoot,
    defaultKevFile: dataFiles.kev,
    people: demoPeople,
    checkResponses: forTests.checkResponses,
    maxEventLoopDelayMs: forTests.maxEventLoopDelayMs,
  });
}

function browsing(browser: Browser, { hub: usual, databases }: Constellation): Pick<Desk, 'open' | 'troubles'> {
  const troubles = new WeakMap<Page, string[]>();
  const shared = new Map<string, Promise<BrowserContext>>();
  const welcomed = new Set<string>();
  const contextOf = (view: View) => {
    const { hub, isNew, isAlone, ...look } = view;
    if (isAlone === true || isNew === true || hub !== undefined) return contextFor(browser, view);
    const key = JSON.stringify(Object.entries(look).toSorted(([a], [b]) => a.localeCompare(b)));
    const known = shared.get(key) ?? contextFor(browser, view);
    shared.set(key, known);
    return known;
  };
  const prepare = async (view: View) => {
    const hub = view.hub ?? usual;
    const person = personOf(view.who);
    const visitor = `${hub.url} ${person}`;
    if (!welcomed.has(visitor)) await welcome(hub, view.who);
    welcomed.add(visitor);
    if (view.isNew !== true) return;
    welcomed.delete(visitor);
    await within(databases.server, 'app', (app) =>
      app.query('update users set onboarding_completed = false where id = $1', [person]),
    );
  };
  return {
    open: async (address, view = {}) => {
      await prepare(view);
      const page = await (await contextOf(view)).newPage();
      const seen: string[] = [];
      troubles.set(page, seen);
      page.on('dialog', (dialog) => {
        seen.push(`dialog: ${dialog.message()}`);
        void dialog.dismiss();
      });
      page.on('pageerror', (error) => seen.push(`error: ${error.message}`));
      await page.goto(`${(view.hub ?? usual).url}${address}`, { waitUntil: 'domcontentloaded' });
      return page;
    },
    troubles: (page) => troubles.get(page) ?? [],
  };
}

function personOf(who: Who = 'security'): string {
  return `demo-${who}`;
}

/** Tells the hub that a person has been welcomed, so that no dialog stands before the page. */
async function welcome({ url }: Hub, who: Who | undefined): Promise<void> {
  const answer = await fetch(`${url}/api/auth/onboarding`, {
    method: 'PATCH',
    headers: { 'x-dev-person': personOf(who) },
  });
  if (!answer.ok) throw new Error(`the hub did not take the welcome: ${answer.status} ${await answer.text()}`);
}

async function contextFor(browser: Browser, view: View): Promise<BrowserContext> {
  const { who, theme = 'light', language = 'en', width = 1440, height = 900 } = view;
  const context = await browser.newContext({
    viewport: { width, height },
    locale: language,
    timezoneId: 'UTC',
    colorScheme: theme,
    // Nobody watches: what moves only costs time.
    reducedMotion: 'reduce',
  });
  context.setDefaultTimeout(20_000);
  const chosen = { 'pf-theme': theme, 'app-language': language, 'dev-person': personOf(who) };
  await context.addInitScript((entries) => {
    // Only what is not chosen yet, so that choices made in the page outlive a reload.
    for (const [key, value] of entries) if (localStorage.getItem(key) === null) localStorage.setItem(key, value);
  }, Object.entries(chosen));
  return context;
}
