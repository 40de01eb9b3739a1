import '@patternfly/react-core/dist/styles/base.css';
import './design/design.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app.tsx';
import { startTranslation } from './i18n/start.ts';

const translation = await startTranslation();
const root = document.getElementById('root');
if (root === null) throw new Error('index.html has no #root');
createRoot(root).render(
  <StrictMode>
    <App translation={translation} />
  </StrictMode>,
);
