import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import type { Desk, Who } from './desk.ts';
import { addressHolds, appears, back, eventually, totalOf } from './on-page.ts';

/** One figure of each card, by where it leads. */
const kinds: readonly RegExp[] = [
  /\?today=/,
  /\?severity=4&fixable=true|\?fixable=true&severity=4/,
  /\?severity=3$/,
  /cluster=.*severity=/,
  /ns=.*severity=/,
  /component_name=/,
  /age_m(in|ax)=/,
  /\?fixable=false$/,
];

/** The figures of the dashboard, each beside the list that it leads to. */
export function dashboard(desk: () => Desk): void {
  it('is where a person arrives, with what to do today first', async () => {
    const page = await desk().open('/', { who: 'payments' });
    await addressHolds(page, /\/dashboard$/);
    await appears(page.getByRole('heading', { name: 'Dashboard', level: 1 }));
    await appears(page.getByText('Your namespace: payments (harbor-eu)'));
    await page
      .getByRole('grid')
      .first()
      .getByRole('link', { name: /^(CVE|GHSA|RHSA)-/ })
      .first()
      .click();
    await appears(page.getByRole('heading', { name: 'Where it runs' }));
    await back(page);
    await appears(page.getByRole('heading', { name: 'Dashboard', level: 1 }));
    expect(desk().troubles(page)).toEqual([]);
    await page.close();
  });

  it.each(['security', 'payments'] as const)(
    'counts what the list counts, in every figure that %s can follow',
    async (who) => {
      const page = await openAsTables(desk(), who);
      const figures = await figuresOn(page);
      expect(new Set(figures.map(({ address }) => address)).size).toBeGreaterThan(who === 'security' ? 80 : 30);
      const answers = await Promise.all(
        figures.map(async (figure) => ({
          ...figure,
          total: await totalBehind(desk(), { who, address: figure.address }),
        })),
      );
      expect(answers.filter(({ count, total }) => count !== total)).toEqual([]);
      await page.close();
    },
  );

  // One namespace is not divided by place, so a team has fewer kinds of figures.
  it.each([
    { who: 'security', least: kinds.length },
    { who: 'payments', least: 5 },
  ] as const)('leads $who from a figure of each kind to a list of as many', async ({ who, least }) => {
    const page = await openAsTables(desk(), who);
    const figures = await figuresOn(page);
    const followed = kinds.flatMap(
      (kind) => figures.find(({ address, count }) => kind.test(address) && count > 0) ?? [],
    );
    expect(followed.length).toBeGreaterThanOrEqual(least);
    for (const { address, count, card } of followed) {
      await page.locator(`main a[href="${address}"]`).first().click();
      await eventually(() => page.url()).toContain(address);
      // The dashboard stands until the list is drawn, and its tables have pagers too.
      await appears(page.getByRole('heading', { name: 'Vulnerabilities', level: 1 }));
      expect(await totalOf(page), address).toBe(count);
      await back(page);
      await appears(page.getByRole('heading', { name: 'Dashboard', level: 1 }));
      await showTableOf(page, followed[followed.findIndex((one) => one.address === address) + 1]?.card ?? card);
    }
    expect(desk().troubles(page)).toEqual([]);
    await page.close();
  });
}

interface Figure {
  readonly count: number;
  /** Path and query of the link. */
  readonly address: string;
  /** Title of the card it stands in. */
  readonly card: string;
}

/** The dashboard with every chart shown as its table. */
async function openAsTables(desk: Desk, who: Who): Promise<Page> {
  const page = await desk.open('/dashboard', { who });
  await showTables(page);
  return page;
}

async function showTables(page: Page): Promise<void> {
  const toggles = page.getByRole('button', { name: /^Show as table/ });
  await appears(toggles);
  await appears(page.getByRole('list', { name: 'How many there are in all' }).or(page.getByText('Nothing urgent')));
  await eventually(async () => {
    const left = await toggles.count();
    if (left > 0) await toggles.first().click();
    return left;
  }).toBe(0);
}

/** Shows one card as its table, where it has one. */
async function showTableOf(page: Page, card: string): Promise<void> {
  await appears(page.getByRole('button', { name: /^Show as table/ }));
  const toggle = page.getByRole('button', { name: `Show as table: ${card}`, exact: true });
  if ((await toggle.count()) > 0) await toggle.click();
}

/** Every link of the page that leads to a list and says how many are there. */
async function figuresOn(page: Page): Promise<readonly Figure[]> {
  const links = page.locator('main a[href^="/vulnerabilities?"], main a[href="/vulnerabilities"]');
  const found = await links.evaluateAll((all) =>
    all.map((link) => ({
      text: link.textContent ?? '',
      address: link.getAttribute('href') ?? '',
      card: link.closest('section')?.querySelector('h2, h3')?.textContent ?? '',
    })),
  );
  return found.flatMap(({ text, ...rest }) => {
    const [number] = /\d[\d,]*/.exec(text) ?? [];
    return number === undefined ? [] : [{ count: Number(number.replaceAll(',', '')), ...rest }];
  });
}

/** How many the hub lists under an address of the list. */
async function totalBehind(
  desk: Desk,
  { who, address }: { readonly who: Who; readonly address: string },
): Promise<number> {
  const { url } = desk.constellation.hub;
  const query = new URL(address, url).searchParams;
  const namespace = query.get('ns');
  if (namespace !== null) query.set('namespace', namespace);
  for (const key of ['ns', 'advanced']) query.delete(key);
  query.set('page_size', '1');
  const answer = await fetch(`${url}/api/cves?${query.toString()}`, { headers: { 'x-dev-person': `demo-${who}` } });
  if (!answer.ok) throw new Error(`${address}: ${answer.status} ${await answer.text()}`);
  return ((await answer.json()) as { total: number }).total;
}
