import type { Principal } from '../context.ts';
import { CasementError } from '../errors.ts';
import type { LiveChange } from '../records/follow.ts';
import type { HttpDeps } from './deps.ts';
import { visibleChanges } from './visible-changes.ts';

/** One open stream. What it sends resolves when the line can take more, and rejects when it is dead. */
export interface Listener {
  /** Who listens now; null when the session has ended. Asked before anything is told, so that a lost right binds at once. */
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

/** What one read of the ledger has brought. */
export interface News {
  readonly changes: readonly LiveChange[];
  /** Where the ledger stands after them. */
  readonly mark: string;
  /** What of it may be seen, by caller: lines share it. */
  readonly seen: Map<string, Promise<readonly LiveChange[]>>;
  readonly isReset: boolean;
  /** Read for one line alone, when it was taken up again. */
  readonly isMissed?: boolean;
}

/** A stream and what waits for it. */
export interface EventLine {
  push(news: News): void;
  /** What waits is covered by reading everything anew. */
  reset(mark: string): void;
  /** Tells what was missed since the mark, before what has come in meanwhile. Until then nothing is told. */
  catchUp(since: string | undefined): Promise<void>;
  /** The definitions changed: told before all that waits. */
  exchange(): void;
  /** Ends the stream if its session or key has ended. */
  check(): void;
}

/** Changes that wait for one slow line. */
const MAX_WAITING = 500;

interface LineState {
  readonly deps: HttpDeps;
  readonly listener: Listener;
  readonly waiting: News[];
  /** Numbers of the missed changes: the line gets them once, though they may come in again. */
  readonly told: Set<number>;
  /** The last one sent. */
  mark: string;
  isBusy: boolean;
  isExchanged: boolean;
}

/** `leave` is called when the stream is dead or its caller gone. */
export function createEventLine(deps: HttpDeps, listener: Listener, leave: () => void): EventLine {
  const state: LineState = { deps, listener, waiting: [], told: new Set(), mark: '', isBusy: true, isExchanged: false };
  const run = () => {
    if (!state.isBusy) void pump(state).catch(leave);
  };
  const reset = (mark: string) => {
    state.waiting.splice(0, Infinity, { changes: [], mark, seen: new Map(), isReset: true });
    run();
  };
  return {
    reset,
    push(news) {
      const waiting = state.waiting.reduce((sum, { changes }) => sum + changes.length, news.changes.length);
      if (waiting > MAX_WAITING) return reset(news.mark);
      state.waiting.push(news);
      run();
    },
    async catchUp(since) {
      const { changes, mark, isWhole } = await deps.records.follow(since);
      const told = isWhole ? changes : [];
      state.waiting.unshift({ changes: told, mark, seen: new Map(), isReset: !isWhole, isMissed: true });
      for (const { seq } of told) state.told.add(seq);
      // Until all that was missed is told, a screen that is cut off again starts where it started now.
      state.mark = since ?? mark;
      state.isBusy = false;
      run();
    },
    exchange() {
      state.isExchanged = true;
      run();
    },
    check() {
      listener.principal().then(
        (principal) => principal ?? leave(),
        () => leave(),
      );
    },
  };
}

async function pump(state: LineState): Promise<void> {
  state.isBusy = true;
  try {
    await tellExchange(state);
    for (let news = state.waiting.shift(); news; news = state.waiting.shift()) {
      await tell(state, news);
      await tellExchange(state);
    }
  } finally {
    state.isBusy = false;
  }
}

async function tellExchange(state: LineState): Promise<void> {
  if (!state.isExchanged) return;
  state.isExchanged = false;
  await state.listener.sendModel();
}

/** The mark goes out with the last change only: one that is cut off before it is told everything again. */
async function tell(state: LineState, news: News): Promise<void> {
  const { listener } = state;
  if (news.isReset) await listener.sendReset(news.mark);
  else {
    const principal = await listener.principal();
    if (!principal) throw new CasementError('UNAUTHENTICATED', 'The session has ended.');
    const visible = await visibleFor(state.deps, principal, news);
    const due = news.isMissed ? visible : visible.filter(({ seq }) => !state.told.has(seq));
    for (const change of due) await listener.send(change, change === due.at(-1) ? news.mark : state.mark);
    if (due.length === 0) await listener.sendMark(news.mark);
  }
  state.mark = news.mark;
}

function visibleFor(deps: HttpDeps, principal: Principal, news: News): Promise<readonly LiveChange[]> {
  const key = JSON.stringify([principal.kind, principal.id, principal.roles, principal.teamMates]);
  const known = news.seen.get(key) ?? visibleChanges(deps, principal, news.changes);
  news.seen.set(key, known);
  return known;
}
