import { expect } from 'vitest';

/** One event as it came, and the place it leads on from. */
export interface StreamEvent {
  readonly event: string;
  readonly id: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** A live screen: collects what the server sends. */
export interface EventStream {
  readonly response: Response;
  /** All events so far, in order; marks without data are none. */
  events(): readonly StreamEvent[];
  /** What a browser would send as `Last-Event-ID`. */
  lastId(): string;
  text(): string;
  until(holds: () => boolean): Promise<void>;
  /** Settles when the server ends the stream. */
  readonly ended: Promise<void>;
  /** Breaks the line off, as a lost network does. */
  cut(): void;
}

export async function openEventStream(url: string, headers: Readonly<Record<string, string>>): Promise<EventStream> {
  const control = new AbortController();
  const response = await fetch(`${url}/events`, { headers, signal: control.signal });
  let text = '';
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  const ended = (async () => {
    for (let part = await reader.read(); !part.done; part = await reader.read()) text += part.value;
  })();
  ended.catch(() => undefined);
  const blocks = () => text.split('\n\n').slice(0, -1).map(fieldsOf);
  const stream: EventStream = {
    response,
    ended,
    text: () => text,
    events: () =>
      blocks().flatMap(({ event, id = '', data }) => {
        return event === undefined || data === undefined
          ? []
          : [{ event, id, data: JSON.parse(data) as StreamEvent['data'] }];
      }),
    lastId: () => blocks().findLast(({ id }) => id !== undefined)?.id ?? '',
    async until(holds) {
      for (let i = 0; i < 200 && !holds(); i += 1) await new Promise((resolve) => setTimeout(resolve, 25));
      expect(holds(), text).toBe(true);
    },
    cut: () => control.abort(),
  };
  await stream.until(() => text.includes('retry') && stream.lastId() !== '');
  return stream;
}

function fieldsOf(block: string): Partial<Record<'id' | 'event' | 'data', string>> {
  return Object.fromEntries(
    block.split('\n').flatMap((line) => {
      const [, name, value] = /^(id|event|data): (.*)$/.exec(line) ?? [];
      return name === undefined ? [] : [[name, value]];
    }),
  );
}
