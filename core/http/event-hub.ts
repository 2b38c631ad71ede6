import type { HttpDeps } from './deps.ts';
import { createEventLine } from './event-line.ts';
import type { EventLine, Listener, News } from './event-line.ts';
import { createLedgerFollower } from './ledger-follower.ts';

export interface EventHub {
  /** Tells what is committed from now on; with a mark, first what was missed since. Answers how to leave. */
  join(listener: Listener, since?: string): Promise<() => void>;
  /** Ends the stream if its session or key has ended meanwhile. */
  check(listener: Listener): void;
  /** Open streams. */
  size(): number;
  /** Ends every stream, at shutdown. */
  close(): void;
}

/**
 * Hands each committed change to the streams whose caller may see the record. The ledger is read once for all streams, rights are
 * checked once for callers with the same ones.
 */
export function createEventHub(deps: HttpDeps): EventHub {
  const lines = new Map<Listener, EventLine>();
  const follower = createLedgerFollower(deps, {
    isNeeded: () => lines.size > 0,
    tell(changes, mark) {
      const news: News = { changes, mark, seen: new Map(), isReset: false };
      for (const line of lines.values()) line.push(news);
    },
    reset(mark) {
      for (const line of lines.values()) line.reset(mark);
    },
  });
  const stops = [
    deps.records.onCommitted(follower.wake),
    deps.records.onMissed(follower.wake),
    deps.live.onExchange(() => {
      for (const line of lines.values()) line.exchange();
    }),
    deps.auth.onRevoked(() => {
      for (const line of lines.values()) line.check();
    }),
  ];

  function leave(listener: Listener): void {
    lines.delete(listener);
    listener.end();
  }

  return {
    async join(listener, since) {
      const line = createEventLine(deps, listener, () => leave(listener));
      // In the list before the ledger is read, so that nothing falls between.
      lines.set(listener, line);
      try {
        await follower.begin();
        await line.catchUp(since);
      } catch (error) {
        lines.delete(listener);
        throw error;
      }
      return () => lines.delete(listener);
    },
    check: (listener) => lines.get(listener)?.check(),
    size: () => lines.size,
    close() {
      for (const stop of stops) stop();
      follower.stop();
      for (const listener of [...lines.keys()]) leave(listener);
    },
  };
}
