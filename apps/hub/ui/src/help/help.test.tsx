import { screen, waitFor, within } from '@testing-library/react';
import { userEvent } from '@testing-library/user-event';
import { http, HttpResponse } from 'msw';
import { describe, expect, it } from 'vitest';
import { openConsole, startHub } from '../testing/console.tsx';
import { refusal, teamMember } from '../testing/hub.ts';

const hub = startHub();
const newcomer = { ...teamMember, onboarding_completed: false };

function arrive(
  me: object,
  answer: () => Response = () => HttpResponse.json({ ok: true }),
): { readonly told: string[] } {
  const told: string[] = [];
  hub.use(
    http.get('*/api/auth/me', () => HttpResponse.json(me)),
    http.patch('*/api/auth/onboarding', ({ request }) => {
      told.push(request.method);
      return answer();
    }),
  );
  return { told };
}

describe('the first visit', () => {
  it('welcomes a new person with four steps, once', async () => {
    const { told } = arrive(newcomer);
    await openConsole('/vulnerabilities');
    const dialog = within(await screen.findByRole('dialog', { name: 'Welcome to Pratique' }, { timeout: 5_000 }));
    expect(dialog.getAllByRole('listitem')).toHaveLength(4);
    expect(dialog.getByText(/in your namespaces/)).toBeTruthy();
    await userEvent.click(dialog.getByRole('button', { name: 'Not now' }));
    await waitFor(() => expect(told).toEqual(['PATCH']));
    expect(screen.queryByRole('dialog')).toBeNull();
  });

  it('tells the security team something else', async () => {
    arrive({ ...newcomer, is_sec_team: true, role: 'sec_team' });
    await openConsole('/vulnerabilities');
    expect(await screen.findByText(/in the whole fleet, and where they matter most/)).toBeTruthy();
  });

  it('lets a person in even where the hub cannot remember that they were welcomed', async () => {
    arrive(newcomer, () => refusal(503, 'app_db_unavailable'));
    await openConsole('/vulnerabilities');
    await userEvent.click(await screen.findByRole('button', { name: 'Not now' }));
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
    expect(await screen.findByRole('link', { name: 'CVE-2021-44228' })).toBeTruthy();
  });

  it('leaves alone who has been here before', async () => {
    await openConsole('/vulnerabilities');
    expect(await screen.findByRole('link', { name: 'CVE-2021-44228' })).toBeTruthy();
    expect(screen.queryByRole('dialog')).toBeNull();
  });
});

describe('the guided tour', () => {
  it('is walked by keyboard from the first step to the last, and begins again from the help button', async () => {
    await openConsole('/vulnerabilities');
    const user = userEvent.setup();
    const help = await screen.findByRole('button', { name: 'Show me around' });
    await user.click(help);
    const steps = Number(/of (\d+)/.exec((await screen.findByText(/^Step 1 of \d+$/)).textContent ?? '')?.[1]);
    expect(steps).toBeGreaterThanOrEqual(6);
    for (let step = 2; step <= steps; step += 1) {
      await waitFor(() => expect(document.activeElement?.id).toBe('app-tour-next'));
      await user.keyboard('{Enter}');
      expect(await screen.findByText(`Step ${step} of ${steps}`)).toBeTruthy();
    }
    await user.click(screen.getByRole('button', { name: 'Back' }));
    expect(await screen.findByText(`Step ${steps - 1} of ${steps}`)).toBeTruthy();
    await user.keyboard('{Escape}');
    await waitFor(() => expect(screen.queryByText(/^Step \d+ of/)).toBeNull());
    expect(document.querySelector('.app-tour-target')).toBeNull();
    await user.click(help);
    expect(await screen.findByText(`Step 1 of ${steps}`)).toBeTruthy();
  });

  it('has steps for pages this person has, and says what concerns them', async () => {
    arrive({ ...teamMember });
    await openConsole('/vulnerabilities');
    await userEvent.click(await screen.findByRole('button', { name: 'Show me around' }));
    expect(await screen.findByText(/The three bars at the top/)).toBeTruthy();
    expect(document.querySelector('.pf-v6-c-nav a[href^="/source"]')).toBeNull();
  });

  it('speaks the new language in the middle of a step', async () => {
    const { view } = await openConsole('/vulnerabilities');
    await userEvent.click(await screen.findByRole('button', { name: 'Show me around' }));
    expect(await screen.findByText('Finding your way')).toBeTruthy();
    await userEvent.click(within(view.container).getByRole('button', { name: 'Language: English', hidden: true }));
    await userEvent.click(await screen.findByRole('option', { name: 'Deutsch', hidden: true }));
    expect(await screen.findByText('Sich zurechtfinden')).toBeTruthy();
    expect(screen.getByText(/^Schritt 1 von \d+$/)).toBeTruthy();
  });
});
