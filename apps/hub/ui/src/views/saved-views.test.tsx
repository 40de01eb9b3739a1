import type { SavedView, SavedViewWrite } from '@pratique/hub/contract';
import { screen, waitFor } from '@testing-library/react';
import { userEvent } from '@testing-library/user-event';
import { http, HttpResponse } from 'msw';
import { describe, expect, it } from 'vitest';
import { openConsole, startHub } from '../testing/console.tsx';
import { refusal } from '../testing/hub.ts';

const hub = startHub();
const id = '0b0e8d6e-3f3f-4c3e-9b1e-2f1d3a4b5c6d';
const other = '1c0e8d6e-3f3f-4c3e-9b1e-2f1d3a4b5c6d';
const times = { created_at: '2026-11-21T00:00:00Z', updated_at: '2026-11-21T00:00:00Z' };

/** A hub that keeps views in memory, as the contract says. */
function keepViews(kept: SavedView[]): SavedView[] {
  const found = (wanted: unknown) => kept.findIndex((view) => view.id === wanted);
  hub.use(
    http.get('*/api/views', () => HttpResponse.json(kept)),
    http.post('*/api/views', async ({ request }) => {
      const write = (await request.json()) as SavedViewWrite;
      if (kept.some((view) => view.name === write.name))
        return refusal(409, 'conflict', 'You already have a view of this name.', 'Choose another name.');
      const view = { id: other, ...write, ...times };
      kept.push(view);
      return HttpResponse.json(view, { status: 201 });
    }),
    http.put('*/api/views/:id', async ({ request, params }) => {
      const view = { id: String(params['id']), ...((await request.json()) as SavedViewWrite), ...times };
      kept[found(view.id)] = view;
      return HttpResponse.json(view);
    }),
    http.delete('*/api/views/:id', ({ params }) => {
      kept.splice(found(params['id']), 1);
      return new HttpResponse(null, { status: 204 });
    }),
  );
  return kept;
}

const urgent: SavedView = { id, name: 'Urgent', search: 'kev=true&ns=payments', ...times };

async function openMenu(name: RegExp | string = 'Saved views'): Promise<void> {
  await userEvent.click(await screen.findByRole('button', { name }));
}

async function choose(name: string): Promise<void> {
  await userEvent.click(await screen.findByRole('menuitem', { name }));
}

describe('saved views', () => {
  it('are not offered by a hub that keeps none', async () => {
    await openConsole('/vulnerabilities');
    await screen.findByRole('link', { name: 'CVE-2021-44228' });
    expect(screen.queryByRole('button', { name: 'Saved views' })).toBeNull();
  });

  it('are applied with their scope, and the active one is named', async () => {
    keepViews([urgent]);
    const { address } = await openConsole('/vulnerabilities?cluster=prod-1&fixable=true&page=3');
    await openMenu();
    await choose('Urgent');
    await waitFor(() => expect(new URLSearchParams(address().split('?')[1]).get('saved')).toBe(id));
    const now = new URLSearchParams(address().split('?')[1]);
    expect(Object.fromEntries(now)).toEqual({ kev: 'true', ns: 'payments', saved: id });
    expect(await screen.findByRole('button', { name: 'Saved view: Urgent' })).toBeTruthy();
  });

  it('say when the list shows something else by now, and take it over', async () => {
    const kept = keepViews([urgent]);
    await openConsole(`/vulnerabilities?kev=true&ns=payments&fixable=true&saved=${id}`);
    await openMenu('Saved view: Urgent (changed)');
    await choose('Update “Urgent”');
    await waitFor(() => expect(kept[0]?.search).toContain('fixable=true'));
    expect(await screen.findByRole('button', { name: 'Saved view: Urgent' })).toBeTruthy();
  });

  it('keep filters, scope, columns and density under a new name, and become active', async () => {
    localStorage.setItem('app-list-look:ada', JSON.stringify({ columns: ['cve', 'os'], density: 'comfortable' }));
    const kept = keepViews([]);
    const { address } = await openConsole('/vulnerabilities?severity=4&cluster=prod-1&page=2');
    await openMenu();
    await choose('Save as a new view…');
    await userEvent.type(await screen.findByRole('textbox', { name: /Name/ }), 'Mine');
    await userEvent.click(screen.getByRole('button', { name: 'Save' }));
    await waitFor(() => expect(kept).toHaveLength(1));
    expect(kept[0]).toMatchObject({
      name: 'Mine',
      search: 'cluster=prod-1&columns=cve&columns=os&density=comfortable&severity=4',
    });
    await waitFor(() => expect(address()).toContain(`saved=${other}`));
  });

  it('say in words what the hub does not accept, and keep what was typed', async () => {
    keepViews([urgent]);
    await openConsole('/vulnerabilities?severity=4');
    await openMenu();
    await choose('Save as a new view…');
    await userEvent.type(await screen.findByRole('textbox', { name: /Name/ }), 'Urgent');
    await userEvent.click(screen.getByRole('button', { name: 'Save' }));
    expect(await screen.findByText('You already have a view of this name.')).toBeTruthy();
    expect(screen.getByText('Choose another name.')).toBeTruthy();
    expect((screen.getByRole('textbox', { name: /Name/ }) as HTMLInputElement).value).toBe('Urgent');
  });

  it('get another name without changing what they hold', async () => {
    const kept = keepViews([{ ...urgent }]);
    await openConsole(`/vulnerabilities?kev=true&ns=payments&fixable=true&saved=${id}`);
    await openMenu(/^Saved view: Urgent/);
    await choose('Rename…');
    const name = await screen.findByRole('textbox', { name: /Name/ });
    await userEvent.clear(name);
    await userEvent.type(name, 'Most urgent{Enter}');
    await waitFor(() => expect(kept[0]).toMatchObject({ name: 'Most urgent', search: urgent.search }));
  });

  it('are deleted only when confirmed; the filters stay', async () => {
    const kept = keepViews([{ ...urgent }]);
    const { address } = await openConsole(`/vulnerabilities?kev=true&ns=payments&saved=${id}`);
    await openMenu('Saved view: Urgent');
    await choose('Delete view');
    await screen.findByText('Delete the view “Urgent”?', { exact: false });
    expect(kept).toHaveLength(1);
    await userEvent.click(screen.getByRole('button', { name: 'Delete view' }));
    await waitFor(() => expect(kept).toHaveLength(0));
    await waitFor(() => expect(address()).toBe('/vulnerabilities?ns=payments&kev=true'));
  });
});
