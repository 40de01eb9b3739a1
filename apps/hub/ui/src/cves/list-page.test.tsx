import { screen, waitFor, within } from '@testing-library/react';
import { userEvent } from '@testing-library/user-event';
import { delay, http, HttpResponse } from 'msw';
import { describe, expect, it } from 'vitest';
import { openConsole, startHub } from '../testing/console.tsx';
import { log4shell, pageOf, refusal, teamMember } from '../testing/hub.ts';

const hub = startHub();

/** Records the questions to the list. */
function questions(): URLSearchParams[] {
  const asked: URLSearchParams[] = [];
  hub.use(
    http.get('*/api/cves', ({ request }) => {
      asked.push(new URL(request.url).searchParams);
      return HttpResponse.json(pageOf([log4shell], 204));
    }),
  );
  return asked;
}

describe('the vulnerability list', () => {
  it('shows a CVE with its figures and marks', async () => {
    await openConsole('/vulnerabilities');
    const link = await screen.findByRole('link', { name: 'CVE-2021-44228' });
    const row = within(link.closest('tr') as HTMLElement);
    for (const text of [
      'Critical',
      '10.0',
      '1,204',
      'KEV, past due',
      'PRIO',
      'ACK',
      'FP requested',
      'In progress',
      'Fixable',
    ]) {
      expect(row.getByText(text)).toBeTruthy();
    }
    expect(row.getByText(/94\.4%/)).toBeTruthy();
    expect(screen.getByRole('columnheader', { name: /Severity/ }).getAttribute('aria-sort')).toBe('descending');
  });

  it('asks what the address says, with the scope', async () => {
    const asked = questions();
    await openConsole('/vulnerabilities?severity=4&severity=3&kev=true&cluster=prod-1&ns=checkout&page=2&sort_by=cvss');
    await screen.findByRole('link', { name: 'CVE-2021-44228' });
    expect(asked[0]?.getAll('severity')).toEqual(['4', '3']);
    expect(Object.fromEntries(asked[0] ?? [])).toMatchObject({
      kev: 'true',
      cluster: 'prod-1',
      namespace: 'checkout',
      page: '2',
      sort_by: 'cvss',
    });
    expect(asked[0]?.has('ns')).toBe(false);
  });

  it('puts what is typed into the address once typing pauses, and begins at the first page', async () => {
    const asked = questions();
    const { address } = await openConsole('/vulnerabilities?page=3&cluster=prod-1');
    await screen.findByRole('link', { name: 'CVE-2021-44228' });
    await userEvent.type(screen.getByRole('textbox', { name: 'Search CVE, component, image or deployment' }), 'log4j');
    await waitFor(() => expect(address()).toBe('/vulnerabilities?cluster=prod-1&search=log4j'));
    await waitFor(() => expect(asked.at(-1)?.get('search')).toBe('log4j'));
    expect(asked.filter((one) => one.get('search') === 'lo')).toEqual([]);
  });

  it('gives every filter a chip, and every chip a way out', async () => {
    const { address } = await openConsole('/vulnerabilities?severity=4&component=curl&page_size=20');
    await userEvent.click(await screen.findByRole('button', { name: 'Remove filter: Severity: Critical' }));
    await waitFor(() => expect(address()).toBe('/vulnerabilities?component=curl&page_size=20'));
    await userEvent.click(screen.getByRole('button', { name: 'Clear all filters' }));
    await waitFor(() => expect(address()).toBe('/vulnerabilities?page_size=20'));
  });

  it('sorts by a heading, in the address', async () => {
    const { address } = await openConsole('/vulnerabilities?page=2');
    await screen.findByRole('link', { name: 'CVE-2021-44228' });
    await userEvent.click(screen.getByRole('button', { name: 'EPSS' }));
    await waitFor(() => expect(address()).toBe('/vulnerabilities?sort_by=epss_probability&sort_desc=true'));
  });

  it('tells everyone but the security team which thresholds hold', async () => {
    hub.use(http.get('*/api/auth/me', () => HttpResponse.json(teamMember)));
    await openConsole('/vulnerabilities');
    expect(await screen.findByText(/CVSS of at least 4\.0 and an EPSS of at least 1%/)).toBeTruthy();
  });

  it('keeps the scope on the way to a CVE', async () => {
    const { address } = await openConsole('/vulnerabilities?cluster=prod-1&ns=checkout&kev=true');
    await userEvent.click(await screen.findByRole('link', { name: 'CVE-2021-44228' }));
    await waitFor(() => expect(address()).toBe('/vulnerabilities/CVE-2021-44228?cluster=prod-1&ns=checkout'));
  });

  it('names the filters that the view by image does not know', async () => {
    await openConsole('/vulnerabilities?view=image&deployment=web');
    expect(await screen.findByText(/Without effect in the view by image: Deployment/)).toBeTruthy();
  });
});

