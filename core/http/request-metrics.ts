import type { RequestHandler } from 'express';
import { accessOf } from '../access/access.ts';
import type { Model } from '../definitions/model.ts';
import { createSpread } from '../storage/measured-database.ts';
import type { SpreadRecorder } from '../storage/measured-database.ts';
import type { HttpDeps } from './deps.ts';
import { describeApi } from './openapi.ts';
import { createPathTemplates } from './path-templates.ts';
import type { Histogram, Metric } from './prometheus.ts';

/** Counts the requests by pattern, never by address: no id and no name of a record is kept. */
export interface RequestMetrics {
  readonly count: RequestHandler;
  read(): readonly (Metric | Histogram)[];
}

/** Methods that are no method of ours count as one. */
const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PATCH', 'PUT', 'DELETE', 'OPTIONS']);

export function createRequestMetrics(deps: Pick<HttpDeps, 'records'>): RequestMetrics {
  const totals = new Map<string, { labels: Readonly<Record<string, string | number>>; value: number }>();
  const times = new Map<string, SpreadRecorder>();
  let inFlight = 0;
  const routeOf = createRouteNames(deps);

  function take(labels: { method: string; route: string; status: number }, seconds: number): void {
    const key = `${labels.method} ${labels.route} ${labels.status}`;
    const total = totals.get(key) ?? { labels, value: 0 };
    total.value += 1;
    totals.set(key, total);
    // A stream lasts as long as its screen is open; that says nothing of the server.
    if (labels.route === '/events') return;
    const time = times.get(labels.route) ?? createSpread();
    times.set(labels.route, time);
    time.add(seconds);
  }

  return {
    count(request, response, next) {
      const started = performance.now();
      inFlight += 1;
      response.once('close', () => {
        inFlight -= 1;
        const method = METHODS.has(request.method) ? request.method : 'other';
        const status = response.headersSent ? response.statusCode : 499;
        take({ method, route: routeOf(request.originalUrl), status }, (performance.now() - started) / 1000);
      });
      next();
    },
    read: () => [
      {
        name: 'casement_http_requests_total',
        help: 'Requests by pattern; status 499: the caller went away.',
        type: 'counter',
        samples: [...totals.values()],
      },
      {
        name: 'casement_http_request_duration_seconds',
        help: 'Time from the head of a request to the end of its answer.',
        type: 'histogram',
        spreads: [...times].map(([route, time]) => ({ labels: { route }, spread: time.read() })),
      },
      {
        name: 'casement_http_requests_in_flight',
        help: 'Requests being answered, open streams included.',
        type: 'gauge',
        samples: [{ value: inFlight }],
      },
    ],
  };
}

/** The pattern of an address: entities are one pattern, whatever they are called. */
function createRouteNames({ records }: Pick<HttpDeps, 'records'>): (url: string) => string {
  let known: { model: Model; find: (address: string) => string | undefined } | undefined;
  return (url) => {
    const model = records.model();
    if (known?.model !== model) known = { model, find: createPathTemplates(patternsOf(model)) };
    const [address = ''] = url.split('?', 1);
    if (address === '/' || address === '/app' || address.startsWith('/app/')) return '/app';
    return known.find(address) ?? 'other';
  };
}

function patternsOf(model: Model): ReadonlySet<string> {
  const system = { kind: 'system', id: null, name: 'system', roles: [], teamMates: [] } as const;
  const paths = Object.keys(describeApi(model, accessOf(model, system))['paths'] as object);
  return new Set(
    paths.map((path) => path.replace(/^\/api\/[^/]+/, '/api/{plural}').replace(/^\/forms\/[^/]+/, '/forms/{name}')),
  );
}
