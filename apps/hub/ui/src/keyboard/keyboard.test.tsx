import { screen, waitFor, within } from '@testing-library/react';
import { userEvent } from '@testing-library/user-event';
import { http, HttpResponse } from 'msw';
import { describe, expect, it } from 'vitest';
import { openConsole, startHub } from '../testing/console.tsx';
import { log4shell, pageOf } from '../testing/hub.ts';

const hub = startHub();
const ids = ['CVE-2021-44228', 'CVE-2023-4863', 'CVE-2024-3094'];

async function openList(address = '/vulnerabilities') {
  hub.use(http.get('*/api/cves', () => HttpResponse.json(pageOf(ids.map((cve_id) => ({ ...log4shell, cve_id }))))));
  const console = await openConsole(address);
  await screen.findByRole('link', { name: ids[0] ?? '' });
  return console;
}

function focusedRow(): string | undefined {
  return (document.activeElement as HTMLElement | null)?.dataset['row'];
}

describe('the keyboard of the list', () => {
  it('walks with j and k, and opens with Enter', async () => {
    const { address } = await openList();
    await userEvent.keyboard('j');
    expect(focusedRow()).toBe(ids[0]);
    await userEvent.keyboard('jjj');
    expect(focusedRow()).toBe(ids[2]);
    await userEvent.keyboard('k');
    expect(focusedRow()).toBe(ids[1]);
    await userEvent.keyboard('{Enter}');
    await waitFor(() => expect(address()).toBe('/vulnerabilities/CVE-2023-4863'));
  });

  it('has one tab stop among the rows, which follows the cursor', async () => {
    await openList();
    await userEvent.keyboard('jj');
    const stops = [...document.querySelectorAll<HTMLElement>('[data-row]')].filter((row) => row.tabIndex === 0);
    expect(stops.map((row) => row.dataset['row'])).toEqual([ids[1]]);
  });

  it('selects with x, and tells so', async () => {
    await openList();
    await userEvent.keyboard('jjx');
    expect(await screen.findByText('1 selected')).toBeTruthy();
    expect(screen.getByRole('checkbox', { name: 'Select CVE-2023-4863', checked: true })).toBeTruthy();
    await userEvent.keyboard('x');
    await waitFor(() => expect(screen.queryByText('1 selected')).toBeNull());
  });

  it('goes to the search with / and back to the list with Escape, without typing either', async () => {
    await openList();
    await userEvent.keyboard('/');
    const search = screen.getByRole('textbox', { name: /^Search CVE/ });
    expect(document.activeElement).toBe(search);
    await userEvent.keyboard('jx');
    expect((search as HTMLInputElement).value).toBe('jx');
    await userEvent.keyboard('{Escape}');
    expect(focusedRow()).toBe(ids[0]);
  });

  it('lists every key on ?, and closes that with Escape', async () => {
    await openList();
    await userEvent.keyboard('?');
    const help = within(await screen.findByRole('dialog', { name: /Keyboard shortcuts/ }));
    for (const key of ['/', 'j', 'k', 'Enter', 'x', '?', 'Esc']) expect(help.getByText(key)).toBeTruthy();
    await userEvent.keyboard('{Escape}');
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
  });

  it('can be switched off, which this browser remembers', async () => {
    await openList();
    await userEvent.click(screen.getByRole('button', { name: 'Keyboard shortcuts' }));
    await userEvent.click(await screen.findByRole('switch', { name: 'Single keys are on' }));
    await userEvent.keyboard('{Escape}');
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
    await userEvent.keyboard('j');
    expect(focusedRow()).toBeUndefined();
    expect(localStorage.getItem('app-keys')).toBe('off');
  });
});
