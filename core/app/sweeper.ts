import type { Log } from '../context.ts';
import type { Files } from '../files/create-files.ts';

const QUARTER_DAY = 6 * 3_600_000;

/** Removes files that nothing has claimed for a day: at the start, then four times a day. */
export function createSweeper(files: Pick<Files, 'sweep'>, log: Log): { start(): void; stop(): void } {
  let timer: NodeJS.Timeout | undefined;
  const sweep = () => {
    files
      .sweep()
      .catch((error: unknown) =>
        log.warn({ err: error }, 'Unclaimed files could not be removed; the next sweep tries again'),
      );
  };
  return {
    start() {
      sweep();
      timer = setInterval(sweep, QUARTER_DAY).unref();
    },
    stop: () => clearInterval(timer),
  };
}
