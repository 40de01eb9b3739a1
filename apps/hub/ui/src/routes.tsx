/** Every address of the console, and what its search parameters mean. Pages are loaded when they are opened. */
import {
  createBrowserHistory,
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  redirect,
  retainSearchParams,
  type RouterHistory,
} from '@tanstack/react-router';
import { readAdmissionSearch } from './admission/search.ts';
import { readDetailSearch } from './cves/detail-search.ts';
import { readListSearch } from './cves/search.ts';
import { PageFault, PageLoading } from './page-fallbacks.tsx';
import { parseSearch, stringifySearch } from './search-string.ts';
import { NotFoundPage } from './shell/not-found-page.tsx';
import { readScope, type Scope } from './shell/scope.ts';
import { Shell } from './shell/shell.tsx';

const root = createRootRoute({
  component: Shell,
  notFoundComponent: NotFoundPage,
  validateSearch: (raw: Record<string, unknown>): Scope => readScope(raw),
  // Scope follows every link; nothing else does.
  search: { middlewares: [retainSearchParams(['cluster', 'ns'])] },
});

const home = createRoute({
  getParentRoute: () => root,
  path: '/',
  beforeLoad: () => {
    throw redirect({ to: '/dashboard', replace: true });
  },
});

const dashboard = createRoute({
  getParentRoute: () => root,
  path: '/dashboard',
  component: lazyRouteComponent(() => import('./dashboard/dashboard-page.tsx'), 'DashboardPage'),
});

const list = createRoute({
  getParentRoute: () => root,
  path: '/vulnerabilities',
  validateSearch: readListSearch,
  component: lazyRouteComponent(() => import('./cves/list-page.tsx'), 'ListPage'),
});

const detail = createRoute({
  getParentRoute: () => root,
  path: '/vulnerabilities/$cveId',
  validateSearch: readDetailSearch,
  component: lazyRouteComponent(() => import('./cves/detail-page.tsx'), 'DetailPage'),
});

/** `name`: one digest may run under several names; links say which one was meant. */
const image = createRoute({
  getParentRoute: () => root,
  path: '/images/$imageId',
  validateSearch: (raw: Record<string, unknown>): { name?: string } => {
    const name = raw['name'];
    return typeof name === 'string' && name !== '' && name.length <= 1024 ? { name } : {};
  },
  component: lazyRouteComponent(() => import('./images/image-page.tsx'), 'ImagePage'),
});

const source = createRoute({
  getParentRoute: () => root,
  path: '/source',
  component: lazyRouteComponent(() => import('./source/source-page.tsx'), 'SourcePage'),
});

const admission = createRoute({
  getParentRoute: () => root,
  path: '/admission',
  validateSearch: readAdmissionSearch,
  component: lazyRouteComponent(() => import('./admission/admission-page.tsx'), 'AdmissionPage'),
});

/** `in`: the cluster, because ids of requests are unique in theirs only. */
const decision = createRoute({
  getParentRoute: () => root,
  path: '/admission/$uid',
  validateSearch: (raw: Record<string, unknown>): { in?: string } => {
    const cluster = raw['in'];
    return typeof cluster === 'string' && cluster !== '' && cluster.length <= 255 ? { in: cluster } : {};
  },
  component: lazyRouteComponent(() => import('./admission/decision-page.tsx'), 'DecisionPage'),
});

const trial = createRoute({
  getParentRoute: () => root,
  path: '/try',
  component: lazyRouteComponent(() => import('./trials/trial-page.tsx'), 'TrialPage'),
});

// Addresses in mails that were sent before the console spoke English.
const legacyDetail = createRoute({
  getParentRoute: () => root,
  path: '/schwachstellen/$cveId',
  beforeLoad: ({ params }) => {
    throw redirect({ to: '/vulnerabilities/$cveId', params, replace: true });
  },
});
const legacyList = createRoute({ getParentRoute: () => root, path: '/schwachstellen', beforeLoad: toList });

const routeTree = root.addChildren([
  home,
  dashboard,
  list,
  detail,
  image,
  admission,
  decision,
  trial,
  source,
  legacyDetail,
  legacyList,
]);

function toList(): never {
  throw redirect({ to: '/vulnerabilities', replace: true });
}

/** Builds the router. Tests pass a history in memory. */
export function createConsoleRouter(history: RouterHistory = createBrowserHistory()) {
  return createRouter({
    routeTree,
    history,
    parseSearch,
    stringifySearch,
    defaultPreload: 'intent',
    defaultPendingComponent: PageLoading,
    defaultErrorComponent: PageFault,
    defaultNotFoundComponent: NotFoundPage,
    scrollRestoration: true,
  });
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createConsoleRouter>;
  }
}
