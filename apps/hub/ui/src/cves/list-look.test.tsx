import { screen, waitFor, within } from '@testing-library/react';
import { userEvent } from '@testing-library/user-event';
import { http, HttpResponse } from 'msw';
import { describe, expect, it, vi } from 'vitest';
import { openConsole, startHub } from '../testing/console.tsx';
import { log4shell, pageOf } from '../testing/hub.ts';

const hub = startHub();

async function headings(): Promise<readonly string[]> {
  await screen.findByRole('link', { name: 'CVE-2021-44228' });
  return screen.getAllByRole('columnheader').map((heading) => heading.textContent ?? '');
}

describe('the look of the list', () => {
  it('shows the columns that are chosen, for this person in this browser', async () => {
    const { address } = await openConsole('/vulnerabilities');
    expect(await headings()).not.toContain('Operating system');
    await userEvent.click(screen.getByRole('button', { name: 'Display' }));
    await userEvent.click(await screen.findByRole('menuitem', { name: 'Manage columns…' }));
    await userEvent.click(await screen.findByRole('checkbox', { name: 'Operating system' }));
    await userEvent.click(screen.getByRole('checkbox', { name: 'CVSS' }));
    expect((screen.getByRole('checkbox', { name: 'CVE' }) as HTMLInputElement).disabled).toBe(true);
    await userEvent.click(screen.getByRole('button', { name: 'Save' }));
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
    expect(await headings()).toContain('Operating system');
    expect(await headings()).not.toContain('CVSS');
    expect(screen.getByText('debian:12')).toBeTruthy();
    expect(address()).toBe('/vulnerabilities');
    expect(JSON.parse(localStorage.getItem('app-list-look:ada') ?? '{}')).toMatchObject({ density: 'compact' });
  });

  it('is what the address says, and changing it there leaves what the person likes', async () => {
    const { address } = await openConsole('/vulnerabilities?columns=cve&columns=remediation');
    expect((await headings()).filter(Boolean)).toEqual(['CVE', 'Remediation']);
    await userEvent.click(screen.getByRole('button', { name: 'Display' }));
    await userEvent.click(await screen.findByRole('menuitem', { name: 'Comfortable' }));
    await waitFor(() => expect(address()).toContain('density=comfortable'));
    expect(localStorage.getItem('app-list-look:ada')).toBeNull();
  });

  it('shows every optional column with a word for what is missing', async () => {
    const ids = [
      'component',
      'os',
      'impact',
      'fixed_by',
      'remediation',
      'deadline',
      'kev_due',
      'suppressed',
      'rhacs_state',
    ];
    const cve = {
      ...log4shell,
      suppressed_occurrences: 3,
      total_occurrences: 12,
      component_names: ['log4j-core', 'x', 'y'],
    };
    hub.use(http.get('*/api/cves', () => HttpResponse.json(pageOf([cve]))));
    await openConsole(`/vulnerabilities?columns=${ids.join(',')}`);
    const link = await screen.findByRole('link', { name: 'CVE-2021-44228' });
    const row = within(link.closest('tr') as HTMLElement);
    for (const text of ['log4j-core', '+2', 'debian:12', '6.0', '2.17.1', 'past due', '3 of 12', 'Observed']) {
      expect(row.getByText(text)).toBeTruthy();
    }
    expect(row.getByText('no value')).toBeTruthy();
  });
});

