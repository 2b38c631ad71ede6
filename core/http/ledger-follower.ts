import type { LiveChange } from '../records/follow.ts';
import type { HttpDeps } from './deps.ts';

/** Who is told what the ledger has got. */
export interface FollowerTarget {
  /** Nobody listens: nothing is read. */
  isNeeded(): boolean;
  tell(changes: readonly LiveChange[], mark: string): void;
  /** More has happened than can be told. */
  reset(mark: string): void;
}

export interface LedgerFollower {
  /** Takes the present as the place to go on from, unless it is followed already. Called when the target is needed. */
  begin(): Promise<void>;
  /** Something was committed, or may have been. */
  wake(): void;
  stop(): void;
}

const AGAIN = 1000;

/** Reads the ledger on from where it stood each time it is woken; one read at a time, and none while nobody listens. */
export function createLedgerFollower(deps: Pick<HttpDeps, 'records' | 'log'>, to: FollowerTarget): LedgerFollower {
  let position: Promise<string> | undefined;
  let isReading = false;
  let isWoken = false;
  let timer: NodeJS.Timeout | undefined;

  async function readOn(from: string): Promise<string> {
    const { changes, mark, isWhole } = await deps.records.follow(from);
    if (!isWhole) to.reset(mark);
    else if (changes.length > 0) to.tell(changes, mark);
    return mark;
  }

  async function readAll(start: Promise<string>): Promise<void> {
    let from = await start;
    while (isWoken && to.isNeeded()) {
      isWoken = false;
      from = await readOn(from);
    }
    position = to.isNeeded() ? Promise.resolve(from) : undefined;
  }

  function wake(): void {
    isWoken = true;
    if (isReading) return;
    if (!to.isNeeded()) position = undefined;
    if (!position) return;
    isReading = true;
    readAll(position)
      .catch((error: unknown) => {
        deps.log.warn({ err: error }, 'the ledger could not be followed; live screens wait');
        timer = setTimeout(wake, AGAIN).unref();
      })
      .finally(() => {
        isReading = false;
        if (isWoken) wake();
      });
  }

  return {
    wake,
    async begin() {
      position ??= deps.records.follow().then(({ mark }) => mark);
      try {
        await position;
      } catch (error) {
        position = undefined;
        throw error;
      }
    },
    stop: () => clearTimeout(timer),
  };
}
