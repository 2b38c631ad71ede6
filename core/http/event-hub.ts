import { accessOf } from '../access/access.ts';
import type { Context, Principal } from '../context.ts';
import { CasementError } from '../errors.ts';
import { maySeeEvent } from '../records/event-rights.ts';
import type { HttpDeps } from './deps.ts';

/** What live screens are told: which record changed. Never a value: the screen reads it again with its own rights. */
interface LiveChange {
  readonly seq: number;
  readonly entity: string;
  readonly record: string;
  readonly kind: string;
}

/** One open stream. */
export interface Listener {
  /** Who listens now; null when the session has ended. Asked before each change, so that a lost right binds at once. */
  principal(): Promise<Principal | null>;
  /** Resolves when the change is written and the line can take more; rejects when it is dead. */
  send(change: LiveChange): Promise<void>;
  /** Too much happened at once: the screen reads everything anew. */
  sendReset(): Promise<void>;
  end(): void;
}

export interface EventHub {
  join(listener: Listener): () => void;
  /** Ends every stream, at shutdown. */
  close(): void;
}

const MAX_WAITING = 500;

/** Hands each committed change to the streams whose caller may see the record. One check for callers with the same rights. */
export function createEventHub(deps: HttpDeps): EventHub {
  const lines = new Set<Line>();
  const stops = [
    deps.records.onCommitted((change) => {
      const seen = new Map<string, Promise<boolean>>();
      for (const line of lines) push(line, { change, seen });
    }),
    deps.records.onMissed(() => {
      for (const line of lines) reset(line);
    }),
    deps.auth.onRevoked(() => {
      for (const line of lines) closeIfEnded(line);
    }),
  ];

  function push(line: Line, item: Item): void {
    if (line.waiting.length >= MAX_WAITING) return reset(line);
    line.waiting.push(item);
    run(line);
  }

  /** What waits is covered by reading everything anew. */
  function reset(line: Line): void {
    line.waiting.length = 0;
    line.missed = true;
    run(line);
  }

  function run(line: Line): void {
    if (!line.running) void pump(deps, line).catch(() => leave(line));
  }

  function closeIfEnded(line: Line): void {
    line.listener.principal().then(
      (principal) => principal ?? leave(line),
      () => leave(line),
    );
  }

  function leave(line: Line): void {
    lines.delete(line);
    line.listener.end();
  }

  return {
    join(listener) {
      const line: Line = { listener, waiting: [], running: false, missed: false };
      lines.add(line);
      return () => lines.delete(line);
    },
    close() {
      for (const stop of stops) stop();
      for (const line of lines) leave(line);
    },
  };
}

interface Item {
  readonly change: LiveChange;
  /** Verdicts on this change by caller. */
  readonly seen: Map<string, Promise<boolean>>;
}

interface Line {
  readonly listener: Listener;
  readonly waiting: Item[];
  running: boolean;
  missed: boolean;
}

async function pump(deps: HttpDeps, line: Line): Promise<void> {
  line.running = true;
  try {
    for (let item = line.waiting.shift(); item ?? line.missed; item = line.waiting.shift()) {
      if (line.missed) {
        line.missed = false;
        await line.listener.sendReset();
      }
      if (!item) continue;
      const principal = await line.listener.principal();
      if (!principal) throw new CasementError('UNAUTHENTICATED', 'The session has ended.');
      if (await verdict(deps, principal, item)) await line.listener.send(item.change);
    }
  } finally {
    line.running = false;
  }
}

function verdict(deps: HttpDeps, principal: Principal, item: Item): Promise<boolean> {
  const key = JSON.stringify([principal.kind, principal.id, principal.roles, principal.teamMates]);
  const known = item.seen.get(key) ?? maySee(deps, principal, item.change);
  item.seen.set(key, known);
  return known;
}

async function maySee(deps: HttpDeps, principal: Principal, change: LiveChange): Promise<boolean> {
  const model = deps.records.model();
  if (!maySeeEvent(accessOf(model, principal), principal, change)) return false;
  const ctx: Context = { principal, door: 'api', clock: deps.clock, log: deps.log, locale: 'en' };
  try {
    await deps.records.get(ctx, { entity: change.entity, id: change.record, fields: ['id'], deleted: 'with' });
    return true;
  } catch (error) {
    if (error instanceof CasementError && error.status < 500) return false;
    throw error;
  }
}
