import type { Server } from 'node:http';
import compression from 'compression';
import express from 'express';
import type { Express, Request, RequestHandler, Response } from 'express';
import { CasementError } from '../errors.ts';
import { adminUiRoutes } from './admin-ui-routes.ts';
import { authRoutes } from './auth-routes.ts';
import { automationRoutes } from './automation-routes.ts';
import { batchRoutes } from './batch-routes.ts';
import { beginRequest, noStore } from './begin-request.ts';
import { calendarAddressRoutes, calendarRoutes } from './calendar-routes.ts';
import { callsRoutes, channelsRoutes } from './channels-routes.ts';
import { definitionRoutes } from './definition-routes.ts';
import type { HttpDeps, HttpSettings } from './deps.ts';
import { documentRoutes } from './document-routes.ts';
import { duplicateRoutes } from './duplicate-routes.ts';
import { entityRoutes } from './entity-routes.ts';
import type { EventHub } from './event-hub.ts';
import { createEventHub } from './event-hub.ts';
import { eventsRoutes } from './events-routes.ts';
import { explainRoutes } from './explain-routes.ts';
import { filesRoutes } from './files-routes.ts';
import { formsRoutes } from './forms-routes.ts';
import {
  createCallerLimit,
  identify,
  limitPerPrincipal,
  pinModel,
  refuseForeignOrigin,
  requireLogin,
} from './guards.ts';
import { healthRoutes } from './health-routes.ts';
import type { CallerLimit } from './guards.ts';
import { hooksRoutes } from './hooks-routes.ts';
import { createHttpServer } from './http-server.ts';
import { importsRoutes } from './imports-routes.ts';
import { jobsRoutes } from './jobs-routes.ts';
import { metricsRoutes } from './metrics-routes.ts';
import { modelRoutes } from './model-routes.ts';
import { problemHandler } from './problem.ts';
import { quickReads } from './quick-reads.ts';
import { reportRoutes } from './report-routes.ts';
import { createRequestMetrics } from './request-metrics.ts';
import { searchRoutes } from './search-routes.ts';
import { webhooksRoutes } from './webhooks-routes.ts';

/** All doors of HTTP, and the way to end what stays open. */
export interface HttpApp {
  readonly app: Express;
  /** Ready to listen. */
  readonly server: Server;
  /** Ends the live streams, so that the server can stop. */
  close(): void;
}

export function createHttp(deps: HttpDeps): HttpApp {
  const app = express();
  const hub = createEventHub(deps);
  const requests = createRequestMetrics(deps);
  const metrics = metricsRoutes(deps, { requests, hub });
  configure(app, deps.settings);
  const limit = createCallerLimit(deps);
  app.use(beginRequest(deps.settings), requests.count, compress(), quickReads(deps, limit), pinModel(deps));
  mountOpen(app, deps, limit);
  mountSigned(app, deps, hub);
  app.use('/metrics', metrics.router);
  app.use(() => {
    throw new CasementError('NOT_FOUND', 'There is nothing at this address.');
  });
  app.use(problemHandler(deps.log));
  return {
    app,
    server: createHttpServer(app),
    close() {
      metrics.stop();
      hub.close();
    },
  };
}

function configure(app: Express, settings: HttpSettings): void {
  app.disable('x-powered-by');
  app.set('etag', false);
  // Query strings are read by parse-query.ts alone, which refuses what it does not know.
  app.set('query parser', () => ({}));
  app.set('case sensitive routing', true);
  if (settings.trustProxy !== undefined) app.set('trust proxy', settings.trustProxy);
}

/** What anybody may call: health, public forms, the screens themselves, log-in. */
function mountOpen(app: Express, deps: HttpDeps, limit: CallerLimit): void {
  app.use('/health', healthRoutes(deps));
  app.use('/forms', noStore, formsRoutes(deps));
  app.use('/hooks', noStore, hooksRoutes(deps));
  app.use('/calendar', noStore, calendarRoutes(deps));
  app.get('/', (_request, response) => response.redirect(302, '/app/'));
  app.use('/app', adminUiRoutes(deps.settings));
  app.use(identify(deps), refuseForeignOrigin(deps.settings), limitPerPrincipal(limit), noStore);
  app.use('/auth/calendar', requireLogin, calendarAddressRoutes(deps));
  app.use('/auth', authRoutes(deps));
}

/** Everything else needs a session or a key, unknown addresses included: a stranger learns nothing of what exists. */
function mountSigned(app: Express, deps: HttpDeps, hub: EventHub): void {
  app.use(requireLogin);
  app.use('/api', duplicateRoutes(deps), entityRoutes(deps));
  app.use('/', modelRoutes(deps));
  app.use('/definitions', definitionRoutes(deps));
  app.use('/search', searchRoutes(deps));
  app.use('/files', filesRoutes(deps));
  app.use('/documents', documentRoutes(deps));
  app.use('/automations', automationRoutes(deps));
  app.use('/batches', batchRoutes(deps));
  app.use('/explain', explainRoutes(deps));
  app.use('/reports', reportRoutes(deps));
  app.use('/events', eventsRoutes(hub));
  app.use('/jobs', jobsRoutes(deps));
  app.use('/channels', channelsRoutes(deps));
  app.use('/calls', callsRoutes(deps));
  app.use('/webhooks', webhooksRoutes(deps));
  app.use('/imports', importsRoutes(deps));
}

/** Not for streams: a compressed event would wait for the next one. Whoever takes nothing compressed goes past it all. */
function compress(): RequestHandler {
  const compressed = compression({
    filter: (request: Request, response: Response) => {
      const type = response.getHeader('Content-Type');
      return (
        !(typeof type === 'string' && type.startsWith('text/event-stream')) && compression.filter(request, response)
      );
    },
  });
  return (request, response, next) => {
    if (request.headers['accept-encoding'] !== undefined) return compressed(request, response, next);
    response.vary('Accept-Encoding');
    next();
  };
}
