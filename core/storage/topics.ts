import type { Log } from '../context.ts';

type Listener = (payload: string) => void;

/** Who listens to what inside this process. */
export interface Topics {
  subscribe(topic: string, listener: Listener): () => void;
  deliver(topic: string, payload: string): void;
  /** To every listener of every topic, with an empty payload: messages may have been missed. */
  deliverLoss(): void;
}

export function createTopics(log: Log): Topics {
  const listeners = new Map<string, Set<Listener>>();
  const call = (listener: Listener, payload: string) => {
    try {
      listener(payload);
    } catch (error) {
      log.error({ err: error }, 'a listener of the database failed');
    }
  };
  return {
    subscribe(topic, listener) {
      const own = listeners.get(topic) ?? new Set();
      listeners.set(topic, own.add(listener));
      return () => own.delete(listener);
    },
    deliver(topic, payload) {
      for (const listener of listeners.get(topic) ?? []) call(listener, payload);
    },
    deliverLoss() {
      for (const own of listeners.values()) for (const listener of own) call(listener, '');
    },
  };
}
