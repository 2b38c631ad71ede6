import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Call, Caller, Reply, Row } from './caller.ts';

/** One record as its only writer knows it. */
interface Entry {
  readonly plural: string;
  readonly id: string;
  /** Fields and version of the last answer. */
  acknowledged: Row;
  /** What a write without an answer would have set: it may have happened. */
  unsure: Row | undefined;
}

interface Client {
  readonly entries: Entry[];
  /** A create that got no answer; it is sent again with the same key before anything else. */
  open: Call | undefined;
}

/** Tallies of everything the clients were told. */
export interface Tally {
  acknowledged: number;
  /** Answers by status; 0 is no answer. */
  readonly statuses: Map<number, number>;
  /** Answers a client of the product must never get. */
  readonly unexpected: string[];
}

export interface Workload {
  readonly tally: Tally;
  /** Lets the clients work until `rest` is called. */
  run(): void;
  /** Resolves once no request is under way. */
  rest(): Promise<void>;
  /** Compares what was acknowledged since the last look (or ever) with the records. Answers what is not as it was told. */
  check(which: 'new' | 'all'): Promise<readonly string[]>;
  close(): void;
}

export interface WorkloadChoice {
  readonly clients: number;
  /** The caller to use now; another one after a restart elsewhere. */
  readonly caller: () => Caller;
  /** What a request that was cut off or refused with 503 counts as: a failure of the server, or weather. */
  readonly expects?: readonly number[];
}

const STAGES = ['new', 'offer', 'won'];
const AT_ONCE = 150;

/**
 * Clients that create with an Idempotency-Key, update with the version they know, move and create nested, one request after another each, and
 * remember what they were told. A write without an answer may have happened or not; it must not have happened by half.
 */
export async function createWorkload({ clients, caller, expects = [0, 503] }: WorkloadChoice): Promise<Workload> {
  const tally: Tally = { acknowledged: 0, statuses: new Map(), unexpected: [] };
  const all: Client[] = Array.from({ length: clients }, () => ({ entries: [], open: undefined }));
  const touched = new Set<Entry>();
  const products = await makeProducts(caller());
  let running: Promise<unknown> | undefined;
  const state = { isOn: false };

  async function ask(call: Call): Promise<Reply> {
    const reply = await caller()(call);
    tally.statuses.set(reply.status, (tally.statuses.get(reply.status) ?? 0) + 1);
    const isExpected = reply.status < 300 || expects.includes(reply.status);
    if ((!isExpected || (reply.status === 0 && !expects.includes(0))) && tally.unexpected.length < 50)
      tally.unexpected.push(
        `${call.method} ${call.path} → ${reply.status} ${reply.failure ?? JSON.stringify(reply.json).slice(0, 300)}`,
      );
    return reply;
  }

  async function create(client: Client, call: Call): Promise<void> {
    client.open = call;
    const reply = await ask(call);
    if (reply.status === 0 || reply.status === 503) return pause(20);
    client.open = undefined;
    if (reply.status !== 201) return;
    tally.acknowledged += 1;
    const plural = call.path.slice('/api/'.length);
    const entry = { plural, id: String(reply.json['id']), acknowledged: reply.json, unsure: undefined };
    client.entries.push(entry);
    touched.add(entry);
  }

  async function change(entry: Entry, call: Call, set: Row): Promise<void> {
    touched.add(entry);
    const version = String(entry.acknowledged['version']);
    const reply = await ask({ ...call, headers: { 'if-match': `"${version}"` } });
    if (reply.status === 200) {
      tally.acknowledged += 1;
      entry.acknowledged = reply.json;
    } else {
      entry.unsure = set;
      await pause(20);
    }
  }

  async function step(client: Client): Promise<void> {
    if (client.open) return create(client, client.open);
    const entry = client.entries[Math.floor(Math.random() * client.entries.length)];
    if (entry?.unsure) return settle(entry);
    const what = Math.random();
    const contact = client.entries.findLast(({ plural }) => plural === 'contacts');
    if (what < 0.35 || !entry || !contact)
      return create(client, post('contacts', { name: `c ${randomUUID()}`, notes: '0' }));
    if (what < 0.45) return create(client, post('deals', { title: `d ${randomUUID()}`, customer: contact.id }));
    if (what < 0.6) {
      const lines = [1, 2].map((quantity) => ({ product: products[quantity], quantity }));
      return create(client, post('orders', { customer: contact.id, externalNumber: randomUUID(), lines }));
    }
    const next = STAGES[STAGES.indexOf(String(entry.acknowledged['stage'])) + 1];
    const path = `/api/${entry.plural}/${entry.id}`;
    if (entry.plural === 'deals' && next !== undefined)
      return change(entry, { method: 'POST', path: `${path}/move`, body: { to: next } }, { stage: next });
    const set = { notes: `${Number(entry.acknowledged['notes'] ?? 0) + 1}` };
    return change(entry, { method: 'PATCH', path, body: set }, set);
  }

  /** Looks what became of a write without an answer. */
  async function settle(entry: Entry): Promise<void> {
    const reply = await ask({ method: 'GET', path: `/api/${entry.plural}/${entry.id}` });
    if (reply.status !== 200) return pause(20);
    const fault = faultOf(entry, reply.json);
    if (fault !== undefined) tally.unexpected.push(fault);
    entry.acknowledged = reply.json;
    entry.unsure = undefined;
  }

  return {
    tally,
    run() {
      state.isOn = true;
      running = Promise.all(
        all.map(async (client) => {
          while (state.isOn) await step(client);
        }),
      );
    },
    async rest() {
      state.isOn = false;
      await running;
    },
    async check(which) {
      const entries = which === 'new' ? [...touched] : all.flatMap((client) => client.entries);
      touched.clear();
      return compare(caller(), entries);
    },
    close: () => caller().close(),
  };
}

