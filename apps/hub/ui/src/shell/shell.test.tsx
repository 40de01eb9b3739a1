import { screen, waitFor, within } from '@testing-library/react';
import { userEvent } from '@testing-library/user-event';
import { http, HttpResponse } from 'msw';
import { describe, expect, it } from 'vitest';
import { openConsole, startHub } from '../testing/console.tsx';
import { refusal, teamMember } from '../testing/hub.ts';

const hub = startHub();

describe('the frame around every page', () => {
  it('keeps the namespace only where it exists in the chosen cluster', async () => {
    const { address } = await openConsole('/vulnerabilities?ns=checkout&page=4');
    await userEvent.click(await screen.findByRole('button', { name: 'Cluster: All clusters', hidden: true }));
    await userEvent.click(await screen.findByRole('option', { name: 'prod-2' }));
    await waitFor(() => expect(address()).toBe('/vulnerabilities?cluster=prod-2'));
  });

  it('shows a scope that the hub does not know instead of hiding it', async () => {
    await openConsole('/vulnerabilities?cluster=gone');
    expect(await screen.findByRole('button', { name: 'Cluster: gone', hidden: true })).toBeTruthy();
  });

  it('moves the focus to the heading of the page that was opened', async () => {
    await openConsole('/vulnerabilities');
    await userEvent.click(await screen.findByRole('link', { name: 'CVE-2021-44228' }));
    const heading = await screen.findByRole('heading', { level: 1, name: 'CVE-2021-44228' });
    await waitFor(() => expect(document.activeElement).toBe(heading));
  });

  it('says how old the figures are, and warns with the reason when they are too old', async () => {
    const stale = {
      state: 'stale',
      data_as_of: '2020-01-02T03:04:00Z',
      version: 7,
      last_poll_at: null,
      problem: {
        code: 'central-unreachable',
        message: 'central-db does not answer.',
        hint: 'Check the network policy.',
      },
    };
    hub.use(http.get('*/api/source', () => HttpResponse.json(stale)));
    await openConsole('/vulnerabilities');
    expect(await screen.findByText(/newer ones could not be read/)).toBeTruthy();
    // Nothing but a known code is put into words here: what the hub met stands on the page of the source.
    expect(screen.getByText(/StackRox could not be read the last time\./)).toBeTruthy();
    expect(screen.queryByText(/central-db does not answer/)).toBeNull();
    expect(screen.getByText(/There is nothing for you to do|What to do/)).toBeTruthy();
    expect(screen.getByRole('button', { name: /As of Jan 2, 2020/, hidden: true })).toBeTruthy();
  });
});

describe('looking as somebody else', () => {
  it('is offered in a demo only', async () => {
    await openConsole('/vulnerabilities');
    expect(await screen.findByText('Ada')).toBeTruthy();
    expect(screen.queryByText('Demo')).toBeNull();
  });

  it('asks everything again as that person', async () => {
    const people = [
      { id: 'ada', name: 'Ada', role: 'sec_team', namespaces: '*', description: '' },
      { id: 'tom', name: 'Tom', role: 'team_member', namespaces: 'checkout:prod-1', description: '' },
    ];
    const seen: (string | null)[] = [];
    hub.use(
      http.get('*/api/dev/people', () => HttpResponse.json(people)),
      http.get('*/api/cves', ({ request }) => {
        seen.push(request.headers.get('x-dev-person'));
        return refusal(403, 'no_access');
      }),
      http.get('*/api/auth/me', ({ request }) =>
        request.headers.get('x-dev-person') === 'tom' ? HttpResponse.json(teamMember) : undefined,
      ),
    );
    await openConsole('/vulnerabilities');
    await userEvent.click(await screen.findByRole('button', { name: 'Look as: Ada' }));
    await userEvent.click(await screen.findByRole('option', { name: /Tom/ }));
    expect(await screen.findByRole('button', { name: 'Look as: Tom' })).toBeTruthy();
    await waitFor(() => expect(seen.at(-1)).toBe('tom'));
    expect(seen[0]).toBeNull();
  });
});

describe('changing the language', () => {
  it('changes every text, the document and what is remembered', async () => {
    await openConsole('/vulnerabilities');
    await userEvent.click(await screen.findByRole('button', { name: 'Language: English' }));
    await userEvent.click(await screen.findByRole('option', { name: 'Español' }));
    const main = within(await screen.findByRole('main'));
    expect(await main.findByRole('heading', { level: 1, name: 'Vulnerabilidades' })).toBeTruthy();
    expect(document.documentElement.lang).toBe('es');
    expect(localStorage.getItem('app-language')).toBe('es');
  });
});
