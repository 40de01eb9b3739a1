import type { DashboardData, Today } from '@pratique/hub/contract';
import { screen, waitFor, within } from '@testing-library/react';
import { userEvent } from '@testing-library/user-event';
import { delay, http, HttpResponse } from 'msw';
import { describe, expect, it } from 'vitest';
import { openConsole, startHub } from '../testing/console.tsx';
import { log4shell, refusal, teamMember } from '../testing/hub.ts';

const hub = startHub();

const figures: DashboardData = {
  stat_total_cves: 2106,
  stat_escalations: 5,
  stat_upcoming_escalations: 552,
  stat_fixable_critical_cves: 460,
  stat_open_risk_acceptances: 2,
  severity_distribution: [
    { severity: 3, count: 1550 },
    { severity: 4, count: 556 },
  ],
  cves_per_namespace: [
    {
      namespace: 'search',
      count: 60,
      critical: 10,
      important: 20,
      moderate: 15,
      low: 10,
      unknown: 5,
      cluster_count: 3,
    },
    { namespace: 'payments', count: 7, critical: 7, important: 0, moderate: 0, low: 0, unknown: 0, cluster_count: 1 },
  ],
  priority_cves: [{ ...log4shell, priority_level: 'high', priority_deadline: '2026-12-01T00:00:00Z' }],
  high_epss_cves: [{ ...log4shell, cve_id: 'CVE-2017-5638' }],
  cve_trend: [
    { date: '2026-11-20', critical: 2, important: 1, moderate: 0, low: 0 },
    { date: '2026-11-21', critical: 0, important: 0, moderate: 0, low: 0 },
  ],
  epss_matrix: [
    { cve_id: 'CVE-2021-44228', cvss: 10, epss: 0.99, severity: 4 },
    { cve_id: 'CVE-2020-0001', cvss: 5, epss: 0.01, severity: 2 },
  ],
  epss_matrix_truncated: false,
  cluster_heatmap: [
    { cluster: 'harbor-eu', unknown: 0, low: 1, moderate: 2, important: 3, critical: 539, total: 545 },
    { cluster: 'harbor-us', unknown: 0, low: 1, moderate: 2, important: 3, critical: 4, total: 10 },
  ],
  aging_distribution: [
    { bucket: '0-7', count: 4 },
    { bucket: '180+', count: 767 },
  ],
  top_vulnerable_components: [{ component_name: 'libc-bin', cve_count: 46, fixable_count: 35, unfixable_count: 11 }],
  risk_acceptance_pipeline: { requested: 2, approved: 1, rejected: 0, expired: 0 },
  fixability_breakdown: { fixable: 1717, unfixable: 389 },
  fixable_trend: [{ date: '2026-11-21', fixable: 0, unfixable: 0 }],
  mttr_by_severity: [
    { severity: 3, avg_days: 0.02, count: 1 },
    { severity: 4, avg_days: 309.07, count: 44 },
  ],
  data_as_of: '2026-11-21T21:12:51Z',
};

const today: Today = {
  items: [
    {
      cve_id: 'CVE-2021-44228',
      reason: 'priority',
      severity: 4,
      cvss: 10,
      epss_probability: 0.99,
      fixable: true,
      fixed_by: '2.15.0',
      component_names: ['log4j-core', 'log4j-api', 'log4j-web'],
      affected_deployments: 1204,
      namespaces: ['checkout', 'identity'],
      namespace_count: 5,
      priority_level: 'high',
      due: '2021-12-24',
      first_seen: null,
    },
  ],
  counts: { kev_overdue: 12, kev: 0, priority: 1, likely: 1540, new: 3 },
  last_visit: '2026-11-19T09:00:00Z',
};

const calm: Today = { ...today, items: [], counts: { kev_overdue: 0, kev: 0, priority: 0, likely: 0, new: 0 } };

/** A hub with these answers, in front of the quiet one. */
function answering({
  data = figures,
  now = today,
}: {
  readonly data?: DashboardData;
  readonly now?: Today | null;
}): void {
  hub.use(
    http.get('*/api/dashboard', () => HttpResponse.json(data)),
    http.get('*/api/dashboard/today', () => (now === null ? refusal(404, 'not_found') : HttpResponse.json(now))),
  );
}

