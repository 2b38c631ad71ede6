/** Work that nobody waits for, one piece after another, and what went wrong with it: nothing else is done until that is taken back. */
export interface DeferredWork {
  add(work: () => Promise<void>): void;
  /** Something of it is under way or has failed. */
  isOpen(): boolean;
  /** Once all of it has ended. Throws what went wrong; `forget`: as if nothing had. */
  settle(forget?: boolean): Promise<void>;
}

export function createDeferredWork(): DeferredWork {
  let last: Promise<void> | undefined;
  let failure: { readonly error: unknown } | undefined;
  return {
    add(work) {
      const mine = (last ?? Promise.resolve()).then(async () => {
        if (failure) return;
        try {
          await work();
        } catch (error) {
          failure = { error };
        }
      });
      last = mine;
      void mine.then(() => {
        if (last === mine) last = undefined;
      });
    },
    isOpen: () => last !== undefined || failure !== undefined,
    async settle(forget = false) {
      for (let one = last; one; one = last) await one;
      if (forget) failure = undefined;
      if (failure) throw failure.error;
    },
  };
}
