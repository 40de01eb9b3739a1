import { act, screen, waitFor } from '@testing-library/react';
import { userEvent } from '@testing-library/user-event';
import { http, HttpResponse } from 'msw';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { openConsole, startHub } from '../testing/console.tsx';
import { DrivenEventSource } from '../testing/event-source.ts';
import { log4shell, pageOf, quietSource } from '../testing/hub.ts';

const hub = startHub();

beforeEach(() => {
  DrivenEventSource.opened = [];
  vi.stubGlobal('EventSource', DrivenEventSource);
  return () => vi.unstubAllGlobals();
});

/** A hub whose data changes when the test says so; the list shows which version it is from. */
function changingHub() {
  const state = { version: 7, asked: 0 };
  hub.use(
    http.get('*/api/source', () => HttpResponse.json({ ...quietSource, version: state.version })),
    http.get('*/api/cves', () => {
      state.asked += 1;
      return HttpResponse.json(pageOf([{ ...log4shell, affected_images: state.version * 1000 }], 204));
    }),
  );
  return state;
}

async function newVersion(state: { version: number }): Promise<void> {
  // The console knows which version it shows before there is another.
  await screen.findByText(/^As of/, undefined, { timeout: 5000 });
  await waitFor(() => expect(DrivenEventSource.last).toBeDefined());
  state.version += 1;
  act(() => {
    DrivenEventSource.last?.accept();
    DrivenEventSource.last?.say('source', { version: state.version, state: 'current', data_as_of: null });
  });
}

describe('a list while the data changes', () => {
  it('shows the new data at once where nobody is at it', async () => {
    const state = changingHub();
    await openConsole('/vulnerabilities');
    await screen.findByText('7,000', undefined, { timeout: 5000 });
    await newVersion(state);
    expect(await screen.findByText('8,000')).toBeTruthy();
    expect(screen.queryByRole('button', { name: /New data is here/ })).toBeNull();
  });

  it('stands still under a selection, says quietly that there is more, and shows it when asked', async () => {
    const state = changingHub();
    await openConsole('/vulnerabilities');
    await userEvent.click(await screen.findByRole('checkbox', { name: 'Select CVE-2021-44228' }));
    const asked = state.asked;
    await newVersion(state);
    const notice = await screen.findByRole('button', { name: 'New data is here – show it' });
    expect(notice.closest('[aria-live]')?.getAttribute('aria-live')).toBe('polite');
    expect(screen.getByText('7,000')).toBeTruthy();
    expect(state.asked).toBe(asked);
    await userEvent.click(notice);
    expect(await screen.findByText('8,000')).toBeTruthy();
    expect(screen.queryByRole('button', { name: /New data is here/ })).toBeNull();
    expect(screen.getByText('1 selected')).toBeTruthy();
  });

  it('stands still while the keyboard is on a row', async () => {
    const state = changingHub();
    await openConsole('/vulnerabilities');
    await screen.findByText('7,000', undefined, { timeout: 5000 });
    vi.spyOn(document, 'hasFocus').mockReturnValue(true);
    await userEvent.keyboard('j');
    await newVersion(state);
    expect(await screen.findByRole('button', { name: /New data is here/ })).toBeTruthy();
    expect(screen.getByText('7,000')).toBeTruthy();
  });

  it('answers another question with the new data, without a notice', async () => {
    const state = changingHub();
    await openConsole('/vulnerabilities');
    await userEvent.click(await screen.findByRole('checkbox', { name: 'Select CVE-2021-44228' }));
    await newVersion(state);
    await screen.findByRole('button', { name: /New data is here/ });
    await userEvent.click(screen.getByRole('switch', { name: 'Fixable' }));
    expect(await screen.findByText('8,000')).toBeTruthy();
    expect(screen.queryByRole('button', { name: /New data is here/ })).toBeNull();
  });

  it('in a demo is told of by the person it is looked at as', async () => {
    localStorage.setItem('dev-person', 'demo-payments');
    hub.use(
      http.get('*/api/dev/people', () => HttpResponse.json([{ id: 'demo-payments', name: 'P', description: '' }])),
    );
    changingHub();
    await openConsole('/vulnerabilities');
    await waitFor(() => expect(DrivenEventSource.last?.url).toBe('/api/events?dev_person=demo-payments'));
  });
});
