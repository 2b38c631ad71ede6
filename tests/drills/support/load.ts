import type { Caller, Reply, Row } from './caller.ts';
import { percentile } from './report.ts';

/** What a load of reads and writes was told. */
export interface LoadFigures {
  readonly reads: readonly number[];
  readonly writes: readonly number[];
  readonly statuses: ReadonlyMap<number, number>;
  /** 503 without Retry-After, and what is neither success nor 503. */
  readonly wrong: readonly string[];
  readonly seconds: number;
}

export interface LoadChoice {
  readonly caller: Caller;
  readonly clients: number;
  readonly seconds: number;
  readonly ids: readonly string[];
}

const WRITES = 0.1;

/** Many clients, one request after another each: nine reads to one write. */
export async function runLoad({ caller, clients, seconds, ids }: LoadChoice): Promise<LoadFigures> {
  const reads: number[] = [];
  const writes: number[] = [];
  const statuses = new Map<number, number>();
  const wrong: string[] = [];
  const begun = performance.now();
  const note = (times: number[], reply: Reply) => {
    statuses.set(reply.status, (statuses.get(reply.status) ?? 0) + 1);
    if (reply.status >= 200 && reply.status < 300) times.push(reply.took);
    else if (reply.status !== 503 || reply.headers['retry-after'] === undefined)
      wrong.push(`${reply.status} ${reply.failure ?? JSON.stringify(reply.json).slice(0, 200)}`);
  };
  const client = async (index: number) => {
    for (let turn = index; performance.now() - begun < seconds * 1000; turn += 1) {
      const id = ids[Math.floor(Math.random() * ids.length)]!;
      if (Math.random() < WRITES) note(writes, await write(caller, id, turn));
      else note(reads, await read(caller, id, turn));
    }
  };
  await Promise.all(Array.from({ length: clients }, (_, index) => client(index)));
  return { reads, writes, statuses, wrong, seconds: (performance.now() - begun) / 1000 };
}

function read(caller: Caller, id: string, turn: number): Promise<Reply> {
  const path =
    turn % 3 === 0
      ? `/api/products/${id}`
      : turn % 3 === 1
        ? `/api/products?limit=50&sort=name`
        : `/api/products?search=${String(turn % 1000).padStart(3, '0')}&limit=20`;
  return caller({ method: 'GET', path });
}

function write(caller: Caller, id: string, turn: number): Promise<Reply> {
  return turn % 2 === 0
    ? caller({ method: 'PATCH', path: `/api/products/${id}`, body: { price: `${turn % 1000}.50` } })
    : caller({ method: 'POST', path: '/api/products', body: { name: `Written under load ${turn}`, price: '1.00' } });
}

/** Rows to read. Answers their ids. */
export async function seedProducts(caller: Caller, count: number): Promise<readonly string[]> {
  const ids: string[] = [];
  for (let from = 0; from < count; from += 500) {
    const body = Array.from({ length: 500 }, (_, index) => ({ name: `Product ${from + index}`, price: '9.90' }));
    const { status, json } = await caller({ method: 'POST', path: '/api/products', body });
    if (status !== 201) throw new Error(`The products were not made: ${status} ${JSON.stringify(json)}`);
    ids.push(...(json['data'] as readonly Row[]).map(({ id }) => String(id)));
  }
  return ids;
}

/** `p50, p99, max` in milliseconds. */
export function timesText(times: readonly number[]): string {
  return [percentile(times, 0.5), percentile(times, 0.99), percentile(times, 1)]
    .map((time) => time.toFixed(0))
    .join(', ');
}

/** Mean, p99 and longest delay of the server's event loop since it was asked before, in milliseconds. */
export async function loopLag(url: string, key: string): Promise<Readonly<Record<string, number>>> {
  const response = await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${key}` } });
  const text = await response.text();
  const found = [...text.matchAll(/nodejs_eventloop_lag_seconds\{kind="(\w+)"\} (\S+)/g)];
  return Object.fromEntries(found.map(([, kind, value]) => [kind, Math.round(Number(value) * 1000)]));
}
