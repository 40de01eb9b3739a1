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
    address: '/vulnerabilities?advanced=true',
    ready: (page) => appears(page.getByRole('link', { name: /^CVE-/ })),
  },
  {
    name: 'the list by image',
    address: '/vulnerabilities?view=image',
    ready: (page) => appears(page.getByRole('link', { name: /^registry/ })),
  },
  {
    name: 'a CVE',
    address: '/vulnerabilities/CVE-2021-44228',
    ready: (page) => appears(page.getByRole('heading', { name: 'Timeline' })),
  },
  {
    name: 'an image',
    address: '/vulnerabilities?view=image',
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
  it.each(pages.flatMap((one) => (['light', 'dark'] as const).map((theme) => ({ ...one, theme }))))(
    'finds nothing serious on $name in the $theme theme',
    async ({ address, view, isBlind, ready, theme }) => {
      const page = await desk().open(address, {
        ...view,
        theme,
        ...(isBlind === true ? { hub: await desk().startBlindHub() } : {}),
      });
      await ready(page);
      const { violations } = await new AxeBuilder({ page }).analyze();
      const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
      expect(
        serious.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`),
      ).toEqual([]);
      await page.context().close();
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
    await page.context().close();
  });
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
