import { cleanup, screen, waitFor, within } from '@testing-library/react';
import { userEvent } from '@testing-library/user-event';
import { http, HttpResponse } from 'msw';
import { describe, expect, it, vi } from 'vitest';
import { openConsole, startHub } from '../testing/console.tsx';
import { detail, hidden, refusal } from '../testing/hub.ts';

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

describe('why a CVE ranks where it does', () => {
  it('is one sentence, in the words of each language', async () => {
    await openConsole('/vulnerabilities/CVE-2021-44228');
    expect(
      await screen.findByText(
        /^Known to be exploited, critical priority set by the security team, 94.4% exploit probability, critical severity, and a fix exists\.$/,
      ),
    ).toBeTruthy();
    cleanup();
    await openConsole('/vulnerabilities/CVE-2021-44228', 'de');
    expect(await screen.findByText(/^Wird nachweislich ausgenutzt, .* und ein Fix ist verfügbar\.$/)).toBeTruthy();
  });

  it('does not ask the hub for its terms before somebody wants them', async () => {
    let asked = 0;
    hub.use(
      http.get('*/api/cves/:id/visibility', () => {
        asked += 1;
        return HttpResponse.json(hidden);
      }),
    );
    await openConsole('/vulnerabilities/CVE-2021-44228');
    const press = await screen.findByRole('button', { name: 'Why it ranks here, term by term' });
    expect(asked).toBe(0);
    await userEvent.click(press);
    expect(await screen.findByRole('grid', { name: 'What its rank is made of' })).toBeTruthy();
    expect(await screen.findByText('Its CVSS score 3.1 is below the threshold 4.0.')).toBeTruthy();
  });

  it('keeps what CISA asks for behind a press', async () => {
    const kev_entry = {
      date_added: '2021-12-10',
      due_date: '2021-12-24',
      name: 'n',
      required_action: 'Apply updates.',
      ransomware: 'Known',
      catalog_version: null,
    };
    hub.use(http.get('*/api/cves/:id', () => HttpResponse.json({ ...detail, kev_entry })));
    await openConsole('/vulnerabilities/CVE-2021-44228');
    const press = await screen.findByRole('button', { name: 'What CISA asks to be done' });
    expect(screen.queryByText('Apply updates.')).toBeNull();
    await userEvent.click(press);
    expect(screen.getByText('Apply updates.')).toBeTruthy();
    expect(screen.getByText('Since Dec 10, 2021')).toBeTruthy();
  });
});

describe('where a CVE runs, on its page', () => {
  it('keeps search and folds in the address', async () => {
    const { address } = await openConsole('/vulnerabilities/CVE-2021-44228');
    await userEvent.click(await screen.findByRole('button', { name: 'Open or close prod-1' }));
    await waitFor(() => expect(address()).toBe('/vulnerabilities/CVE-2021-44228?fold=prod-1'));
    await waitFor(() => expect(screen.queryByText('checkout-api')).toBeNull());
    await userEvent.type(screen.getByRole('textbox', { name: /^Search cluster/ }), 'api');
    await waitFor(() => expect(address()).toBe('/vulnerabilities/CVE-2021-44228?q=api'));
    expect(await screen.findByText('checkout-api')).toBeTruthy();
  });

  it('opens at what a copied link says', async () => {
    await openConsole('/vulnerabilities/CVE-2021-44228?by=image&q=zzz');
    expect(await screen.findByText('Nothing matches this filter')).toBeTruthy();
    expect(screen.getByRole('button', { name: 'By image', pressed: true })).toBeTruthy();
  });

  it('finds images by the place they run in', async () => {
    const [placed] = detail.affected_deployments_list;
    const carried = {
      image_id: placed!.image_id,
      image_name: placed!.image_name,
      operating_system: null,
      severity: 4,
      cvss: 10,
      affected_deployments: 1,
      components: [],
    };
    const elsewhere = { ...carried, image_id: 'sha256:elsewhere', image_name: 'registry.example.com/elsewhere:1' };
    hub.use(
      http.get('*/api/cves/:id', () => HttpResponse.json({ ...detail, affected_images_list: [carried, elsewhere] })),
    );
    await openConsole('/vulnerabilities/CVE-2021-44228?by=image&q=prod-1');
    const images = within(await screen.findByRole('grid', { name: 'Images' }));
    expect(images.getAllByRole('link').map((link) => link.textContent)).toEqual([placed!.image_name]);
  });

  it('says when it runs nowhere, which is not the same as not knowing', async () => {
    hub.use(http.get('*/api/cves/:id', () => HttpResponse.json({ ...detail, affected_deployments_list: [] })));
    await openConsole('/vulnerabilities/CVE-2021-44228');
    expect(await screen.findByText('It runs nowhere that you may see')).toBeTruthy();
  });

  it('copies the whole address, and shows it where the browser refuses', async () => {
    const user = userEvent.setup();
    await openConsole('/vulnerabilities/CVE-2021-44228?q=api');
    await user.click(await screen.findByRole('button', { name: 'Copy link' }));
    expect(await screen.findByRole('button', { name: 'Copied' })).toBeTruthy();
    expect(await navigator.clipboard.readText()).toBe(location.href);
    cleanup();
    vi.spyOn(navigator.clipboard, 'writeText').mockRejectedValue(new Error('not allowed'));
    await openConsole('/vulnerabilities/CVE-2021-44228');
    await user.click(await screen.findByRole('button', { name: 'Copy link' }));
    expect(await screen.findByText(/does not let us copy/)).toBeTruthy();
  });
});

