import { expect, it } from 'vitest';
import type { Desk, Who } from './desk.ts';
import { addressHolds, appears, back, choose, cvesOn, eventually, totalBecomes, totalOf } from './on-page.ts';

const people: readonly Who[] = ['security', 'wildcard', 'payments'];

/** The main path: from the list to one CVE to one image and back, as each person. */
export function journey(desk: () => Desk): void {
  it('shows each person another list, and the security team the most', async () => {
    const [security = 0, wildcard = 0, payments = 0] = await Promise.all(people.map((who) => listed(desk(), who)));
    expect(security).toBeGreaterThan(wildcard);
    expect(wildcard).toBeGreaterThan(payments);
    expect(payments).toBeGreaterThan(100);
  });

  it.each(people)('leads %s from the list to a CVE, to an image and back', async (who) => {
    const page = await desk().open('/vulnerabilities', { who });
    const all = await totalOf(page);
    expect(all).toBe(await listed(desk(), who));

    const first = await cvesOn(page);
    await page.getByRole('button', { name: 'Go to the next page' }).first().click();
    await addressHolds(page, 'page=2');
    await eventually(async () => (await cvesOn(page)).some((cve) => first.includes(cve))).toBe(false);

    await page.getByRole('columnheader', { name: /EPSS/ }).getByRole('button').first().click();
    await addressHolds(page, 'sort_by=epss_probability');
    expect(page.url()).not.toContain('page=2');

    await page.getByRole('switch', { name: 'Known exploited' }).setChecked(true, { force: true });
    await addressHolds(page, 'kev=true');
    const exploited = await totalBecomes(page, (total) => total < all);
    const address = page.url();

    await page.reload();
    expect(await totalOf(page)).toBe(exploited);
    expect(page.url()).toBe(address);

    const [cve = ''] = await cvesOn(page);
    await page.getByRole('link', { name: cve }).first().click();
    await appears(page.getByRole('heading', { name: cve, level: 1 }));
    await appears(page.getByRole('heading', { name: 'Where it runs' }));
    await page.getByRole('textbox', { name: /Search cluster/ }).fill('harbor-eu');
    await addressHolds(page, 'q=harbor-eu');
    await page.getByRole('button', { name: 'By image' }).click();
    await addressHolds(page, 'by=image');
    await page
      .getByRole('link', { name: /^registry\.example\.com/ })
      .first()
      .click();
    await addressHolds(page, /\/images\//);
    await appears(page.getByRole('heading', { name: /^registry\.example\.com/, level: 1 }));
    // A long table is filtered to the one; a short one has no such field.
    const narrow = page.getByRole('textbox', { name: 'Filter by CVE or component' });
    await appears(narrow.or(page.getByRole('link', { name: cve })));
    if (await narrow.isVisible()) await narrow.fill(cve);
    await appears(page.getByRole('link', { name: cve }));

    await back(page);
    await appears(page.getByRole('heading', { name: cve, level: 1 }));
    await back(page);
    await eventually(() => page.url()).toBe(address);
    expect(await totalOf(page)).toBe(exploited);
    expect(desk().troubles(page)).toEqual([]);
    await page.close();
  });

  it('looks as somebody else at one click, and nothing of the other person stays', async () => {
    const page = await desk().open('/vulnerabilities', { who: 'security', isAlone: true });
    const before = await totalOf(page);
    await choose(page, /^Look as/, /Payments team/);
    const after = await totalBecomes(page, (total) => total < before);
    await appears(page.getByRole('button', { name: 'Look as: Payments team (demo)' }));
    await page.reload();
    expect(await totalOf(page)).toBe(after);
    await choose(page, /^Look as/, /Security team/);
    await totalBecomes(page, (total) => total === before);
    await page.close();
  });

  it('narrows every page by cluster and namespace, and the scope follows into a CVE', async () => {
    const page = await desk().open('/vulnerabilities', { who: 'security' });
    const all = await totalOf(page);
    await choose(page, /^Cluster:/, 'harbor-eu');
    await addressHolds(page, 'cluster=harbor-eu');
    await choose(page, /^Namespace:/, 'payments');
    await addressHolds(page, 'ns=payments');
    await totalBecomes(page, (total) => total < all);
    await page.getByRole('link', { name: /^CVE-/ }).first().click();
    await addressHolds(
      page,
      /vulnerabilities\/CVE.*cluster=harbor-eu.*ns=payments|vulnerabilities\/CVE.*ns=payments.*cluster=harbor-eu/,
    );
    await appears(page.getByText(/1 cluster · 1 namespace/));
    await page.close();
  });
}

/** How many CVEs the hub lists for somebody. */
async function listed(desk: Desk, who: Who): Promise<number> {
  const answer = await fetch(`${desk.constellation.hub.url}/api/cves?page_size=1`, {
    headers: { 'x-dev-person': `demo-${who}` },
  });
  return ((await answer.json()) as { total: number }).total;
}
