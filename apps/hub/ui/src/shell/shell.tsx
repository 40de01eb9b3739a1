import { Page, SkipToContent } from '@patternfly/react-core';
import { Outlet, useRouterState } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiError } from '../api-error.ts';
import { HelpProvider } from '../help/help.tsx';
import { useLive } from '../live/live.ts';
import { Failure } from '../source/failure.tsx';
import { StaleBanner } from '../source/stale-banner.tsx';
import { ConsoleMasthead } from './masthead.tsx';
import { useMe } from './queries.ts';
import { ConsoleSidebar } from './sidebar.tsx';
import './shell.css';

const mainId = 'main';

/** The frame around every page. */
export function Shell() {
  const { t } = useTranslation();
  useFocusOnNavigation();
  useLive();
  return (
    <HelpProvider>
      <Page
        masthead={<ConsoleMasthead />}
        sidebar={<ConsoleSidebar />}
        skipToContent={<SkipToContent href={`#${mainId}`}>{t('shell.skip')}</SkipToContent>}
        isManagedSidebar
        isContentFilled
        mainContainerId={mainId}
        mainTabIndex={0}
        mainAriaLabel={t('shell.main')}
      >
        <SignedIn />
      </Page>
    </HelpProvider>
  );
}

/** Without a person there is nothing to show but how to become one. Other failures are each page's own. */
function SignedIn() {
  const { error, refetch } = useMe();
  if (error instanceof ApiError && error.kind === 'unauthenticated') {
    return <Failure error={error} retry={() => void refetch()} headingLevel="h1" />;
  }
  return (
    <>
      <StaleBanner />
      <Outlet />
    </>
  );
}

/** After a change of page, once it is drawn, the heading takes the focus, so that screen readers start there. */
function useFocusOnNavigation(): void {
  const path = useRouterState({ select: (state) => state.resolvedLocation?.pathname });
  const shown = useRef(path);
  useEffect(() => {
    const before = shown.current;
    shown.current = path;
    if (before === undefined || before === path) return;
    const main = document.getElementById(mainId);
    main?.scrollTo({ top: 0 });
    const heading = main?.querySelector<HTMLElement>('[data-page-heading]');
    (heading ?? main)?.focus({ preventScroll: true });
  }, [path]);
}
