import autocannon from 'autocannon';
import type { Operation } from './operations.ts';
import type { Subject } from './subject.ts';

export interface Figure {
  /** Answers a second. */
  readonly rate: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
  /** Milliseconds of processor time of the server for one answer. */
  readonly cost: number;
}

const CONNECTIONS = 10;

interface Load {
  readonly subject: Subject;
  readonly operation: Operation;
  readonly seconds: number;
  readonly connections?: number;
  /** Numbers the requests on from an earlier load, so that no request repeats it. */
  readonly counter: { next: number };
}

/** One subject under load. Throws when any answer is not 2xx: a wrong answer is quick. */
export async function measure(load: Load): Promise<Figure> {
  const { subject, operation, seconds, counter } = load;
  const path = await operation.prepare?.(subject);
  const before = subject.processor();
  const result = await autocannon({
    url: subject.url,
    duration: seconds,
    connections: load.connections ?? operation.connections ?? CONNECTIONS,
    requests: [
      {
        setupRequest: (request) => {
          const { method, body, ...of } = operation[subject.name](subject, counter.next++);
          const json = body === undefined ? {} : { 'Content-Type': 'application/json' };
          return {
            ...request,
            method,
            path: path ?? of.path,
            headers: { ...subject.headers, ...json },
            ...(body === undefined ? {} : { body: JSON.stringify(body) }),
          };
        },
      },
    ],
  });
  const bad = result.non2xx + result.errors + result.timeouts;
  if (bad > 0) throw new Error(`${subject.name}: ${bad} answers to ${operation.name} were not 2xx.`);
  const { '2xx': answers, duration, latency } = result;
  const cost = (subject.processor() - before) / Math.max(answers, 1);
  return { rate: answers / duration, p50: latency.p50, p99: latency.p99, cost };
}
