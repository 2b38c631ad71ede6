import type { QueryClient } from '@tanstack/react-query';
import { invalidateEntities } from './keys.ts';
import { isLongList, patchLongLists } from './long-lists.ts';

/** One change of a record the reader may see, as `/events` tells it. */
export interface ChangeEvent {
  readonly entity: string;
  readonly id: string;
  readonly kind: string;
  readonly seq: number;
}

interface Listener {
  readonly onConnection: (open: boolean) => void;
  readonly onChange?: (change: ChangeEvent) => void;
}

const GATHER_MS = 250;
const RETRY_MS = 3000;

/**
 * Keeps the cache true to the server: changes are gathered for a moment, then what they touch is fetched again.
 * After a lost connection everything is, for what happened meanwhile is not known. Returns the way to stop.
 */
export function listenToChanges(client: QueryClient, listener: Listener): () => void {
  let source: EventSource | undefined;
  let retry: ReturnType<typeof setTimeout> | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let wasLost = false;
  let gathered: ChangeEvent[] = [];

  const flush = (): void => {
    timer = undefined;
    const changes = gathered;
    gathered = [];
    void invalidateEntities(client, new Set(changes.map((change) => change.entity)), isLongList);
    void patchLongLists(client, changes);
  };
  const connect = (): void => {
    source = new EventSource('/events');
    source.addEventListener('open', () => {
      listener.onConnection(true);
      if (wasLost) void client.invalidateQueries();
      wasLost = false;
    });
    source.addEventListener('error', () => {
      wasLost = true;
      listener.onConnection(false);
      // The browser tries again by itself unless the server refused; then we do.
      if (source?.readyState === EventSource.CLOSED) retry = setTimeout(connect, RETRY_MS);
    });
    // The definitions changed, or too much happened at once: nothing that was fetched is sure any more.
    for (const name of ['model', 'reset']) source.addEventListener(name, () => void client.invalidateQueries());
    source.addEventListener('change', (event: MessageEvent<string>) => {
      const change = JSON.parse(event.data) as ChangeEvent;
      gathered.push(change);
      listener.onChange?.(change);
      timer ??= setTimeout(flush, GATHER_MS);
    });
  };
  connect();
  return () => {
    source?.close();
    clearTimeout(retry);
    clearTimeout(timer);
  };
}
