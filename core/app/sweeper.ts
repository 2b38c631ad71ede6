import type { Log } from '../context.ts';

const QUARTER_DAY = 6 * 3_600_000;

/** What is thrown away by and by; the name completes "… could not be swept". */
export type Sweeps = Readonly<Record<string, () => Promise<unknown>>>;

/** Removes what nobody needs any more: at the start, then four times a day. One that fails keeps none of the others from their work. */
export function createSweeper(sweeps: Sweeps, log: Log): { start(): void; stop(): void } {
  let timer: NodeJS.Timeout | undefined;
  const sweepAll = () => {
    for (const [name, sweep] of Object.entries(sweeps)) {
      sweep().catch((error: unknown) => log.warn({ err: error }, `${name} could not be swept; the next time will do`));
    }
  };
  return {
    start() {
      sweepAll();
      timer = setInterval(sweepAll, QUARTER_DAY).unref();
    },
    stop: () => clearInterval(timer),
  };
}
