import { readdirSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { IntervalHistogram } from 'node:perf_hooks';
import { Router } from 'express';
import type { DatabaseFigures } from '../storage/measured-database.ts';
import type { HttpDeps } from './deps.ts';
import type { EventHub } from './event-hub.ts';
import { methodNotAllowed } from './guards.ts';
import { parseQueryString, refuseUnknown } from './parse-query.ts';
import { prometheusText } from './prometheus.ts';
import type { Histogram, Metric } from './prometheus.ts';
import type { RequestMetrics } from './request-metrics.ts';
import { requireIdentity, requireOperation } from './request-context.ts';

export interface MetricsSources {
  readonly requests: RequestMetrics;
  readonly hub: EventHub;
}

/**
 * `GET /metrics`: figures of this process and its database in the text format of Prometheus, for who has the operation `metrics`; a
 * scraper brings an API key. Patterns and numbers only: no id, no name, nothing of a record.
 */
export function metricsRoutes(deps: HttpDeps, from: MetricsSources): { router: Router; stop: () => void } {
  const router = Router({ caseSensitive: true });
  const delay = monitorEventLoopDelay({ resolution: 20 });
  delay.enable();
  router
    .route('/')
    .get(async (request, response) => {
      refuseUnknown(parseQueryString(request.url), []);
      requireOperation(deps, requireIdentity(response).principal, 'metrics');
      const text = prometheusText([
        ...from.requests.read(),
        gauge('casement_live_streams', 'Open live screens.', from.hub.size()),
        ...databaseMetrics(deps.db.figures()),
        ...(await jobMetrics(deps)),
        ...processMetrics(delay),
      ]);
      response.setHeader('Content-Type', 'text/plain; version=0.0.4; charset=utf-8');
      response.end(text);
    })
    .all(methodNotAllowed('GET'));
  return { router, stop: () => delay.disable() };
}

function gauge(name: string, help: string, value: number): Metric {
  return { name, help, type: 'gauge', samples: [{ value }] };
}

function counter(name: string, help: string, value: number): Metric {
  return { name, help, type: 'counter', samples: [{ value }] };
}

function databaseMetrics(figures: DatabaseFigures): readonly (Metric | Histogram)[] {
  const { reads, committed, rolledBack, open, wait, duration } = figures;
  return [
    counter('casement_db_reads_total', 'Reads outside transactions.', reads),
    {
      name: 'casement_db_transactions_total',
      help: 'Transactions that ended.',
      type: 'counter',
      samples: [
        { labels: { end: 'committed' }, value: committed },
        { labels: { end: 'rolled back' }, value: rolledBack },
      ],
    },
    gauge('casement_db_transactions_open', 'Transactions running or waiting for their turn.', open),
    {
      name: 'casement_db_transaction_wait_seconds',
      help: 'Time a transaction waited for the write queue or a connection.',
      type: 'histogram',
      spreads: [{ spread: wait }],
    },
    {
      name: 'casement_db_transaction_duration_seconds',
      help: 'Time from asking for a transaction to its end.',
      type: 'histogram',
      spreads: [{ spread: duration }],
    },
  ];
}

async function jobMetrics({ jobs }: HttpDeps): Promise<readonly Metric[]> {
  const { states, late } = await jobs.figures();
  const samples = Object.entries(states).map(([state, value]) => ({ labels: { state }, value }));
  return [
    { name: 'casement_jobs', help: 'Jobs by state.', type: 'gauge', samples },
    gauge('casement_jobs_late_seconds', 'How long the most overdue job has been due.', late),
  ];
}

/** The names that Prometheus clients use for every process. */
function processMetrics(delay: IntervalHistogram): readonly Metric[] {
  const { user, system } = process.cpuUsage();
  const { rss, heapUsed, external } = process.memoryUsage();
  const started = Date.now() / 1000 - process.uptime();
  const lag = { mean: delay.mean, p99: delay.percentile(99), max: delay.max };
  delay.reset();
  return [
    counter('process_cpu_seconds_total', 'Processor time.', (user + system) / 1e6),
    gauge('process_resident_memory_bytes', 'Memory held.', rss),
    gauge('process_start_time_seconds', 'When the process began.', Math.round(started)),
    gauge('nodejs_heap_used_bytes', 'Heap in use.', heapUsed),
    gauge('nodejs_external_memory_bytes', 'Memory outside the heap.', external),
    ...openFiles(),
    {
      name: 'nodejs_eventloop_lag_seconds',
      help: 'Delay of the event loop since the figures were read before.',
      type: 'gauge',
      samples: Object.entries(lag).map(([kind, nanoseconds]) => ({
        labels: { kind },
        value: Number.isFinite(nanoseconds) ? nanoseconds / 1e9 : 0,
      })),
    },
  ];
}

/** Only where the system shows them. */
function openFiles(): readonly Metric[] {
  try {
    return [gauge('process_open_fds', 'Open files and sockets.', readdirSync('/proc/self/fd').length)];
  } catch {
    return [];
  }
}
