import type { AdmissionSummary } from '@pratique/hub/contract';
import { fireEvent, screen, waitFor, within } from '@testing-library/react';
import { http, HttpResponse } from 'msw';
import { describe, expect, it } from 'vitest';
import { decision, listed, quietDay } from '../testing/admission.ts';
import { openConsole, startHub } from '../testing/console.tsx';
import { pageOf, refusal, teamMember } from '../testing/hub.ts';

const hub = startHub();

function answer(items: readonly unknown[], summary: AdmissionSummary | null = quietDay): { asked: URL[] } {
  const asked: URL[] = [];
  hub.use(
    http.get('*/api/admission/decisions', ({ request }) => {
      asked.push(new URL(request.url));
      return HttpResponse.json(pageOf(items));
    }),
    http.get('*/api/dashboard', () => refusal(503, 'app_db_unavailable')),
    http.get('*/api/dashboard/today', () => refusal(404, 'not_found')),
    http.get('*/api/admission/summary', () =>
      summary === null ? refusal(503, 'app_db_unavailable') : HttpResponse.json(summary),
    ),
  );
  return { asked };
}

const hourAgo = new Date(Date.now() - 3_601_000 * 3).toISOString();
const silent: AdmissionSummary = {
  ...quietDay,
  state: 'silent',
  clusters: [
    { cluster_name: 'prod-1', state: 'silent', last_report_at: hourAgo, gates: 0, dropped: 7 },
    { cluster_name: 'prod-2', state: 'never_reported', last_report_at: null, gates: 0, dropped: 0 },
  ],
};
const noGate: AdmissionSummary = {
  ...quietDay,
  ...{ state: 'never_reported', allowed: 0, refused: 0, namespaces: [] },
  clusters: [{ cluster_name: 'prod-1', state: 'never_reported', last_report_at: null, gates: 0, dropped: 0 }],
};

describe('the page of decisions', () => {
  it('shows what was refused and why at the first glance, and leads to the evidence', async () => {
    answer([listed]);
    await openConsole('/admission');
    const table = within(await screen.findByRole('grid', { name: 'Admission' }));
    expect(table.getByText('Refused')).toBeTruthy();
    expect(table.getByText('Dry run')).toBeTruthy();
    expect(table.getByText('No signature')).toBeTruthy();
    const link = table.getByRole('link', { name: '<b>web</b>' });
    expect(link.getAttribute('href')).toBe('/admission/uid-1?in=prod-1');
    const refused = within(screen.getByText('Refused, last 24 hours').parentElement as HTMLElement).getByRole('link');
    expect([refused.textContent, refused.getAttribute('href')]).toEqual(['3', '/admission?outcome=refused&period=day']);
  });

  it('asks what the address says, and puts a pressed filter there', async () => {
    const { asked } = answer([listed]);
    const { address } = await openConsole('/admission?outcome=allowed&class=wrong_key&image=shop&cluster=prod-1');
    await screen.findByRole('grid', { name: 'Admission' });
    expect(Object.fromEntries(asked[0]?.searchParams ?? [])).toEqual({
      ...{ outcome: 'allowed', class: 'wrong_key', image: 'shop', cluster: 'prod-1', page: '1', page_size: '50' },
    });
    fireEvent.click(screen.getByRole('button', { name: 'Refused' }));
    await waitFor(() => expect(address()).toContain('outcome=refused'));
    fireEvent.click(screen.getByRole('button', { name: 'Clear all filters' }));
    await waitFor(() => expect(address()).toBe('/admission?cluster=prod-1'));
  });

  it.each([
    ['nobody decided anything', quietDay, '/admission', 'Nothing was decided yet'],
    ['no gate ever reported', noGate, '/admission?cluster=prod-1', 'No gate has reported'],
    ['nothing fits the filters', quietDay, '/admission?outcome=refused', 'No decision matches'],
  ])('tells apart an empty list when %s', async (_why, summary, address, title) => {
    answer([], summary);
    await openConsole(address);
    expect(await screen.findByRole('heading', { name: title })).toBeTruthy();
  });

  it('says of a silent gate how long, what was lost, and where there is none', async () => {
    answer([listed], silent);
    await openConsole('/admission');
    expect(await screen.findByText(/prod-1: last report 3 hours ago/)).toBeTruthy();
    expect(screen.getByText(/7 decisions could not be reported/)).toBeTruthy();
    expect(screen.getByText('No gate has ever reported from prod-2.')).toBeTruthy();
  });

  it('says when it could not look', async () => {
    hub.use(http.get('*/api/admission/decisions', () => refusal(503, 'app_db_unavailable')));
    await openConsole('/admission');
    expect(await screen.findByText('We could not look')).toBeTruthy();
  });
});

describe('the page of one decision', () => {
  it('shows found, wanted and the next step of every image, refused ones first', async () => {
    hub.use(http.get('*/api/admission/decisions/:uid', () => HttpResponse.json(decision)));
    await openConsole('/admission/uid-1?in=prod-1');
    expect(await screen.findByRole('heading', { name: 'Deployment <b>web</b>', level: 1 })).toBeTruthy();
    const cards = screen.getAllByRole('heading', { level: 2 }).map(({ textContent }) => textContent);
    expect(cards).toEqual(['registry.example.com/shop/web:1.1', 'registry.example.com/shop/log:2']);
    const refused = within(screen.getByRole('region', { name: cards[0] ?? '' }));
    for (const text of ['a signature by the key team-a', 'no signature in either place', /cosign sign --key/]) {
      expect(refused.getByText(text)).toBeTruthy();
    }
    expect(refused.getByRole('link', { name: 'sha256:abc' }).getAttribute('href')).toContain('/images/sha256');
  });

  it('looks again for what a gate has not reported yet', async () => {
    let asked = 0;
    hub.use(
      http.get('*/api/admission/decisions/:uid', () => {
        asked += 1;
        return asked < 2 ? refusal(404, 'not_found') : HttpResponse.json({ ...decision, outcome: 'would_refuse' });
      }),
    );
    await openConsole('/admission/uid-1');
    expect(await screen.findByText('Let in, although the policy says no')).toBeTruthy();
  });
});

describe('the dashboard', () => {
  it('counts the last day, and names where workloads were refused', async () => {
    answer([]);
    await openConsole('/dashboard');
    const card = within(await screen.findByRole('region', { name: 'Admission in the last 24 hours' }));
    expect((await card.findByText('checkout (prod-1)')).closest('a')?.getAttribute('href')).toBe(
      '/admission?outcome=refused&period=day&cluster=prod-1&ns=checkout',
    );
  });

  it('tells operators that no gate has reported, and bothers no team with it', async () => {
    answer([], noGate);
    const { view } = await openConsole('/dashboard');
    expect(await screen.findByText(/No gate has ever reported from these clusters/)).toBeTruthy();
    view.unmount();
    hub.use(http.get('*/api/auth/me', () => HttpResponse.json(teamMember)));
    await openConsole('/dashboard');
    await screen.findByRole('heading', { name: 'Dashboard', level: 1 });
    await waitFor(() => expect(screen.queryByText('Admission in the last 24 hours')).toBeNull());
  });
});