describe('what the list tells of a CVE', () => {
  it('is its place among all scored CVEs, with model and day on demand', async () => {
    const asked: string[][] = [];
    hub.use(
      http.get('*/api/epss', ({ request }) => {
        asked.push(new URL(request.url).searchParams.getAll('cve'));
        const known = { cve_id: 'CVE-2021-44228', probability: 0.94, percentile: 1 };
        return HttpResponse.json([{ ...known, model_version: 'v2025.03.14', score_date: '2026-11-20' }]);
      }),
    );
    await openConsole('/vulnerabilities');
    await userEvent.click(await screen.findByRole('button', { name: /^Percentile 99\.9/ }));
    expect(await screen.findByText('v2025.03.14')).toBeTruthy();
    expect(screen.getByText('Nov 20, 2026')).toBeTruthy();
    expect(asked).toEqual([['CVE-2021-44228']]);
  });

  it('is only the probability where no feed is known', async () => {
    await openConsole('/vulnerabilities');
    expect(await screen.findByText(/94\.4%/)).toBeTruthy();
    expect(screen.queryByText(/Percentile/)).toBeNull();
  });

  it('is how first seen compares with published', async () => {
    await openConsole('/vulnerabilities');
    await userEvent.click(await screen.findByRole('button', { name: /^Apr 24, 2026/ }));
    expect(await screen.findByText('Found here 1595 days after it was published.')).toBeTruthy();
  });
});

describe('the selection', () => {
  it('covers a page, is counted, and its ids can be copied', async () => {
    const cves = ['CVE-2021-44228', 'CVE-2023-4863'].map((cve_id) => ({ ...log4shell, cve_id }));
    hub.use(http.get('*/api/cves', () => HttpResponse.json(pageOf(cves, 204))));
    const user = userEvent.setup();
    const write = vi.spyOn(navigator.clipboard, 'writeText').mockResolvedValue();
    await openConsole('/vulnerabilities');
    await user.click(await screen.findByRole('checkbox', { name: 'Select this page' }));
    expect(screen.getByText('2 selected')).toBeTruthy();
    await user.click(screen.getByRole('button', { name: 'Copy ids' }));
    expect(await screen.findByText('2 ids copied')).toBeTruthy();
    expect(write).toHaveBeenCalledWith('CVE-2021-44228\nCVE-2023-4863');
  });

  it('stays on another page, and ends with another question', async () => {
    await openConsole('/vulnerabilities');
    await userEvent.click(await screen.findByRole('checkbox', { name: 'Select CVE-2021-44228' }));
    await userEvent.click(screen.getAllByRole('button', { name: 'Go to the next page' })[0] as HTMLElement);
    expect(await screen.findByText('1 selected')).toBeTruthy();
    await userEvent.click(screen.getByRole('switch', { name: 'Fixable' }));
    await waitFor(() => expect(screen.queryByText('1 selected')).toBeNull());
  });
});

describe('the detail of a CVE', () => {
  it('is fetched ahead for who stays on its row, and not for who passes by', async () => {
    let asked = 0;
    hub.use(
      http.get('*/api/cves/:id', () => {
        asked += 1;
        return HttpResponse.json({});
      }),
    );
    await openConsole('/vulnerabilities');
    const row = (await screen.findByRole('link', { name: 'CVE-2021-44228' })).closest('tr') as HTMLElement;
    await userEvent.hover(row);
    await userEvent.unhover(row);
    await userEvent.hover(screen.getByRole('heading', { level: 1 }));
    expect(asked).toBe(0);
    await userEvent.hover(row);
    await waitFor(() => expect(asked).toBe(1));
  });
});

describe('the list without pages', () => {
  it('asks for 200 rows at a time and has no pager', async () => {
    const sizes: (string | null)[] = [];
    hub.use(
      http.get('*/api/cves', ({ request }) => {
        sizes.push(new URL(request.url).searchParams.get('page_size'));
        return HttpResponse.json(pageOf([log4shell], 100_000));
      }),
    );
    await openConsole('/vulnerabilities?page_size=all');
    expect(await screen.findByText('100,000 rows')).toBeTruthy();
    expect(screen.getByRole('grid').getAttribute('aria-rowcount')).toBe('100001');
    expect(screen.queryByRole('button', { name: 'Go to the next page' })).toBeNull();
    expect(new Set(sizes)).toEqual(new Set(['200']));
  });

  it('is no way to look at images', async () => {
    const { address } = await openConsole('/vulnerabilities?page_size=all');
    await screen.findByText(/rows/);
    await userEvent.click(screen.getByRole('button', { name: 'By image' }));
    await waitFor(() => expect(address()).toBe('/vulnerabilities?view=image'));
  });
});
