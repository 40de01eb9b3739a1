import '@patternfly/react-core/dist/styles/base.css';
import './design/design.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app.tsx';
import { startTranslation } from './i18n/start.ts';
import { createConsoleRouter } from './routes.tsx';

void start();

/**
 * The words and the page that is asked for come side by side, so that the first thing drawn is that page. Not awaited at
 * the top of the module: pages import from the file that this module is built into, and would wait for it for ever.
 */
async function start(): Promise<void> {
  const router = createConsoleRouter();
  const [translation] = await Promise.all([startTranslation(), router.load()]);
  const root = document.getElementById('root');
  if (root === null) throw new Error('index.html has no #root');
  createRoot(root).render(
    <StrictMode>
      <App translation={translation} router={router} />
    </StrictMode>,
  );
}