/** The card with this title, once the charts are there. */
async function card(name: string) {
  return within(await screen.findByRole('region', { name }, { timeout: 10_000 }));
}

async function asTable(name: string) {
  const found = await card(name);
  await userEvent.click(found.getByRole('button', { name: `Show as table: ${name}` }));
  return found;
}

function wayOf(link: HTMLElement): string {
  return link.getAttribute('href') ?? '';
}

describe('the way to the dashboard', () => {
  it('is the start page, and keeps the scope', async () => {
    answering({});
    const { address } = await openConsole('/?cluster=harbor-eu');
    expect(await screen.findByRole('heading', { level: 1, name: 'Dashboard' })).toBeTruthy();
    expect(address()).toBe('/dashboard?cluster=harbor-eu');
  });

  it('asks for the scope of the address', async () => {
    const asked: string[] = [];
    hub.use(
      http.get('*/api/dashboard*', ({ request }) => {
        asked.push(new URL(request.url).search);
        return HttpResponse.json(figures);
      }),
      http.get('*/api/dashboard/today', ({ request }) => {
        asked.push(new URL(request.url).search);
        return HttpResponse.json(today);
      }),
    );
    await openConsole('/dashboard?cluster=harbor-eu&ns=search');
    await screen.findByText('2,106');
    expect(new Set(asked)).toEqual(new Set(['?cluster=harbor-eu&namespace=search']));
  });
});

describe('what to do today', () => {
  it('is one line: which CVE, why and until when, in what, where', async () => {
    answering({});
    await openConsole('/dashboard?ns=checkout');
    const link = await screen.findByRole('link', { name: 'CVE-2021-44228' });
    const row = within(link.closest('tr') as HTMLElement);
    await waitFor(() => expect(row.getByText('Priority high')).toBeTruthy());
    expect(row.getByText('was due Dec 24, 2021')).toBeTruthy();
    expect(row.getByText('Overdue:')).toBeTruthy();
    expect(row.getByText('log4j-core 2.15.0')).toBeTruthy();
    expect(row.getByText(/^\d+ namespaces/).parentElement?.title).toBe('checkout, identity …');
    expect(row.getByText(/1,204 deployments/)).toBeTruthy();
    expect(wayOf(link)).toBe('/vulnerabilities/CVE-2021-44228?ns=checkout');
  });

  it('counts each kind that there is, and leads to its list', async () => {
    answering({});
    await openConsole('/dashboard?cluster=harbor-eu');
    const counts = within(await screen.findByRole('list', { name: 'How many there are in all' }));
    const ways = counts.getAllByRole('link').map((link) => [link.textContent, wayOf(link)]);
    expect(ways).toEqual([
      ['12 known exploited and overdue', '/vulnerabilities?today=kev_overdue&cluster=harbor-eu'],
      ['1 prioritised', '/vulnerabilities?today=priority&cluster=harbor-eu'],
      ['1,540 likely, severe and fixable', '/vulnerabilities?today=likely&cluster=harbor-eu'],
      ['3 new', '/vulnerabilities?today=new&cluster=harbor-eu'],
    ]);
  });

  it('is nothing urgent: says so calmly, and what was looked for as of when', async () => {
    answering({ now: calm });
    await openConsole('/dashboard');
    expect(await screen.findByText('Nothing urgent')).toBeTruthy();
    expect(screen.getByText(/known to be exploited, have a priority.*Data as of Nov 21, 2026/)).toBeTruthy();
  });

  it('could not be looked at: says that, never "nothing urgent", and leaves the figures alone', async () => {
    answering({});
    hub.use(http.get('*/api/dashboard/today', () => refusal(503, 'stackrox_unavailable')));
    await openConsole('/dashboard');
    expect(await screen.findByText('We could not look')).toBeTruthy();
    expect(screen.queryByText('Nothing urgent')).toBeNull();
    expect(await screen.findByText('2,106')).toBeTruthy();
  });

  it('is silent when the figures could not be had either: once is enough', async () => {
    hub.use(http.get('*/api/dashboard*', () => refusal(503, 'stackrox_unavailable')));
    hub.use(http.get('*/api/dashboard/today', () => refusal(503, 'stackrox_unavailable')));
    await openConsole('/dashboard');
    await waitFor(() => expect(screen.getAllByText('We could not look')).toHaveLength(1));
    expect(screen.queryByText('Nothing urgent')).toBeNull();
  });

  it('is left out on a hub that does not know the question', async () => {
    answering({ now: null });
    await openConsole('/dashboard');
    expect(await screen.findByText('2,106')).toBeTruthy();
    await waitFor(() => expect(screen.queryByRole('heading', { name: 'Today' })).toBeNull());
    expect(screen.queryByText('Not found')).toBeNull();
  });
});

