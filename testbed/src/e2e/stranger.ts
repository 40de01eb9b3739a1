import { expect, it } from 'vitest';
import type { Desk } from './desk.ts';
import { addressHolds, appears, choose, eventually } from './on-page.ts';

/**
 * Somebody who has never seen the console, and knows neither its words nor its pages: what must I do today, why, until
 * when, where, and why does a team not see it? Only what stands on the screen may lead on.
 */
export function stranger(desk: () => Desk): void {
  it('finds what to do first, why and until when, where it runs, and why a team does not see it', async () => {
    const page = await desk().open('/', { isAlone: true });

    // "Today" is the first thing on the page; its first line is the answer.
    await appears(page.getByRole('heading', { name: 'Today' }));
    const line = page.getByRole('grid', { name: 'Today' }).locator('tbody tr').first();
    await appears(line.getByRole('link'));
    const box = await line.boundingBox();
    const inView = box !== null && box.y + box.height <= 900;
    expect(inView, 'the first line is seen without scrolling').toBe(true);
    const cve = await line.getByRole('link').innerText();
    await appears(line.getByText('Known exploited'));
    await appears(line.getByText(/was due [A-Z][a-z]{2} \d+, \d{4}$/));
    await appears(line.getByText(/log4j-core 2\.15\.0/));
    await appears(line.getByText(/^\d+ namespaces/));

    // The line leads to the one page about it, which says the same in a sentence, and where it runs.
    await line.getByRole('link').click();
    await appears(page.getByRole('heading', { name: cve, level: 1 }));
    await appears(page.getByText(/^Known exploited since .* and a fix exists\.$/));
    await appears(page.getByRole('heading', { name: 'Where it runs' }));
    await appears(page.getByText(/^\d+ clusters · \d+ namespaces · \d+ deployments · \d+ images$/));
    const place = page.getByRole('treegrid').or(page.getByRole('grid')).filter({ hasText: 'harbor-eu' }).first();
    await appears(place.getByText('catalog'));

    // The same address, looked at as the team: not an empty page but the reason, and what would change it.
    await choose(page, /^Look as/, /Payments team/);
    const reason = page.getByRole('heading', { name: 'Why can I not see it?' });
    const later = page.getByRole('button', { name: 'Not now' });
    await appears(reason.or(later));
    if (await later.isVisible()) await later.click(); // each person of the demo is welcomed once
    await appears(reason);
    await appears(page.getByText(`${cve} is not in your list.`));
    await appears(page.getByText(`${cve} occurs only in namespaces this login was not granted.`));
    await appears(page.getByText(/have the namespace annotated with .*users/));
    expect(await page.getByRole('main').innerText()).not.toContain('catalog');

    // And the way back to what this team has to do.
    await page.getByRole('link', { name: 'Dashboard' }).first().click();
    await addressHolds(page, /dashboard$/);
    await appears(page.getByText('Your namespace: payments (harbor-eu)'));
    await eventually(() => page.getByRole('grid', { name: 'Today' }).locator('tbody tr').count()).toBeGreaterThan(0);
    expect(desk().troubles(page)).toEqual([]);
    await page.close();
  });

  it('is shown around on the first visit, step by step, and may leave at any of them', async () => {
    const page = await desk().open('/dashboard', { who: 'wildcard', isNew: true });
    await page
      .getByRole('dialog', { name: 'Welcome to Pratique' })
      .getByRole('button', { name: 'Show me around' })
      .click();
    await appears(page.getByRole('dialog', { name: 'Finding your way' }));
    const seen: string[] = [];
    for (const next = page.getByRole('button', { name: /^(Next|Done)$/ }); (await next.count()) > 0;) {
      const [, step = '', of = ''] = /Step (\d+) of (\d+)/.exec(await page.getByRole('dialog').innerText()) ?? [];
      seen.push(`${step} of ${of}`);
      const isLast = (await next.innerText()) === 'Done';
      await next.click();
      if (isLast) break;
      await appears(page.getByText(`Step ${Number(step) + 1} of ${of}`));
    }
    expect(seen.length).toBeGreaterThan(4);
    expect(seen).toEqual(seen.map((_step, at) => `${at + 1} of ${seen.length}`));
    await eventually(() => page.getByRole('dialog').count()).toBe(0);

    await page.getByRole('button', { name: 'Show me around' }).click();
    await appears(page.getByRole('dialog', { name: 'Finding your way' }));
    await page.keyboard.press('Escape');
    await eventually(() => page.getByRole('dialog').count()).toBe(0);
    await page.close();
  });
}
