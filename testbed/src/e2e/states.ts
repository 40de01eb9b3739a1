import { expect, it } from 'vitest';
import type { Desk } from './desk.ts';
import { hostileCve, hostileText } from './hostile.ts';
import { addressHolds, appears, choose, cvesOn, eventually, overflow, totalBecomes, totalOf } from './on-page.ts';

/** Choices that outlive a visit, and what is shown when there is nothing to show. */
export function states(desk: () => Desk): void {
  it('welcomes a new person once, and keeps that they were welcomed', async () => {
    const page = await desk().open('/dashboard', { who: 'payments', isNew: true });
    const dialog = page.getByRole('dialog', { name: 'Welcome to Pratique' });
    await appears(dialog);
    await dialog.getByRole('button', { name: 'Not now' }).click();
    await dialog.waitFor({ state: 'detached' });
    const told = page.waitForResponse((response) => response.url().endsWith('/api/auth/me'));
    await page.reload();
    expect(await (await told).json()).toMatchObject({ onboarding_completed: true });
    await appears(page.getByRole('heading', { name: 'Dashboard', level: 1 }));
    expect(await dialog.count()).toBe(0);
    await page.close();
  });

  it('keeps theme and language over a reload', async () => {
    const page = await desk().open('/vulnerabilities', { language: 'en', theme: 'light', isAlone: true });
    await choose(page, /^Theme:/, 'Dark');
    const isDark = () => page.evaluate<boolean>(`document.documentElement.classList.contains('pf-v6-theme-dark')`);
    await eventually(isDark).toBe(true);
    for (const [button, option, heading, lang] of [
      [/^Language:/, 'Español', 'Vulnerabilidades', 'es'],
      [/^Idioma:/, 'Deutsch', 'Schwachstellen', 'de'],
      [/^Sprache:/, 'English', 'Vulnerabilities', 'en'],
    ] as const) {
      await choose(page, button, option);
      await appears(page.getByRole('heading', { name: heading, level: 1 }));
      await page.reload();
      await appears(page.getByRole('heading', { name: heading, level: 1 }));
      expect(await page.evaluate('document.documentElement.lang')).toBe(lang);
      expect(await isDark()).toBe(true);
    }
    await page.close();
  });

  it('tells a team why a CVE is not in its list, without naming anybody else’s namespace', async () => {
    const page = await desk().open('/vulnerabilities?search=CVE-2021-44228', { who: 'payments' });
    await appears(page.getByRole('heading', { name: 'Nothing matches' }));
    await page.getByRole('button', { name: 'Why can I not see it?' }).click();
    const terms = page.getByRole('list', { name: 'What decides' });
    await appears(terms.getByText(/occurs only in namespaces this login was not granted/));
    expect(await page.getByRole('main').innerText()).not.toMatch(/catalog|fraud-scoring|shipping/);
    await page.getByRole('button', { name: 'Clear all filters' }).first().click();
    expect((await cvesOn(page)).length).toBeGreaterThan(10);
    await page.close();
  });

  it('says that it could not look when StackRox was never read, and that the hub is away when it is', async () => {
    const hub = await desk().startBlindHub();
    const page = await desk().open('/vulnerabilities', { hub });
    await appears(page.getByRole('heading', { name: 'We could not look' }));
    await appears(page.getByText('stackrox_unavailable'));
    expect(await page.getByRole('heading', { name: /Nothing matches|No vulnerabilities/ }).count()).toBe(0);
    await hub.stop();
    await page.getByRole('button', { name: 'Try again' }).first().click();
    await appears(page.getByRole('heading', { name: 'The hub cannot be reached' }));
    expect(desk().troubles(page)).toEqual([]);
    await page.close();
  });

  it('says that the hub is away when it goes in mid-use, shows nothing as empty, and goes on when it is back', async () => {
    const page = await desk().open('/vulnerabilities', { who: 'payments', isAlone: true });
    const all = await totalOf(page);
    await page.context().setOffline(true);
    await page.getByRole('switch', { name: 'Known exploited' }).setChecked(true, { force: true });
    await appears(page.getByText('The hub cannot be reached'));
    expect(await page.getByRole('heading', { name: /Nothing matches|No vulnerabilities/ }).count()).toBe(0);
    await page.context().setOffline(false);
    await page.getByRole('button', { name: 'Try again' }).first().click();
    await totalBecomes(page, (total) => total < all);
    expect(await page.getByText('The hub cannot be reached').count()).toBe(0);
    await page.close();
  });

  it('has a page of its own for addresses that lead nowhere, and takes the old ones', async () => {
    const page = await desk().open('/no-such-page');
    await appears(page.getByRole('heading', { name: 'There is no such page' }));
    await page.goto(`${desk().constellation.hub.url}/schwachstellen/CVE-2021-44228`);
    await addressHolds(page, '/vulnerabilities/CVE-2021-44228');
    await page.close();
  });

  it.each([1440, 390])('shows hostile scanner text as text at %d pixels', async (width) => {
    const page = await desk().open(`/vulnerabilities?search=${hostileCve}`, { who: 'payments', width });
    await page.getByRole('link', { name: hostileCve }).first().click();
    await appears(page.getByRole('heading', { name: hostileCve, level: 1 }));
    await appears(page.getByText('<img src=x onerror="alert(1)">'));
    const main = await page.getByRole('main').innerText();
    expect(main).toContain('<script>alert(2)</script>');
    expect(main).toContain('{{7*7}}');
    expect(await page.locator('main img[src="x"], main script, a[href^="javascript:"]').count()).toBe(0);
    expect(await overflow(page)).toBeLessThanOrEqual(0);
    expect(main.length).toBeLessThan(hostileText.length * 3);
    expect(desk().troubles(page)).toEqual([]);
    await page.close();
  });

  it('fits into a telephone, on every page', async () => {
    const page = await desk().open('/dashboard', { width: 390, height: 844 });
    for (const [address, ready] of [
      ['/dashboard', page.getByRole('heading', { name: 'By severity' })],
      ['/source', page.getByRole('heading', { name: 'Clusters' })],
      ['/vulnerabilities', page.getByRole('link', { name: /^CVE-/ })],
      ['/vulnerabilities?view=image', page.getByRole('link', { name: /^registry/ })],
      ['/vulnerabilities/CVE-2021-44228', page.getByRole('heading', { name: 'Where it runs' })],
    ] as const) {
      if (!page.url().endsWith(address)) await page.goto(desk().constellation.hub.url + address);
      await appears(ready);
      expect([address, Math.max(0, await overflow(page))]).toEqual([address, 0]);
    }
    await page.close();
  });
}