function post(plural: string, body: Row): Call {
  return { method: 'POST', path: `/api/${plural}`, body, headers: { 'idempotency-key': randomUUID() } };
}

async function makeProducts(caller: Caller): Promise<readonly string[]> {
  const rows = [0, 1, 2].map((index) => ({ name: `Product ${index}`, price: '1.50' }));
  const { status, json } = await caller({ method: 'POST', path: '/api/products', body: rows });
  if (status !== 201) throw new Error(`The products were not made: ${status} ${JSON.stringify(json)}`);
  return (json['data'] as readonly Row[]).map(({ id }) => String(id));
}

async function compare(caller: Caller, entries: readonly Entry[]): Promise<readonly string[]> {
  const faults: string[] = [];
  for (const plural of new Set(entries.map((entry) => entry.plural))) {
    const own = entries.filter((entry) => entry.plural === plural);
    for (let from = 0; from < own.length; from += AT_ONCE) {
      const some = own.slice(from, from + AT_ONCE);
      const found = await readRecords(caller, plural, some);
      for (const entry of some) {
        const fault = faultOf(entry, found.get(entry.id));
        if (fault !== undefined) faults.push(fault);
      }
    }
  }
  return faults;
}

async function readRecords(
  caller: Caller,
  plural: string,
  entries: readonly Entry[],
): Promise<ReadonlyMap<string, Row>> {
  const filter = encodeURIComponent(JSON.stringify({ id: { in: entries.map(({ id }) => id) } }));
  const expand = plural === 'orders' ? '&expand=lines' : '';
  const { status, json } = await caller({ method: 'GET', path: `/api/${plural}?limit=1000&filter=${filter}${expand}` });
  if (status !== 200) throw new Error(`The records cannot be read: ${status} ${JSON.stringify(json)}`);
  return new Map((json['data'] as readonly Row[]).map((row) => [String(row['id']), row]));
}

/** What the record must be: as acknowledged, or as the one write without an answer would have left it. Orders have both lines. */
function faultOf(entry: Entry, now: Row | undefined): string | undefined {
  const name = `${entry.plural}/${entry.id}`;
  if (!now) return `${name} was acknowledged and is gone`;
  const { acknowledged, unsure } = entry;
  const version = Number(acknowledged['version']);
  const isAs = (expected: Row, at: number) =>
    Number(now['version']) === at &&
    ['notes', 'stage', 'name', 'title', 'externalNumber'].every(
      (field) => (expected[field] ?? null) === (now[field] ?? null),
    );
  const lines = now['lines'];
  if (Array.isArray(lines) && lines.length !== 2) return `${name} has ${lines.length} lines of 2`;
  if (isAs(acknowledged, version)) return undefined;
  if (unsure && isAs({ ...acknowledged, ...unsure }, version + 1)) return undefined;
  return `${name} was told at version ${version} as ${JSON.stringify(acknowledged)} and is ${JSON.stringify(now)}`;
}