describe('decisions and dates', () => {
  it('expects no escalation of a day that went by, and is silent where nobody decided anything', async () => {
    const dates = {
      data_as_of: '2026-11-21T14:02:00Z',
      escalation_level1_expected: '2025-12-02T00:00:00Z',
      escalation_level2_expected: '2026-12-09T12:00:00Z',
    };
    hub.use(http.get('*/api/cves/:id', () => HttpResponse.json({ ...detail, ...dates })));
    await openConsole('/vulnerabilities/CVE-2021-44228');
    expect(await screen.findByText('Goes to the security team')).toBeTruthy();
    expect(screen.queryByText('Goes to the owners')).toBeNull();
    cleanup();
    hub.use(http.get('*/api/cves/:id', () => HttpResponse.json({ ...detail, has_priority: false })));
    await openConsole('/vulnerabilities/CVE-2021-44228');
    expect(await screen.findByRole('heading', { name: 'Description' })).toBeTruthy();
    expect(screen.queryByRole('heading', { name: 'Decisions and dates' })).toBeNull();
  });
});

describe('the timeline of a CVE', () => {
  const event = { namespace: null, cluster_name: null, actor: null, detail: null };

  it('explains details in words and shows what it does not know as it came', async () => {
    hub.use(
      http.get('*/api/cves/:id/timeline', () =>
        HttpResponse.json([
          { ...event, at: '2021-12-10T00:00:00.000Z', kind: 'kev_listed', detail: '2021-12-24' },
          {
            ...event,
            at: '2026-10-12T21:12:23Z',
            kind: 'escalated',
            detail: '3',
            namespace: 'shop',
            cluster_name: 'prod-1',
          },
          { ...event, at: '2026-10-13T21:12:23Z', kind: 'escalated', detail: '<b>4</b>' },
          { ...event, at: '2026-10-14T21:12:23Z', kind: 'risk_acceptance_reviewed', detail: 'rejected', actor: 'Ada' },
        ]),
      ),
    );
    await openConsole('/vulnerabilities/CVE-2021-44228');
    expect(await screen.findByText("CISA's due date: Dec 24, 2021")).toBeTruthy();
    expect(screen.getAllByText('Dec 10, 2021').length).toBeGreaterThan(0);
    expect(screen.getByText('Third step: management as well')).toBeTruthy();
    expect(screen.getByText('<b>4</b>')).toBeTruthy();
    expect(screen.getByText('Outcome: rejected')).toBeTruthy();
  });

  it('shows the latest of many, and the rest when asked', async () => {
    const many = Array.from({ length: 14 }, (_unused, at) => ({
      ...event,
      at: `2026-10-${String(at + 10)}T01:02:03Z`,
      kind: 'escalated',
      detail: `x${at}`,
    }));
    hub.use(http.get('*/api/cves/:id/timeline', () => HttpResponse.json(many)));
    await openConsole('/vulnerabilities/CVE-2021-44228');
    expect(await screen.findByText('x13')).toBeTruthy();
    expect(screen.queryByText('x0')).toBeNull();
    await userEvent.click(screen.getByRole('button', { name: '4 earlier events' }));
    expect(screen.getByText('x0')).toBeTruthy();
  });
});

describe.each([
  [401, 'unauthenticated', 'You are not signed in'],
  [403, 'no_access', 'You may not see this'],
  [503, 'overloaded', 'We could not look'],
  [429, 'rate_limited', 'Too many questions at once'],
] as const)('when the hub answers %d', (status, code, title) => {
  it.each([
    ['*/api/cves/:id', '/vulnerabilities/CVE-2021-44228'],
    ['*/api/images/:id', '/images/sha256%3Aabc'],
    ['*/api/source', '/source'],
  ])('%s says what to do at %s', async (path, address) => {
    hub.use(http.get(path, () => refusal(status, code, 'as the hub says', 'Do this.')));
    await openConsole(address);
    expect((await screen.findAllByText(title)).length).toBeGreaterThan(0);
    expect(screen.getAllByText('Do this.').length).toBeGreaterThan(0);
    expect(
      screen.getAllByRole('button', { name: status === 401 ? 'Sign in again' : 'Try again' }).length,
    ).toBeGreaterThan(0);
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
