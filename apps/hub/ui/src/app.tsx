import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import type { i18n } from 'i18next';
import { useState } from 'react';
import { I18nextProvider } from 'react-i18next';
import { ApiError } from './api-error.ts';
import { ApiProvider, createApi } from './api.ts';
import { devPerson } from './preferences.ts';
import type { createConsoleRouter } from './routes.tsx';

interface AppProps {
  readonly translation: i18n;
  readonly router: ReturnType<typeof createConsoleRouter>;
}

/** The console: translation, the client of the hub, its cache, and the pages. */
export function App({ translation, router }: AppProps) {
  const [queries] = useState(createQueries);
  const [api] = useState(() => createApi({ language: () => translation.language, devPerson }));
  return (
    <I18nextProvider i18n={translation}>
      <ApiProvider value={api}>
        <QueryClientProvider client={queries}>
          <RouterProvider router={router} />
        </QueryClientProvider>
      </ApiProvider>
    </I18nextProvider>
  );
}

/** Answers stay good for 30 s. Only a lost connection is worth a silent second try: every other failure is said. */
export function createQueries(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 30_000,
        networkMode: 'always',
        retry: (count, error) => error instanceof ApiError && error.kind === 'offline' && count < 1,
        retryDelay: 500,
      },
    },
  });
}
