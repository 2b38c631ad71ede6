import { Logger } from 'graphile-worker';
import type { Log } from '../context.ts';

/** What the engine says of itself is of interest only when something is wrong. */
export function engineLogger(log: Log): Logger {
  return new Logger(() => (level: string, message, meta) => {
    const fields = { engine: 'graphile-worker', ...(meta?.['error'] ? { err: meta['error'] } : {}) };
    if (level === 'error') log.warn(fields, message);
    else log.debug(fields, message);
  });
}
