import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import type { Desk, View } from './desk.ts';
import { addressHolds, appears, back, eventually } from './on-page.ts';

/** Pages of every kind, and how to know that they are drawn. */
const pages: readonly {
  readonly name: string;
  readonly address: string;
  readonly view?: View;
  readonly isBlind?: boolean;
  /** The part that is looked at; the whole page when left out. */
  readonly within?: string;
  readonly ready: (page: Page) => Promise<void>;
}[] = [
  {
    name: 'the dashboard',
    address: '/dashboard',
    ready: (page) => appears(page.getByRole('heading', { name: 'By severity' })),
  },
  {
    name: 'the welcome of a new person',
    address: '/dashboard',
    view: { who: 'wildcard', isNew: true },
    within: '[role="dialog"]',
    ready: async (page) => {
      await appears(page.getByRole('heading', { name: 'By severity', includeHidden: true }));
      await appears(page.getByRole('dialog', { name: 'Welcome to Pratique' }));
    },
  },
  {
    name: 'the data source',
    address: '/source',
    ready: (page) => appears(page.getByRole('heading', { name: 'Clusters' })),
  },
  {
    name: 'the list',
    // Twenty rows hold all that fifty do.
    address: '/vulnerabilities?advanced=true&page_size=20',
    ready: (page) => appears(page.getByRole('link', { name: /^CVE-/ })),
  },
  {
    name: 'the list by image',
    address: '/vulnerabilities?view=image&page_size=20',
    ready: (page) => appears(page.getByRole('link', { name: /^registry/ })),
  },
  {
    name: 'a CVE',
    address: '/vulnerabilities/CVE-2021-44228',
    ready: (page) => appears(page.getByRole('heading', { name: 'Timeline' })),
  },
  {
    name: 'an image',
    address: '/vulnerabilities?view=image&page_size=20',
    view: { who: 'payments' },
    ready: async (page) => {
      await page
        .getByRole('link', { name: /^registry/ })
        .first()
        .click();
      await appears(page.getByRole('heading', { name: 'About this image' }));
    },
  },
  {
    name: 'the decisions of gates',
    address: '/admission',
    ready: (page) => appears(page.getByRole('grid', { name: 'Admission' }).getByRole('link')),
  },
  {
    name: 'trying a deployment',
    address: '/try',
    view: { who: 'payments' },
    ready: async (page) => {
      await page.getByRole('button', { name: 'Try it' }).click();
      await appears(page.getByRole('link', { name: /See the decision/ }));
    },
  },
  {
    name: 'an empty list with its explanation',
    address: '/vulnerabilities?search=CVE-2021-44228',
    view: { who: 'payments' },
    ready: async (page) => {
      await page.getByRole('button', { name: 'Why can I not see it?' }).click();
      await appears(page.getByRole('list', { name: 'What decides' }));
    },
  },
  {
    name: 'a page without data',
    address: '/vulnerabilities',
    isBlind: true,
    ready: (page) => appears(page.getByRole('heading', { name: 'We could not look' })),
  },
];

/** What somebody needs who does not see the page or does not use a mouse. */
export function accessibility(desk: () => Desk): void {
  it.each(pages)(
    'finds nothing serious on $name, in either theme',
    async ({ address, view, isBlind, within, ready }) => {
      const page = await desk().open(address, {
        ...view,
        theme: 'light',
        ...(isBlind === true ? { hub: await desk().startBlindHub() } : {}),
      });
      await ready(page);
      expect(await serious(page, { within })).toEqual([]);
      // The dark theme is the same page in other colours.
      await page.evaluate(`document.documentElement.classList.add('pf-v6-theme-dark')`);
      await page.evaluate('Promise.allSettled(document.getAnimations().map((one) => one.finished)).then(() => 0)');
      expect(await serious(page, { within, rules: ['color-contrast'] })).toEqual([]);
      await page.close();
    },
  );

  it('can be walked by keyboard alone, from the skip link to an image and back', async () => {
    const page = await desk().open('/vulnerabilities', { who: 'payments' });
    await appears(page.getByRole('link', { name: /^CVE-/ }));
    await page.keyboard.press('Tab');
    expect(await focused(page)).toBe('Skip to content');
    await page.keyboard.press('Enter');
    await tabTo(page, /^Search CVE/);
    await page.keyboard.type('CVE-2023-4863');
    await addressHolds(page, 'search=CVE-2023-4863');
    await eventually(() => page.getByRole('link', { name: /^CVE-/ }).count()).toBe(1);
    await tabTo(page, /^CVE-2023-4863/);
    await page.keyboard.press('Enter');
    await appears(page.getByRole('heading', { name: 'CVE-2023-4863', level: 1 }));
    await eventually(() => focused(page)).toBe('CVE-2023-4863'); // the heading, so that a screen reader begins there
    await tabTo(page, /^By image/);
    await page.keyboard.press('Enter');
    await appears(page.getByRole('link', { name: /^registry/ }));
    await tabTo(page, /^registry/);
    await page.keyboard.press('Enter');
    await appears(page.getByRole('heading', { name: 'About this image' }));
    await back(page); // the key for it belongs to a browser's window, which there is none of here
    await appears(page.getByRole('heading', { name: 'CVE-2023-4863', level: 1 }));
    await eventually(() => focused(page)).toBe('CVE-2023-4863');
    await page.keyboard.press('Shift+Tab');
    expect(await focused(page)).toBe('Vulnerabilities');
    await page.keyboard.press('Enter');
    await addressHolds(page, /vulnerabilities$/);
    await appears(page.getByRole('link', { name: /^CVE-/ }));
    await page.close();
  });
}

/** What axe finds that is serious or worse. */
async function serious(
  page: Page,
  { within, rules }: { readonly within: string | undefined; readonly rules?: string[] },
): Promise<readonly string[]> {
  const axe = new AxeBuilder({ page });
  if (within !== undefined) axe.include(within);
  if (rules !== undefined) axe.withRules(rules);
  const { violations } = await axe.analyze();
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`);
}

/** The name of what has the focus, as far as it is written in the page. */
async function focused(page: Page): Promise<string> {
  return await page.evaluate<string>(`(() => {
    const at = document.activeElement;
    return (at?.getAttribute('aria-label') ?? at?.getAttribute('placeholder') ?? at?.textContent ?? '').trim();
  })()`);
}

/** Presses Tab until something of that name has the focus; fails after as many steps as no person would take. */
async function tabTo(page: Page, name: RegExp): Promise<void> {
  const passed: string[] = [];
  for (let step = 0; step < 60; step += 1) {
    await page.keyboard.press('Tab');
    const now = await focused(page);
    if (name.test(now)) return;
    passed.push(now.slice(0, 30));
  }
  expect.fail(`nothing called ${name} was reached by Tab, only: ${passed.join(', ')}`);
}
