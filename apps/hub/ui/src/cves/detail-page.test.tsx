import { screen, waitFor, within } from '@testing-library/react';
import { http, HttpResponse } from 'msw';
import { describe, expect, it } from 'vitest';
import { openConsole, startHub } from '../testing/console.tsx';
import { detail, refusal } from '../testing/hub.ts';

const hub = startHub();

describe('the page of a CVE', () => {
  it('shows what is known, and that the EPSS feed does not know it', async () => {
    await openConsole('/vulnerabilities/CVE-2021-44228');
    expect(await screen.findByRole('heading', { level: 1, name: 'CVE-2021-44228' })).toBeTruthy();
    expect(await screen.findByRole('heading', { name: 'Statement' })).toBeTruthy();
    expect(screen.getByText('Past due since Dec 24, 2021')).toBeTruthy();
    const places = within(screen.getByRole('treegrid', { name: 'Where it runs' }));
    expect(places.getByRole('link').getAttribute('href')).toBe(
      '/images/sha256%3Aabc?name=registry.example.com%2Fcheckout%2Fapi%3A1',
    );
  });

  it('shows what strangers wrote as text, and follows none of their scripts', async () => {
    const evil = '<img src=x onerror="alert(1)"> \u202Eevil\u202C 🧨 <script>alert(2)</script>';
    hub.use(
      http.get('*/api/cves/:id', () =>
        HttpResponse.json({
          ...detail,
          summary: `${evil}<br>${'A'.repeat(10_000)}`,
          link: 'javascript:alert(3)',
          references: [{ uri: 'javascript:alert(4)', tags: [evil] }],
          components: [{ component_name: evil, component_version: '\u0000\u0007', fixable: false, fixed_by: null }],
        }),
      ),
    );
    const { view } = await openConsole('/vulnerabilities/CVE-2021-44228');
    expect((await screen.findAllByText(/<img src=x onerror=/)).length).toBeGreaterThanOrEqual(2);
    expect(view.container.querySelector('main img, main script')).toBeNull();
    expect(view.container.querySelector('a[href^="javascript"]')).toBeNull();
    expect(view.container.textContent).not.toContain('\u0007');
    const block = view.container.querySelector('.app-foreign-block');
    expect((block?.textContent ?? '').length).toBeLessThan(1500);
    expect(within(block as HTMLElement).getByRole('button', { name: 'Show all' })).toBeTruthy();
  });

  it('opens links of others without handing them the window', async () => {
    const { view } = await openConsole('/vulnerabilities/CVE-2021-44228');
    await screen.findByRole('heading', { name: 'References' });
    const outward = [...view.container.querySelectorAll('a[target="_blank"]')];
    expect(outward.length).toBeGreaterThan(0);
    expect(outward.every((link) => link.getAttribute('rel') === 'noopener noreferrer')).toBe(true);
  });

  it.each([
    ['unavailable', 'We could not look at the description'],
    ['broken', 'The description is damaged'],
    ['none', 'The scanner gives no description.'],
  ] as const)('says when the record is %s', async (record_state, text) => {
    hub.use(http.get('*/api/cves/:id', () => HttpResponse.json({ ...detail, summary: null, record_state })));
    await openConsole('/vulnerabilities/CVE-2021-44228');
    expect(await screen.findByText(text)).toBeTruthy();
  });

  it('explains a CVE that this person does not see', async () => {
    hub.use(http.get('*/api/cves/:id', () => refusal(404, 'not_found')));
    await openConsole('/vulnerabilities/CVE-2019-12345');
    expect(await screen.findByText('Not found')).toBeTruthy();
    expect(await screen.findByText('CVE-2019-12345 is not in your list.')).toBeTruthy();
  });

  it('keeps its other parts when one of them fails', async () => {
    hub.use(http.get('*/api/cves/:id/timeline', () => refusal(503, 'overloaded')));
    await openConsole('/vulnerabilities/CVE-2021-44228');
    expect(await screen.findByText('We could not look')).toBeTruthy();
    expect(screen.getByRole('heading', { name: 'Description' })).toBeTruthy();
  });
});

describe('addresses', () => {
  it('has a real page for what does not exist', async () => {
    await openConsole('/nowhere');
    expect(await screen.findByRole('heading', { level: 1, name: 'There is no such page' })).toBeTruthy();
  });

  it.each([
    ['/?cluster=prod-1', '/dashboard?cluster=prod-1'],
    ['/schwachstellen/CVE-2021-44228', '/vulnerabilities/CVE-2021-44228'],
  ])('leads from %s to %s', async (from, to) => {
    const { address } = await openConsole(from);
    await waitFor(() => expect(address()).toBe(to));
  });

  it('speaks the language it is opened in', async () => {
    await openConsole('/vulnerabilities', 'de');
    expect(await screen.findByRole('heading', { name: 'Schwachstellen' })).toBeTruthy();
    expect(document.documentElement.lang).toBe('de');
  });
});
