import type { Log } from '../../../core/context.ts';

const silent = () => undefined;

/** A drill looks at the database without a word. */
export const silentLog: Log = { debug: silent, info: silent, warn: silent, error: silent };
