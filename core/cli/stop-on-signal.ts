import type { Log } from '../context.ts';

const FAILURE = 1;
/** A little more than the server itself takes to drain. */
const LAST_PATIENCE = 22_000;

/** The first signal drains, the second one ends at once. */
export function stopOnSignal(server: { close(): Promise<void> }, log: Log): void {
  let stopping = false;
  const stop = (code: number) => {
    if (stopping) process.exit(130);
    stopping = true;
    setTimeout(() => process.exit(FAILURE), LAST_PATIENCE).unref();
    server.close().then(
      () => process.exit(code),
      (error: unknown) => {
        log.error({ err: error }, 'the server did not stop cleanly');
        process.exit(FAILURE);
      },
    );
  };
  process.on('SIGTERM', () => stop(0));
  process.on('SIGINT', () => stop(0));
  // A forgotten promise is a bug to be mended, but no reason to drop everybody's work.
  process.on('unhandledRejection', (error) => log.error({ err: error }, 'a rejection that nobody handled'));
  process.on('uncaughtException', (error) => {
    log.error({ err: error }, 'an exception that nobody caught; the server stops');
    stop(FAILURE);
  });
}
