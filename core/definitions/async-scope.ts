import { AsyncLocalStorage } from 'node:async_hooks';

/** A value that work sees, and all it sets off, without being handed it. */
export interface AsyncScope<T> {
  /** Of the innermost work; also of one that has ended, if this was set off by it. */
  current(): T | undefined;
  /** The work, up to its end, and whatever it sets off, see the value. */
  run<R>(value: T, work: () => Promise<R>): Promise<R>;
  /** For work that ends by an event: the value is seen until `end` is called. */
  open(value: T): { run<R>(work: () => R): R; end(): void };
  /** Runs the work without a value. */
  outside<R>(work: () => R): R;
}

/**
 * While such work is under way, Node follows every promise of the process to know whose it is, which a short read feels. So nothing is followed
 * when none is under way. Whoever still asks then, being set off by work that has ended, is told that there is no value.
 */
export function createAsyncScope<T>(): AsyncScope<T> {
  const storage = new AsyncLocalStorage<T>();
  let open = 0;

  function end(): void {
    open -= 1;
    if (open === 0) storage.disable();
  }

  return {
    current: () => (open === 0 ? undefined : storage.getStore()),
    async run(value, work) {
      open += 1;
      try {
        return await storage.run(value, work);
      } finally {
        end();
      }
    },
    open(value) {
      let isOpen = false;
      let isOver = false;
      return {
        run(work) {
          if (!isOpen && !isOver) open += 1;
          isOpen = !isOver;
          return storage.run(value, work);
        },
        end() {
          if (isOpen) end();
          isOpen = false;
          isOver = true;
        },
      };
    },
    outside: (work) => storage.exit(work),
  };
}
