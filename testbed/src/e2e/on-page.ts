import type { Locator, Page } from 'playwright-core';
import { expect } from 'vitest';

/** How long a page may take to become what it should be on a busy machine. */
const patience = { timeout: 20_000, interval: 50 };

/** `expect.poll` with the patience that a busy machine needs. */
export function eventually<T>(look: () => T | Promise<T>) {
  return expect.poll(look, patience);
}

/** Waits until a locator is visible. */
export async function appears(locator: Locator): Promise<void> {
  await locator.first().waitFor({ state: 'visible', timeout: patience.timeout });
}

/** Waits until the query of the address fits. */
export async function addressHolds(page: Page, part: string | RegExp): Promise<void> {
  await eventually(() => decodeURIComponent(page.url())).toMatch(part);
}

/** How many the list says there are; waits until the list is there and current. */
export async function totalOf(page: Page): Promise<number> {
  // The pager holds its words twice, for narrow and for wide windows.
  const pager = page
    .getByText(/^[\d,]+ – [\d,]+ of [\d,]+$/)
    .filter({ visible: true })
    .first();
  await appears(pager);
  await eventually(() => page.locator('[aria-busy="true"]').count()).toBe(0);
  const said = await pager.innerText();
  return Number(/of ([\d,]+)/.exec(said)?.[1]?.replaceAll(',', ''));
}

/** Waits until the list counts what `check` accepts. */
export async function totalBecomes(page: Page, check: (total: number) => boolean): Promise<number> {
  let total = Number.NaN;
  await eventually(async () => check((total = await totalOf(page)))).toBe(true);
  return total;
}

/** The links to CVEs in the list, as text. */
export async function cvesOn(page: Page): Promise<readonly string[]> {
  const links = page.getByRole('link', { name: /^(CVE|GHSA)-/ });
  await appears(links);
  return await links.allTextContents();
}

/** Chooses an entry of a menu that opens at a button. */
export async function choose(page: Page, button: string | RegExp, option: string | RegExp): Promise<void> {
  await page.getByRole('button', { name: button }).first().click();
  await page.getByRole('option', { name: option }).first().click();
}

/** Whether something on the page is wider than the window, so that the page itself scrolls sideways. */
export async function overflow(page: Page): Promise<number> {
  return await page.evaluate<number>('document.documentElement.scrollWidth - window.innerWidth');
}

/** Goes back in the history without leaving the console. */
export async function back(page: Page): Promise<void> {
  await page.evaluate('history.back()');
}
