import type { QueryClient } from '@tanstack/react-query';
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
} from '@tanstack/react-router';
import type { i18n } from 'i18next';
import { ApiError, isServerUp } from './api/client.ts';
import { rememberedLanguage, setLanguage } from './i18n/i18n.ts';
import type { Condition } from './model/types.ts';
import { meQuery, modelQuery } from './model/use-model.ts';
import { ErrorPage, NotFoundPage } from './shell/error-page.tsx';
import { LoadingPage } from './shell/loading-page.tsx';

interface RouterContext {
  readonly client: QueryClient;
  readonly i18n: i18n;
}

/** What a list shows, all of it in the address, so that it can be sent to a colleague. */
export interface ListSearch {
  readonly filter?: Condition;
  readonly sort?: string;
  readonly q?: string;
}

const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value ? value : typeof value === 'number' ? String(value) : undefined;

export function parseListSearch(search: Record<string, unknown>): ListSearch {
  const { filter } = search;
  const sort = text(search['sort']);
  const q = text(search['q']);
  return {
    ...(typeof filter === 'object' && filter !== null && !Array.isArray(filter) ? { filter: filter as Condition } : {}),
    ...(sort ? { sort } : {}),
    ...(q ? { q } : {}),
  };
}

const RETRY_MS = 2000;

/** A page whose code cannot be fetched while the connection is lost waits for it; the router would reload into nothing. */
const patiently =
  <Page,>(load: () => Promise<Page>) =>
  async (): Promise<Page> => {
    for (;;) {
      try {
        return await load();
      } catch (error) {
        if (await isServerUp()) throw error;
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
  };

const root = createRootRouteWithContext<RouterContext>()({ component: Outlet });

const login = createRoute({
  getParentRoute: () => root,
  path: 'login',
  validateSearch: (search): { to?: string } => {
    const to = text(search['to']);
    // Only a place inside this application: never an address somebody put into a link.
    return to && /^\/(?!\/)/.test(to) ? { to } : {};
  },
  component: lazyRouteComponent(
    patiently(() => import('./shell/login-page.tsx')),
    'LoginPage',
  ),
});

const frame = createRoute({
  getParentRoute: () => root,
  id: 'frame',
  beforeLoad: async ({ context, location }) => {
    try {
      const { user } = await context.client.ensureQueryData(meQuery);
      const language = rememberedLanguage(user.id) ?? user.language;
      if (language) await setLanguage(context.i18n, language);
    } catch (error) {
      if (error instanceof ApiError && error.status === 401)
        throw redirect({ to: '/login', search: { to: location.href } });
      throw error;
    }
  },
  loader: ({ context }) => context.client.ensureQueryData(modelQuery),
  component: lazyRouteComponent(
    patiently(() => import('./shell/frame.tsx')),
    'Frame',
  ),
});

const home = createRoute({
  getParentRoute: () => frame,
  path: '/',
  component: lazyRouteComponent(
    patiently(() => import('./views/tasks/tasks-page.tsx')),
    'TasksPage',
  ),
});

const listRoute = createRoute({
  getParentRoute: () => frame,
  path: 'list/$view',
  validateSearch: parseListSearch,
  component: lazyRouteComponent(
    patiently(() => import('./views/list/list-page.tsx')),
    'ListPage',
  ),
});

const board = createRoute({
  getParentRoute: () => frame,
  path: 'board/$view',
  validateSearch: parseListSearch,
  component: lazyRouteComponent(
    patiently(() => import('./views/board/board-page.tsx')),
    'BoardPage',
  ),
});

const reports = createRoute({
  getParentRoute: () => frame,
  path: 'reports',
  component: lazyRouteComponent(
    patiently(() => import('./views/report/reports-page.tsx')),
    'ReportsPage',
  ),
});

const reportRoute = createRoute({
  getParentRoute: () => frame,
  path: 'reports/$report',
  validateSearch: (search): { from?: string; to?: string; period?: string; group?: string; behind?: string } =>
    Object.fromEntries(
      ['from', 'to', 'period', 'group', 'behind'].flatMap((key) => {
        const value = text(search[key]);
        return value ? [[key, value]] : [];
      }),
    ),
  component: lazyRouteComponent(
    patiently(() => import('./views/report/report-page.tsx')),
    'ReportPage',
  ),
});

const notifications = createRoute({
  getParentRoute: () => frame,
  path: 'notifications',
  component: lazyRouteComponent(
    patiently(() => import('./shell/notifications-page.tsx')),
    'NotificationsPage',
  ),
});

const card = createRoute({
  getParentRoute: () => frame,
  path: '$entity/$id',
  component: lazyRouteComponent(
    patiently(() => import('./views/card/card-page.tsx')),
    'CardPage',
  ),
});

const tree = root.addChildren([
  login,
  frame.addChildren([home, listRoute, board, reports, reportRoute, notifications, card]),
]);

export function createAppRouter(context: RouterContext) {
  return createRouter({
    routeTree: tree,
    basepath: '/app',
    context,
    defaultPreload: 'intent',
    defaultPreloadStaleTime: 0,
    defaultPendingComponent: LoadingPage,
    defaultPendingMs: 300,
    defaultErrorComponent: ErrorPage,
    defaultNotFoundComponent: NotFoundPage,
    scrollRestoration: true,
  });
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createAppRouter>;
  }
}
