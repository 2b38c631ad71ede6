import { AsyncResource } from 'node:async_hooks';
import { CasementError } from '../errors.ts';

/** One queued piece of work. `run` answers what to do once the commit has happened. */
interface Waiting {
  readonly run: () => Promise<() => void>;
  readonly reject: (error: unknown) => void;
  /** Shares its commit with nobody. */
  readonly alone: boolean;
  /** Gives up waiting; without effect once it has begun. */
  readonly patience: NodeJS.Timeout;
}

/** The statements a queue needs around its work. */
export interface WriteConnection {
  exec(text: string): Promise<void>;
  /** How many statements have been run that may have changed something. */
  changes(): number;
}

export interface WriteQueue {
  /**
   * One transaction behind all that came before; the answer comes after the commit. The work may be run again when another of its group has
   * failed. UNAVAILABLE when too many wait.
   */
  add<T>(work: () => Promise<{ result: T; committed: () => void }>, alone?: boolean): Promise<T>;
  /** Resolves when nothing is waiting or running any more. */
  idle(): Promise<void>;
}

const LARGEST_GROUP = 100;
/** Milliseconds a write waits for its turn before it is refused. */
const LONGEST_WAIT = 30_000;
/** Writes that wait at most; whoever comes then would wait too long anyway. */
const MOST_WAITING = 3000;
/** Milliseconds a group waits for writers of the group before, who have only just been answered. */
const GATHERING = 2;

/**
 * All writes of a process go through one connection, one after another: SQLite has one writer, and waiting in its busy handler would
 * hold a thread. Writes that are waiting together share one commit (the disk's flush is the expensive part).
 */
export function createWriteQueue(connection: WriteConnection): WriteQueue {
  const waiting: Waiting[] = [];
  let running: Promise<void> | undefined;
  let gathered: (() => void) | undefined;
  let wanted = 0;

  const gather = async (count: number) => {
    if (waiting.length >= count || waiting[0]?.alone === true) return;
    wanted = count;
    await new Promise<void>((resolve) => {
      gathered = resolve;
      setTimeout(resolve, GATHERING);
    });
    gathered = undefined;
  };
  const drain = async () => {
    let size = 0;
    while (waiting.length > 0) {
      // Where only one writes at a time, nobody else is waited for.
      if (size > 1) await gather(size);
      const group = waiting.splice(0, groupSize(waiting));
      size = group.length;
      if (size > 0) await commitGroup(connection, group);
    }
    running = undefined;
  };

  return {
    add<T>(work: () => Promise<{ result: T; committed: () => void }>, alone = false) {
      if (waiting.length >= MOST_WAITING) return Promise.reject(tooMany());
      return new Promise<T>((resolve, reject) => {
        const run = AsyncResource.bind(async () => {
          const { result, committed } = await work();
          return () => {
            committed();
            resolve(result);
          };
        });
        const patience = setTimeout(() => giveUp(waiting, patience), LONGEST_WAIT).unref();
        waiting.push({ run, reject, patience, alone });
        if (gathered && waiting.length >= wanted) gathered();
        running ??= drain();
      });
    },
    idle: () => running ?? Promise.resolve(),
  };
}

/** As many as may share a commit: up to the next that shares it with nobody. */
function groupSize(waiting: readonly Waiting[]): number {
  if (waiting[0]?.alone === true) return 1;
  const next = waiting.findIndex(({ alone }) => alone);
  return Math.min(next === -1 ? waiting.length : next, LARGEST_GROUP);
}

function giveUp(waiting: Waiting[], patience: NodeJS.Timeout): void {
  const index = waiting.findIndex((member) => member.patience === patience);
  const [member] = index === -1 ? [] : waiting.splice(index, 1);
  member?.reject(tooMany());
}

function tooMany(): CasementError {
  return new CasementError('UNAVAILABLE', 'Too many writes are waiting. Try again in a moment.');
}

async function commitGroup(connection: WriteConnection, group: readonly Waiting[]): Promise<void> {
  for (const member of group) clearTimeout(member.patience);
  try {
    const done = (await runTogether(connection, group)) ?? (await runApart(connection, group));
    for (const committed of done) committed();
  } catch (error) {
    await connection.exec('rollback').catch(() => undefined);
    const reason =
      error instanceof CasementError
        ? error
        : new CasementError('UNAVAILABLE', 'The write could not be kept. Try again.', { cause: error });
    for (const member of group) member.reject(reason);
  }
}

type Committed = () => void;

/**
 * Without a savepoint between them: one that fails before it has changed anything is left out. When one fails later, all is taken back and
 * nothing answered: whoever failed would take the others along.
 */
async function runTogether(
  connection: WriteConnection,
  group: readonly Waiting[],
): Promise<readonly Committed[] | undefined> {
  const done: Committed[] = [];
  const refused: (() => void)[] = [];
  await connection.exec('begin immediate');
  for (const member of group) {
    const before = connection.changes();
    try {
      done.push(await member.run());
    } catch (error) {
      if (group.length > 1 && connection.changes() > before) {
        await connection.exec('rollback');
        return undefined;
      }
      refused.push(() => member.reject(error));
    }
  }
  await connection.exec(done.length > 0 ? 'commit' : 'rollback');
  for (const refuse of refused) refuse();
  return done;
}

/** A savepoint each, so that whoever fails is taken back alone. */
async function runApart(connection: WriteConnection, group: readonly Waiting[]): Promise<readonly Committed[]> {
  const done: Committed[] = [];
  await connection.exec('begin immediate');
  for (const member of group) {
    await connection.exec('savepoint "member"');
    try {
      const committed = await member.run();
      await connection.exec('release "member"');
      done.push(committed);
    } catch (error) {
      await connection.exec('rollback to "member"; release "member"');
      member.reject(error);
    }
  }
  await connection.exec(done.length > 0 ? 'commit' : 'rollback');
  return done;
}
