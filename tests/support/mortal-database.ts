import type { Transaction } from '../../core/context.ts';
import type { Database } from '../../core/storage/database.ts';

/** A database whose process can be killed before any of its steps: from then on nothing it asks for happens. */
export interface MortalDatabase {
  readonly db: Database;
  /** Statements of transactions, and commits, since the last birth. */
  readonly steps: number;
  readonly isDead: boolean;
  /** Dies in place of this step, counted from now on; 0 = never. */
  liveUntil(step: number): void;
}

/** What a dead process would have been told. */
export class KilledError extends Error {
  constructor() {
    super('The process has been killed.');
  }
}

/** Steps count inside transactions only: a read that is not answered changes nothing. */
export function createMortal(db: Database): MortalDatabase {
  const state = { steps: 0, last: 0, isDead: false };
  const step = () => {
    if (state.isDead) throw new KilledError();
    state.steps += 1;
    if (state.last > 0 && state.steps >= state.last) {
      state.isDead = true;
      throw new KilledError();
    }
  };
  const mortal = (tx: Transaction): Transaction => ({
    async all<Row>(fragment: Parameters<Transaction['all']>[0]) {
      step();
      return tx.all<Row>(fragment);
    },
    async run(fragment) {
      step();
      return tx.run(fragment);
    },
    later(fragment, only) {
      step();
      tx.later(fragment, only);
    },
    async define(fragment) {
      step();
      return tx.define(fragment);
    },
    afterCommit: (task) => tx.afterCommit(() => (state.isDead ? undefined : task())),
    savepoint: (work) => tx.savepoint((inside) => work(mortal(inside))),
  });
  return {
    db: {
      ...db,
      async read(fragment, patience) {
        if (state.isDead) throw new KilledError();
        return db.read(fragment, patience);
      },
      async transaction(work, options) {
        if (state.isDead) throw new KilledError();
        const result = await db.transaction(async (tx) => {
          const done = await work(mortal(tx));
          // Before the commit.
          step();
          return done;
        }, options);
        // After it, and nobody is told.
        step();
        return result;
      },
    },
    get steps() {
      return state.steps;
    },
    get isDead() {
      return state.isDead;
    },
    liveUntil(last) {
      Object.assign(state, { steps: 0, last, isDead: false });
    },
  };
}
