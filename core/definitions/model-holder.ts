import { createAsyncScope } from './async-scope.ts';
import type { Model } from './model.ts';

/** Holds the model of now. Work that has begun goes on under the model it began with. */
export interface ModelHolder {
  /** The model of the work this is called in; the current one outside of any. */
  model(): Model;
  /** The newest, whatever this work is pinned to. */
  current(): Model;
  /**
   * The work, up to its end, sees the model that is current at its begin. Work inside it with a pin of its own begins later, so it may see a
   * newer one: a transaction is never older than its begin.
   */
  pin<T>(work: () => Promise<T>): Promise<T>;
  /** Remembers the model of now: work begun by it later sees that one. */
  hold(): <T>(work: () => Promise<T>) => Promise<T>;
  /** For work that ends by an event, such as a request: `run` what belongs to it, `end` when it is over. */
  open(): { run<T>(work: () => T): T; end(): void };
  /** From now on, new work sees this model. */
  exchange(next: Model): void;
  /** After each exchange. Answers how to stop. */
  onExchange(listener: (model: Model) => void): () => void;
}

interface Pin {
  readonly model: Model;
  /** A timer or a stream that outlives its work is not held to that work's model. */
  isOpen: boolean;
}

export function createModelHolder(first: Model): ModelHolder {
  const pins = createAsyncScope<Pin>();
  const listeners = new Set<(model: Model) => void>();
  let newest = first;

  const pinned = (): Pin | undefined => {
    const pin = pins.current();
    return pin?.isOpen ? pin : undefined;
  };
  async function pinTo<T>(model: Model, work: () => Promise<T>): Promise<T> {
    const pin: Pin = { model, isOpen: true };
    try {
      return await pins.run(pin, work);
    } finally {
      pin.isOpen = false;
    }
  }
  return {
    model: () => pinned()?.model ?? newest,
    current: () => newest,
    pin: (work) => pinTo(newest, work),
    hold() {
      const model = newest;
      return (work) => pinTo(model, work);
    },
    open() {
      const pin: Pin = { model: newest, isOpen: true };
      const scope = pins.open(pin);
      return {
        run: (work) => scope.run(work),
        end() {
          pin.isOpen = false;
          scope.end();
        },
      };
    },
    exchange(next) {
      newest = next;
      for (const listener of listeners) listener(next);
    },
    onExchange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
