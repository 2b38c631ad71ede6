import type { Database } from './database.ts';

/** What a database has done since it was opened. Times in seconds. */
export interface DatabaseFigures {
  readonly reads: number;
  readonly committed: number;
  readonly rolledBack: number;
  /** Transactions asked for and not ended yet, those that wait included. */
  readonly open: number;
  /** From being asked for to the first statement: the write queue on SQLite, a free connection on PostgreSQL. */
  readonly wait: Spread;
  /** From being asked for to the answer. */
  readonly duration: Spread;
}

/** How a time was spread: for each bound how many took no longer, with the sum and the count of all. */
export interface Spread {
  readonly bounds: readonly number[];
  readonly counts: readonly number[];
  readonly sum: number;
  readonly count: number;
}

export interface SpreadRecorder {
  add(seconds: number): void;
  read(): Spread;
}

const BOUNDS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

export function createSpread(bounds: readonly number[] = BOUNDS): SpreadRecorder {
  const counts = bounds.map(() => 0);
  let sum = 0;
  let count = 0;
  return {
    add(seconds) {
      sum += seconds;
      count += 1;
      bounds.forEach((bound, index) => {
        if (seconds <= bound) counts[index] = (counts[index] ?? 0) + 1;
      });
    },
    read: () => ({ bounds, counts: [...counts], sum, count }),
  };
}

export interface MeasuredDatabase extends Database {
  figures(): DatabaseFigures;
}

/** The same database, counted. */
export function measureDatabase(db: Database): MeasuredDatabase {
  const wait = createSpread();
  const duration = createSpread();
  let [reads, committed, rolledBack, open] = [0, 0, 0, 0];
  return {
    ...db,
    read(query, patience) {
      reads += 1;
      return db.read(query, patience);
    },
    async transaction(work, options) {
      const asked = performance.now();
      const since = () => (performance.now() - asked) / 1000;
      let hasBegun = false;
      open += 1;
      try {
        const result = await db.transaction((tx) => {
          // A repeated attempt has not waited in the queue again.
          if (!hasBegun) wait.add(since());
          hasBegun = true;
          return work(tx);
        }, options);
        committed += 1;
        return result;
      } catch (error) {
        rolledBack += 1;
        throw error;
      } finally {
        open -= 1;
        duration.add(since());
      }
    },
    figures: () => ({ reads, committed, rolledBack, open, wait: wait.read(), duration: duration.read() }),
  };
}