describe('the figures', () => {
  it('lead to the list of what they count, and nowhere where there is none', async () => {
    answering({ now: null });
    await openConsole('/dashboard?cluster=harbor-eu');
    const row = await card('Figures');
    expect(row.getAllByRole('link').map((link) => [link.textContent, wayOf(link)])).toEqual([
      ['2,106', '/vulnerabilities?cluster=harbor-eu'],
      ['460', '/vulnerabilities?severity=4&fixable=true&cluster=harbor-eu'],
    ]);
    expect(row.getByText('552 more coming up')).toBeTruthy();
  });
});

describe('the table behind each chart', () => {
  it.each([
    ['By severity', '/vulnerabilities?severity=4', '556'],
    ['By severity', '/vulnerabilities?severity=0', '0'],
    ['Can they be fixed?', '/vulnerabilities?fixable=false', '389'],
    ['Age', '/vulnerabilities?age_min=181&advanced=true', '767'],
    ['Namespaces with the most CVEs', '/vulnerabilities?ns=search', '60'],
    ['Namespaces with the most CVEs', '/vulnerabilities?ns=search&severity=2', '15'],
    ['Components with the most CVEs', '/vulnerabilities?component_name=libc-bin&advanced=true&fixable=false', '11'],
    ['How likely, how bad', '/vulnerabilities/CVE-2020-0001', 'CVE-2020-0001'],
  ])('of "%s" has a link to %s', async (name, way, text) => {
    answering({ now: null });
    await openConsole('/dashboard');
    const table = within((await asTable(name)).getByRole('grid'));
    const links = table.getAllByRole('link').filter((link) => wayOf(link) === way);
    expect(links.map((link) => link.textContent)).toEqual([text]);
  });

  it('of a trend lists the days on which something came', async () => {
    answering({ now: null });
    await openConsole('/dashboard');
    const table = within((await asTable('First seen in the last 90 days')).getByRole('grid'));
    expect(table.getAllByRole('row').map((row) => row.textContent)).toEqual([
      'DayCriticalHighMediumLow',
      'Nov 20, 20262100',
    ]);
  });

  it('goes away again', async () => {
    answering({ now: null });
    await openConsole('/dashboard');
    const found = await asTable('Age');
    await userEvent.click(found.getByRole('button', { name: 'Show as chart: Age' }));
    expect(found.queryByRole('grid')).toBeNull();
    expect(found.getByRole('img', { name: 'Age' })).toBeTruthy();
  });
});

describe('the charts', () => {
  it('say what they show to those who cannot see them', async () => {
    answering({ now: null });
    await openConsole('/dashboard');
    const donut = (await card('By severity')).getByRole('img', { name: 'By severity' });
    const description = document.getElementById(donut.getAttribute('aria-describedby') ?? '');
    expect(description?.textContent).toContain('Critical: 556, High: 1,550');
  });

  it('lead from a cell of the heat map to cluster and severity', async () => {
    answering({ now: null });
    await openConsole('/dashboard?ns=search');
    const link = (await card('Clusters')).getByRole('link', { name: 'harbor-eu, Critical: 539' });
    expect(wayOf(link)).toBe('/vulnerabilities?cluster=harbor-eu&severity=4&ns=search');
  });

  it('lead from a pressed bar to the list', async () => {
    answering({ now: null });
    const { address } = await openConsole('/dashboard');
    const bars = (await card('Components with the most CVEs'))
      .getByRole('img')
      .querySelectorAll('path[role="presentation"]');
    // A stack is drawn from its end: the part without a fix comes first.
    await userEvent.click(bars[0] as Element);
    await waitFor(() => expect(address()).toBe('/vulnerabilities?component_name=libc-bin&advanced=true&fixable=false'));
  });

  it('give times in the unit a person would use', async () => {
    answering({ now: null });
    await openConsole('/dashboard');
    const table = await card('Time to remediate');
    expect(table.getByText('309 days')).toBeTruthy();
    expect(table.getByText('29 minutes')).toBeTruthy();
  });

  it('say "nothing" in words where there is nothing to draw', async () => {
    answering({ now: null });
    await openConsole('/dashboard');
    expect(
      await screen.findByText('No CVE was first seen in the last 30 days.', undefined, { timeout: 10_000 }),
    ).toBeTruthy();
  });

  it('do not compare places where there is only one', async () => {
    answering({
      now: null,
      data: {
        ...figures,
        cluster_heatmap: figures.cluster_heatmap.slice(0, 1),
        cves_per_namespace: figures.cves_per_namespace.slice(0, 1),
      },
    });
    await openConsole('/dashboard');
    await card('Components with the most CVEs');
    expect(screen.queryByRole('region', { name: 'Clusters' })).toBeNull();
    expect(screen.queryByRole('region', { name: 'Namespaces with the most CVEs' })).toBeNull();
  });
});

