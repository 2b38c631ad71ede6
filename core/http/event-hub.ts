import type { Principal } from '../context.ts';
import { CasementError } from '../errors.ts';
import type { LiveChange } from '../records/follow.ts';
import type { HttpDeps } from './deps.ts';
import { createLedgerFollower } from './ledger-follower.ts';
import { visibleChanges } from './visible-changes.ts';

/** One open stream. What it sends resolves when the line can take more, and rejects when it is dead. */
export interface Listener {
  /** Who listens now; null when the session has ended. Asked before each change, so that a lost right binds at once. */
  principal(): Promise<Principal | null>;
  /** With the mark from which the screen goes on after a lost connection. */
  send(change: LiveChange, mark: string): Promise<void>;
  /** Nothing for this caller, but what is before the mark need not be looked at again. */
  sendMark(mark: string): Promise<void>;
  /** Too much happened at once: the screen reads everything anew. */
  sendReset(mark: string): Promise<void>;
  /** The definitions changed: the screen reads them and everything else anew. */
  sendModel(): Promise<void>;
  end(): void;
}

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

/** Changes that wait for one slow line. */
const MAX_WAITING = 500;

/**
 * Hands each committed change to the streams whose caller may see the record. The ledger is read once for all streams, rights are
 * checked once for callers with the same ones.
 */
export function createEventHub(deps: HttpDeps): EventHub {
  const lines = new Map<Listener, Line>();
  const follower = createLedgerFollower(deps, {
    isNeeded: () => lines.size > 0,
    tell(changes, mark) {
      const news: News = { changes, mark, seen: new Map(), isReset: false };
      for (const line of lines.values()) push(line, news);
    },
    reset(mark) {
      for (const line of lines.values()) reset(line, mark);
    },
  });
  const stops = [
    deps.records.onCommitted(follower.wake),
    deps.records.onMissed(follower.wake),
    deps.live.onExchange(() => {
      for (const line of lines.values()) {
        line.isExchanged = true;
        run(line);
      }
    }),
    deps.auth.onRevoked(() => {
      for (const line of lines.values()) closeIfEnded(line);
    }),
  ];

  function push(line: Line, news: News): void {
    const waiting = line.waiting.reduce((sum, { changes }) => sum + changes.length, 0);
    if (waiting + news.changes.length > MAX_WAITING) return reset(line, news.mark);
    line.waiting.push(news);
    run(line);
  }

  /** What waits is covered by reading everything anew. */
  function reset(line: Line, mark: string): void {
    line.waiting.splice(0, Infinity, { changes: [], mark, seen: new Map(), isReset: true });
    run(line);
  }

  function run(line: Line): void {
    if (!line.isBusy) void pump(deps, line).catch(() => leave(line));
  }

  function closeIfEnded(line: Line): void {
    line.listener.principal().then(
      (principal) => principal ?? leave(line),
      () => leave(line),
    );
  }

  function leave(line: Line): void {
    lines.delete(line.listener);
    line.listener.end();
  }

  return {
    async join(listener, since) {
      const line: Line = { listener, waiting: [], told: new Set(), mark: '', isBusy: true, isExchanged: false };
      // In the list before the ledger is read, so that nothing falls between; what stands in both is told once.
      lines.set(listener, line);
      try {
        await follower.begin();
        await catchUp(deps, line, since);
      } catch (error) {
        lines.delete(listener);
        throw error;
      }
      line.isBusy = false;
      run(line);
      return () => lines.delete(listener);
    },
    check(listener) {
      const line = lines.get(listener);
      if (line) closeIfEnded(line);
    },
    size: () => lines.size,
    close() {
      for (const stop of stops) stop();
      follower.stop();
      for (const line of lines.values()) leave(line);
    },
  };
}

/** What one read of the ledger has brought. */
interface News {
  readonly changes: readonly LiveChange[];
  /** Where the ledger stands after them. */
  readonly mark: string;
  /** What of it may be seen, by caller. */
  readonly seen: Map<string, Promise<readonly LiveChange[]>>;
  readonly isReset: boolean;
  /** Read for this line alone, when it was taken up again. */
  readonly isMissed?: boolean;
}

interface Line {
  readonly listener: Listener;
  readonly waiting: News[];
  /** Numbers of the missed changes, told when the line was taken up again. */
  readonly told: Set<number>;
  /** The last one sent. */
  mark: string;
  isBusy: boolean;
  /** To be told before all that waits. */
  isExchanged: boolean;
}

/** What was missed stands before what has come in meanwhile. */
async function catchUp(deps: HttpDeps, line: Line, since: string | undefined): Promise<void> {
  const { changes, mark, isWhole } = await deps.records.follow(since);
  line.waiting.unshift({ changes: isWhole ? changes : [], mark, seen: new Map(), isReset: !isWhole, isMissed: true });
  if (isWhole) for (const { seq } of changes) line.told.add(seq);
}

async function tellExchange(line: Line): Promise<void> {
  if (!line.isExchanged) return;
  line.isExchanged = false;
  await line.listener.sendModel();
}

async function pump(deps: HttpDeps, line: Line): Promise<void> {
  line.isBusy = true;
  try {
    await tellExchange(line);
    for (let news = line.waiting.shift(); news; news = line.waiting.shift()) {
      await tell(deps, line, news);
      await tellExchange(line);
    }
  } finally {
    line.isBusy = false;
  }
}

/** The mark goes out with the last change only: one that is cut off before it is told everything again. */
async function tell(deps: HttpDeps, line: Line, news: News): Promise<void> {
  const { listener } = line;
  if (news.isReset) await listener.sendReset(news.mark);
  else {
    const principal = await listener.principal();
    if (!principal) throw new CasementError('UNAUTHENTICATED', 'The session has ended.');
    const visible = await visibleFor(deps, principal, news);
    const due = news.isMissed ? visible : visible.filter(({ seq }) => !line.told.has(seq));
    for (const change of due) await listener.send(change, change === due.at(-1) ? news.mark : line.mark);
    if (due.length === 0) await listener.sendMark(news.mark);
  }
  line.mark = news.mark;
}

function visibleFor(deps: HttpDeps, principal: Principal, news: News): Promise<readonly LiveChange[]> {
  const key = JSON.stringify([principal.kind, principal.id, principal.roles, principal.teamMates]);
  const known = news.seen.get(key) ?? visibleChanges(deps, principal, news.changes);
  news.seen.set(key, known);
  return known;
}
