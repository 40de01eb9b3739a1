/** The whole console at an address, against a hub that answers from fixtures. */
import { QueryClientProvider } from '@tanstack/react-query';
import { createMemoryHistory, RouterProvider } from '@tanstack/react-router';
import { cleanup, configure, render } from '@testing-library/react';
import { setupServer } from 'msw/node';
import { I18nextProvider } from 'react-i18next';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { ApiProvider, createApi } from '../api.ts';
import { createQueries } from '../app.tsx';
import { startTranslation } from '../i18n/start.ts';
import { devPerson, type Language } from '../preferences.ts';
import { createConsoleRouter } from '../routes.tsx';
import { quietHub } from './hub.ts';

// Each page is a module that its first test waits for: a second is too short on a busy machine.
configure({ asyncUtilTimeout: 8_000 });

/** Starts the fixture hub for one test file; `hub.use(…)` changes answers for one test. */
export function startHub() {
  const hub = setupServer(...quietHub);
  beforeAll(() => hub.listen({ onUnhandledFrame: 'error' }));
  afterEach(() => {
    cleanup();
    hub.resetHandlers();
    localStorage.clear();
  });
  afterAll(() => hub.close());
  return hub;
}

/** Opens the console at an address and gives back the router, whose location is the address bar. */
export async function openConsole(address: string, language: Language = 'en') {
  const translation = await startTranslation(language);
  const api = createApi({ language: () => translation.language, devPerson });
  const router = createConsoleRouter(createMemoryHistory({ initialEntries: [address] }));
  const view = render(
    <I18nextProvider i18n={translation}>
      <ApiProvider value={api}>
        <QueryClientProvider client={createQueries()}>
          <RouterProvider router={router} />
        </QueryClientProvider>
      </ApiProvider>
    </I18nextProvider>,
  );
  return { router, view, address: () => router.state.location.href };
}
