import { chromium } from 'playwright-core';
import type { Browser } from 'playwright-core';
import { testbedFault } from './errors.ts';
import { findProgram, needsProgram } from './outside-program.ts';
import type { ProgramTests } from './outside-program.ts';

/** Where a Chromium is usually found, after CHROME_PATH. */
const usualPlaces: readonly string[] = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'chromium',
  'chromium-browser',
  'google-chrome',
];

/**
 * Quiet and self-contained: no GPU (containers have none), no QUIC, no background traffic, no
 * /dev/shm (64 MB in containers, too small for a page).
 */
const flags: readonly string[] = [
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-dev-shm-usage',
];

/** The places searched: CHROME_PATH alone when it is set, since a wrong one should be noticed. */
function places(environment: NodeJS.ProcessEnv): readonly string[] {
  const chosen = environment['CHROME_PATH'];
  return chosen === undefined || chosen === '' ? usualPlaces : [chosen];
}

/** The Chromium of this machine, undefined when there is none. */
export function findBrowser(environment: NodeJS.ProcessEnv = process.env): string | undefined {
  return findProgram(places(environment), environment['PATH'] ?? '');
}

/** `describe` and `it` for browser tests; skip and failure as in `needsProgram`. */
export function needsBrowser(environment: NodeJS.ProcessEnv = process.env): ProgramTests {
  return needsProgram({ name: 'Chromium', paths: places(environment) }, environment);
}

/**
 * Starts the machine's Chromium without a window. Close it when done.
 *
 * @throws Fault `browser-missing`
 */
export async function launchBrowser(environment: NodeJS.ProcessEnv = process.env): Promise<Browser> {
  const executablePath = findBrowser(environment);
  if (executablePath === undefined) {
    throw testbedFault({
      code: 'browser-missing',
      message: `No Chromium was found (looked for ${places(environment).join(', ')}).`,
      hint: 'Install Chromium, or set CHROME_PATH to one.',
    });
  }
  // Chromium's own sandbox needs user namespaces and refuses to run as root, as in most containers.
  return chromium.launch({ executablePath, chromiumSandbox: false, args: [...flags] });
}
