import { randomUUID } from 'node:crypto';
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { within } from '../demo/databases.ts';
import type { Desk } from './desk.ts';
import { addressHolds, appears, cvesOn, eventually, totalBecomes, totalOf } from './on-page.ts';

/** What somebody does with the list who has it open all day. */
export function uses(desk: () => Desk): void {
  it('keeps a view under a name, and comes back to it', async () => {
    const page = await desk().open('/vulnerabilities?severity=4', { who: 'wildcard' });
    const total = await totalOf(page);
    await page.getByRole('button', { name: 'Saved views' }).click();
    await page.getByRole('menuitem', { name: 'Save as a new view…' }).click();
    await page.getByRole('textbox', { name: 'Name' }).fill('Only the worst');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await appears(page.getByRole('button', { name: 'Saved view: Only the worst' }));

    await page.getByRole('switch', { name: 'Known exploited' }).setChecked(true, { force: true });
    await totalBecomes(page, (now) => now < total);
    await appears(page.getByRole('button', { name: 'Saved view: Only the worst (changed)' }));
    await page.goto(`${desk().constellation.hub.url}/vulnerabilities`);
    await totalBecomes(page, (now) => now > total);
    await page.getByRole('button', { name: 'Saved views' }).click();
    await page.getByRole('menuitem', { name: 'Only the worst' }).click();
    await addressHolds(page, 'severity=4');
    await totalBecomes(page, (now) => now === total);

    await page.getByRole('button', { name: /^Saved view/ }).click();
    await page.getByRole('menuitem', { name: 'Delete view' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete view' }).click();
    await appears(page.getByRole('button', { name: 'Saved views', exact: true }));
    expect(desk().troubles(page)).toEqual([]);
    await page.close();
  });

  it('shows the columns and the density that were chosen, on the next visit too', async () => {
    const page = await desk().open('/vulnerabilities', { isAlone: true });
    await totalOf(page);
    const row = page.locator('tr[data-row]').first();
    const height = async () => (await row.boundingBox())?.height ?? 0;
    await page.getByRole('button', { name: 'Display' }).click();
    await page
      .getByRole('menuitem', { name: 'Comfortable' })
      .or(page.getByRole('option', { name: 'Comfortable' }))
      .click();
    const roomy = await height();
    await page.getByRole('button', { name: 'Display' }).click();
    await page
      .getByRole('menuitem', { name: 'Compact' })
      .or(page.getByRole('option', { name: 'Compact' }))
      .click();
    await eventually(height).toBeLessThan(roomy);
    await page.getByRole('button', { name: 'Display' }).click();
    await page.getByRole('menuitem', { name: 'Manage columns…' }).click();
    await page.getByRole('dialog').getByRole('checkbox', { name: 'Fixed by' }).check();
    await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
    await appears(page.getByRole('columnheader', { name: 'Fixed by' }));
    await page.reload();
    await appears(page.getByRole('columnheader', { name: 'Fixed by' }));
    expect(await height()).toBeLessThan(roomy);
    await page.close();
  });

  it('can be walked, ticked and opened with single keys', async () => {
    const page = await desk().open('/vulnerabilities', { who: 'payments' });
    const [first = '', second = ''] = await cvesOn(page);
    const at = () => page.evaluate<string>(`document.activeElement?.getAttribute('data-row') ?? ''`);
    await page.keyboard.press('j');
    await eventually(at).toBe(first);
    await page.keyboard.press('x');
    await page.keyboard.press('j');
    await page.keyboard.press('x');
    await appears(page.getByText('2 selected'));
    await page.keyboard.press('k');
    await eventually(at).toBe(first);
    await page.keyboard.press('x');
    await appears(page.getByText('1 selected'));
    await page.keyboard.press('?');
    await appears(page.getByRole('dialog', { name: 'Keyboard shortcuts' }));
    await page.keyboard.press('Escape');
    await eventually(() => page.getByRole('dialog').count()).toBe(0);
    await page.keyboard.press('/');
    await page.keyboard.type(second);
    await addressHolds(page, `search=${second}`);
    await eventually(() => page.locator('tr[data-row]').count()).toBe(1);
    await page.keyboard.press('Escape');
    await page.keyboard.press('Enter');
    await appears(page.getByRole('heading', { name: second, level: 1 }));
    expect(desk().troubles(page)).toEqual([]);
    await page.close();
  });

  it('prints the page of a CVE whole and without what only a screen needs', async () => {
    const page = await desk().open('/vulnerabilities/CVE-2021-44228');
    await appears(page.getByRole('heading', { name: 'Timeline' }));
    const pdf = await page.pdf({ format: 'A4' });
    expect(pdf.subarray(0, 5).toString()).toBe('%PDF-');
    await page.emulateMedia({ media: 'print' });
    expect(await page.locator('.pf-v6-c-page__sidebar, .pf-v6-c-masthead').filter({ visible: true }).count()).toBe(0);
    await appears(page.getByText('log4j-core').filter({ visible: true }));
    await page.close();
  });

  it('tells of new data without moving the list under the pointer, and shows it when asked', async () => {
    const page = await desk().open('/vulnerabilities', { isAlone: true });
    const before = await deploymentsOf(page);
    await page.locator('tr[data-row]').nth(3).hover();
    await deployOnceMore(desk());
    const news = page.getByRole('button', { name: 'New data is here – show it' });
    await news.waitFor({ timeout: 60_000 });
    expect(await deploymentsOf(page)).toBe(before);
    await news.click();
    await eventually(() => deploymentsOf(page)).toBe(before + 1);
    await eventually(() => news.count()).toBe(0);
    expect(desk().troubles(page)).toEqual([]);
    await page.close();
  });
}

const watched = 'CVE-2021-44228';

/** In how many deployments the list says that the watched CVE runs. */
async function deploymentsOf(page: Page): Promise<number> {
  const cell = page.locator(`tr[data-row="${watched}"] td[data-label="Deployments"]`);
  await appears(cell);
  return Number((await cell.innerText()).replaceAll(',', ''));
}

/** Somebody runs an image with the watched CVE once more. */
async function deployOnceMore({ constellation: { databases } }: Desk): Promise<void> {
  await within(databases.server, 'central_active', async (central) => {
    const { rows } = await central.query<{ id: string }>(
      `select d.id from deployments d join deployments_containers c on c.deployments_id = d.id
       join image_cves_v2 v on (v.imageid = c.image_id and v.imageid <> '') or (v.imageidv2 = c.image_idv2 and v.imageidv2 <> '')
       where v.cvebaseinfo_cve = $1 order by d.id limit 1`,
      [watched],
    );
    const model = rows[0]?.id;
    const id = randomUUID();
    await central.query(
      `insert into deployments select (jsonb_populate_record(null::deployments, to_jsonb(m) || $2::jsonb)).* from deployments m where id = $1`,
      [model, JSON.stringify({ id, name: 'once-more' })],
    );
    await central.query(
      `insert into deployments_containers
       select (jsonb_populate_record(null::deployments_containers, to_jsonb(m) || $2::jsonb)).* from deployments_containers m where deployments_id = $1`,
      [model, JSON.stringify({ deployments_id: id })],
    );
  });
}
