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
}

export interface WriteQueue {
  /** One transaction behind all that came before; the answer comes after the commit. */
  add<T>(work: () => Promise<{ result: T; committed: () => void }>, alone?: boolean): Promise<T>;
  /** Resolves when nothing is waiting or running any more. */
  idle(): Promise<void>;
}

const LARGEST_GROUP = 50;
/** Milliseconds a write waits for its turn before it is refused. */
const LONGEST_WAIT = 30_000;

/**
 * All writes of a process go through one connection, one after another: SQLite has one writer, and waiting in its busy handler would
 * hold a thread. Writes that are waiting together share one commit, a savepoint each (the disk's flush is the expensive part).
 */
export function createWriteQueue(connection: WriteConnection): WriteQueue {
  const waiting: Waiting[] = [];
  let running: Promise<void> | undefined;

  const drain = async () => {
    while (waiting.length > 0) await commitGroup(connection, waiting.splice(0, groupSize(waiting)));
    running = undefined;
  };

  return {
    add<T>(work: () => Promise<{ result: T; committed: () => void }>, alone = false) {
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
  member?.reject(new CasementError('UNAVAILABLE', 'Too many writes are waiting. Try again in a moment.'));
}

async function commitGroup(connection: WriteConnection, group: readonly Waiting[]): Promise<void> {
  for (const member of group) clearTimeout(member.patience);
  const done: { member: Waiting; committed: () => void }[] = [];
  try {
    await connection.exec('begin immediate');
    for (const member of group) {
      const committed =
        group.length === 1 ? await member.run().catch(fail(member)) : await runInSavepoint(connection, member);
      if (committed) done.push({ member, committed });
    }
    await connection.exec(done.length > 0 ? 'commit' : 'rollback');
  } catch (error) {
    await connection.exec('rollback').catch(() => undefined);
    const reason =
      error instanceof CasementError
        ? error
        : new CasementError('UNAVAILABLE', 'The write could not be kept. Try again.', { cause: error });
    for (const member of group) member.reject(reason);
    return;
  }
  for (const { committed } of done) committed();
}

async function runInSavepoint(connection: WriteConnection, member: Waiting): Promise<(() => void) | undefined> {
  await connection.exec('savepoint "member"');
  const committed = await member.run().catch(fail(member));
  await connection.exec(committed ? 'release "member"' : 'rollback to "member"; release "member"');
  return committed;
}

function fail(member: Waiting): (error: unknown) => undefined {
  return (error) => {
    member.reject(error);
    return undefined;
  };
}
