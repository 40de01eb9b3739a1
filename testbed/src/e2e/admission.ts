import { expect, it } from 'vitest';
import type { Desk } from './desk.ts';
import { appears, eventually } from './on-page.ts';

/** From a deployment that is tried to the decision that everybody concerned can look up. */
export function admission(desk: () => Desk): void {
  it('refuses a team an unsigned image, says why, and keeps the decision for the team and the security team', async () => {
    const page = await desk().open('/try', { who: 'payments' });
    await page.getByRole('button', { name: 'Unsigned', exact: true }).click();
    await page.getByRole('button', { name: 'Try it' }).click();
    const result = page.getByRole('region', { name: 'Result' });
    await appears(result.getByText('Refused', { exact: true }));
    await appears(result.getByText(/no signatures found/));

    await result.getByRole('link', { name: /See the decision/ }).click();
    await appears(page.getByRole('heading', { name: 'Deployment trial-unsigned', level: 1 }));
    await appears(page.getByText('No signature', { exact: true }));
    await appears(page.getByText('a cosign signature by trust root default', { exact: false }));

    await page.getByRole('main').getByRole('link', { name: 'Admission' }).click();
    const list = page.getByRole('grid', { name: 'Admission' });
    await appears(list.getByRole('link', { name: 'trial-unsigned' }));
    expect(await list.innerText()).not.toContain('checkout');
    expect(desk().troubles(page)).toEqual([]);
    await page.close();

    const security = await desk().open('/admission?outcome=refused', { who: 'security' });
    const all = security.getByRole('grid', { name: 'Admission' });
    await appears(all.getByRole('link', { name: 'trial-unsigned' }));
    await eventually(() => all.innerText()).toContain('checkout');
    expect(await all.getByText('Let in', { exact: true }).count()).toBe(0);
    await security.close();
  });
}