describe('who is looking', () => {
  it('decides on the pipeline: the security team sees it', async () => {
    answering({ now: null });
    await openConsole('/dashboard');
    expect((await card('Risk acceptances')).getByText('Requested')).toBeTruthy();
    expect(screen.getByText('All namespaces of all clusters.')).toBeTruthy();
  });

  it('is a team: sees its namespaces and what thresholds leave out, and no pipeline', async () => {
    const pairs = [{ namespace: 'payments', cluster_name: 'harbor-eu' }];
    hub.use(
      http.get('*/api/auth/me', () =>
        HttpResponse.json({ ...teamMember, has_all_namespaces: false, namespaces: pairs }),
      ),
    );
    answering({ now: null });
    await openConsole('/dashboard');
    await card('Time to remediate');
    expect(screen.getByText('Your namespace: payments (harbor-eu)')).toBeTruthy();
    expect(await screen.findByText(/CVSS of at least 4\.0 and an EPSS of at least 1%/)).toBeTruthy();
    expect(screen.queryByRole('region', { name: 'Risk acceptances' })).toBeNull();
  });

  it('has no namespace: is told so, and that this is not "nothing wrong"', async () => {
    hub.use(
      http.get('*/api/auth/me', () => HttpResponse.json({ ...teamMember, has_all_namespaces: false, namespaces: [] })),
    );
    answering({ now: calm, data: { ...figures, stat_total_cves: 0 } });
    await openConsole('/dashboard');
    expect(await screen.findByRole('heading', { name: 'No namespace has been granted to you' })).toBeTruthy();
    expect(screen.queryByText('No CVEs in this scope')).toBeNull();
    expect(screen.queryByText('Nothing urgent')).toBeNull();
  });
});

describe('what the dashboard says when it shows no figures', () => {
  it('is loading: grey shapes and no word about the result', async () => {
    hub.use(
      http.get('*/api/dashboard/today', () => refusal(404, 'not_found')),
      http.get('*/api/dashboard', async () => {
        await delay(300);
        return HttpResponse.json({ ...figures, stat_total_cves: 0 });
      }),
    );
    const { view } = await openConsole('/dashboard');
    await screen.findByRole('heading', { level: 1, name: 'Dashboard' });
    expect(view.container.querySelector('[aria-busy="true"]')).not.toBeNull();
    expect(screen.queryByText('No CVEs in this scope')).toBeNull();
    expect(await screen.findByText('No CVEs in this scope')).toBeTruthy();
  });

  it('could not look: says so with the reason, and tries again', async () => {
    answering({ now: null });
    hub.use(
      http.get('*/api/dashboard', () => refusal(503, 'stackrox_unavailable', 'StackRox is away'), { once: true }),
    );
    await openConsole('/dashboard');
    expect(await screen.findByText('We could not look')).toBeTruthy();
    expect(screen.getByText('StackRox is away')).toBeTruthy();
    expect(screen.queryByText('No CVEs in this scope')).toBeNull();
    await userEvent.click(screen.getByRole('button', { name: 'Try again' }));
    expect(await screen.findByRole('link', { name: '2,106' })).toBeTruthy();
  });
});