describe('what the list says when it shows nothing', () => {
  it('is loading: grey rows and no word about the result', async () => {
    hub.use(
      http.get('*/api/cves', async () => {
        await delay(400);
        return HttpResponse.json(pageOf([]));
      }),
    );
    await openConsole('/vulnerabilities');
    expect((await screen.findByRole('grid', { name: 'Loading…' })).getAttribute('aria-busy')).toBe('true');
    expect(screen.queryByText('Nothing matches')).toBeNull();
    expect(await screen.findByText('No vulnerabilities here')).toBeTruthy();
  });

  it('is empty: nothing matches, and a search for one id can be asked why', async () => {
    hub.use(http.get('*/api/cves', () => HttpResponse.json(pageOf([]))));
    await openConsole('/vulnerabilities?search=cve-2019-12345');
    expect(await screen.findByText('Nothing matches')).toBeTruthy();
    await userEvent.click(screen.getByRole('button', { name: 'Why can I not see it?' }));
    expect(await screen.findByText('Its CVSS score 3.1 is below the threshold 4.0.')).toBeTruthy();
    expect(screen.getByText(/a priority or a risk acceptance shows the CVE all the same/)).toBeTruthy();
  });

  it('does not offer that for other words', async () => {
    hub.use(http.get('*/api/cves', () => HttpResponse.json(pageOf([]))));
    await openConsole('/vulnerabilities?search=openssl');
    await screen.findByText('Nothing matches');
    expect(screen.queryByRole('button', { name: 'Why can I not see it?' })).toBeNull();
  });

  it('could not look: says that this is not an empty result, how old the data is, and tries again', async () => {
    hub.use(
      http.get('*/api/cves', () => refusal(503, 'stackrox_unavailable', 'StackRox is away', 'Check the role.'), {
        once: true,
      }),
    );
    await openConsole('/vulnerabilities');
    expect(await screen.findByText('We could not look')).toBeTruthy();
    expect(screen.getByText(/not an empty result/)).toBeTruthy();
    expect(await screen.findByText(/The last data the hub could read is from Nov 21, 2026/)).toBeTruthy();
    for (const text of ['StackRox is away', 'Check the role.', 'stackrox_unavailable', 'req-42'])
      expect(screen.getByText(text)).toBeTruthy();
    expect(screen.queryByText('Nothing matches')).toBeNull();
    await userEvent.click(screen.getByRole('button', { name: 'Try again' }));
    expect(await screen.findByRole('link', { name: 'CVE-2021-44228' })).toBeTruthy();
  });

  it.each([
    [500, 'internal', 'Something went wrong on our side'],
    [422, 'validation', 'The hub did not accept this question'],
    [403, 'no_access', 'You may not see this'],
    [429, 'rate_limited', 'Too many questions at once'],
  ])('failed with %i: says so with code and request', async (status, code, title) => {
    hub.use(http.get('*/api/cves', () => refusal(status, code)));
    await openConsole('/vulnerabilities');
    expect(await screen.findByText(title)).toBeTruthy();
    expect(screen.getByText(code)).toBeTruthy();
    expect(screen.getByText('req-42')).toBeTruthy();
  });

  it('is not signed in: shows the way in instead of any page', async () => {
    hub.use(http.get('*/api/auth/me', () => refusal(401, 'unauthenticated')));
    await openConsole('/vulnerabilities');
    expect(await screen.findByRole('heading', { level: 1, name: 'You are not signed in' })).toBeTruthy();
    expect(screen.queryByRole('heading', { name: 'Vulnerabilities' })).toBeNull();
  });

  it('is out of reach: says that nothing is known', async () => {
    hub.use(http.get('*/api/cves', () => HttpResponse.error()));
    await openConsole('/vulnerabilities');
    expect(await screen.findByText('The hub cannot be reached', undefined, { timeout: 5000 })).toBeTruthy();
  });

  it('ends before this page: leads back to the first', async () => {
    hub.use(http.get('*/api/cves', () => HttpResponse.json(pageOf([], 12))));
    const { address } = await openConsole('/vulnerabilities?page=9');
    await userEvent.click(await screen.findByRole('button', { name: 'To the first page' }));
    await waitFor(() => expect(address()).toBe('/vulnerabilities'));
  });
});
