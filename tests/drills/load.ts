/**
 * G9 and G20: many clients at once, nine reads to one write; then the same again beside hostile neighbours, who send bombs through every door that
 * computes. `npx tsx tests/drills/load.ts [--database …] [--clients 1000] [--seconds 60] [--neighbours 4]`
 */
import { setTimeout as pause } from 'node:timers/promises';
import { createCaller } from './support/caller.ts';
import type { Caller, Reply } from './support/caller.ts';
import { install } from './support/installation.ts';
import type { Dialect } from './support/installation.ts';
import { loopLag, runLoad, seedProducts, timesText } from './support/load.ts';
import { createReport, percentile, readOptions } from './support/report.ts';
import type { DrillServer } from './support/server.ts';

const MEMORY = 1024;
const ROWS = 5000;
const FEW = 20;

const { dialects, clients, seconds, neighbours } = readOptions({
  clients: { otherwise: 1000, most: 5000 },
  seconds: { otherwise: 60, most: 3600 },
  neighbours: { otherwise: 4, most: 50 },
});
const report = createReport(`${clients} clients for ${seconds} s`);
async function drill(dialect: Dialect): Promise<void> {
  const installation = await install(dialect);
  const server = await installation.start();
  const caller = createCaller({ url: server.url, key: installation.key, sockets: clients });
  try {
    const ids = await seedProducts(caller, ROWS);
    await crowd(dialect, { server, caller, ids, key: installation.key });
    await pause(2000);
    await besideHostiles(dialect, { server, caller, ids, key: installation.key });
  } finally {
    caller.close();
    await server.kill();
    await installation.remove();
  }
}

interface Stage {
  readonly server: DrillServer;
  readonly caller: Caller;
  readonly ids: readonly string[];
  readonly key: string;
}

async function crowd(dialect: Dialect, { server, caller, ids, key }: Stage): Promise<void> {
  await loopLag(server.url, key);
  const memory: number[] = [];
  const timer = setInterval(() => memory.push(server.memory()), 1000);
  const load = await runLoad({ caller, clients, seconds, ids });
  clearInterval(timer);
  const lag = await loopLag(server.url, key);
  const answers = load.reads.length + load.writes.length;
  const busy = load.statuses.get(503) ?? 0;
  const half = memory.slice(Math.floor(memory.length / 2));
  report.figure(`${dialect}: answers a second`, (answers / load.seconds).toFixed(0));
  report.figure(`${dialect}: reads p50, p99, max ms`, timesText(load.reads));
  report.figure(`${dialect}: writes p50, p99, max ms`, timesText(load.writes));
  report.figure(`${dialect}: event loop lag ms`, JSON.stringify(lag));
  report.figure(
    `${dialect}: memory MiB (half time, end, most)`,
    `${half[0] ?? 0}, ${half.at(-1) ?? 0}, ${Math.max(...memory)}`,
  );
  report.promise(
    `${dialect}: no answer but success and 503 with Retry-After (G9)`,
    load.wrong.length === 0,
    [...new Set(load.wrong)].slice(0, 5).join('\n'),
  );
  report.promise(`${dialect}: less than 1 % are told to come again (G9)`, busy < (answers + busy) / 100, `${busy}`);
  report.promise(`${dialect}: reads p99 ≤ 1.5 s (G9)`, percentile(load.reads, 0.99) <= 1500);
  report.promise(`${dialect}: writes p99 ≤ 5 s (G9)`, percentile(load.writes, 0.99) <= 5000);
  report.promise(`${dialect}: memory below ${MEMORY} MiB (G9)`, Math.max(...memory) < MEMORY);
}

/** Each sends one hostile request after another and must be refused or served within bounds. */
async function besideHostiles(dialect: Dialect, { server, caller, ids, key }: Stage): Promise<void> {
  const few = { caller, clients: FEW, seconds: Math.min(seconds, 20), ids };
  const before = await runLoad(few);
  await loopLag(server.url, key);
  const stop = new AbortController();
  const statuses = new Map<string, number>();
  const hostile = createCaller({ url: server.url, key });
  const neighboursDone = Array.from({ length: neighbours }, async (_, index) => {
    for (let turn = index; !stop.signal.aborted; turn += 1) {
      const [name, attack] = ATTACKS[turn % ATTACKS.length]!;
      const reply = await attack(hostile, ids);
      statuses.set(`${name} ${reply.status}`, (statuses.get(`${name} ${reply.status}`) ?? 0) + 1);
    }
  });
  const during = await runLoad(few);
  stop.abort();
  await Promise.all(neighboursDone);
  hostile.close();
  const lag = await loopLag(server.url, key);
  const all = (load: typeof before) => [...load.reads, ...load.writes];
  const p99 = { before: percentile(all(before), 0.99), during: percentile(all(during), 0.99) };
  const strange = [...statuses.keys()].filter((key) => / (0|5\d\d)$/.test(key) && !key.endsWith(' 503'));
  report.figure(`${dialect}: hostile requests`, JSON.stringify(Object.fromEntries(statuses)));
  report.figure(`${dialect}: ${FEW} users alone, p50, p99, max ms`, timesText(all(before)));
  report.figure(`${dialect}: the same beside ${neighbours} hostile ones`, timesText(all(during)));
  report.figure(`${dialect}: event loop lag ms`, JSON.stringify(lag));
  report.promise(
    `${dialect}: others' p99 ≤ twice what it was (G20)`,
    p99.during <= 2 * p99.before,
    `${p99.before.toFixed(0)} → ${p99.during.toFixed(0)}`,
  );
  report.promise(
    `${dialect}: no fault of the server (G20)`,
    strange.length === 0 && during.wrong.length === 0,
    [...strange, ...during.wrong.slice(0, 3)].join('\n'),
  );
}

type Attack = (caller: Caller, ids: readonly string[]) => Promise<Reply>;

const definition = (kind: string, name: string, json: object): Attack => {
  return (caller) => caller({ method: 'PUT', path: `/definitions/${kind}/${name}?dryRun=true`, body: json });
};

/** A pattern without end, deep and wide bodies, filters as large as they may be, a thousand rows at once, a bomb of a template. */
const ATTACKS: readonly (readonly [name: string, attack: Attack])[] = [
  [
    'pattern',
    definition('entity', 'evil', {
      $id: 'evil',
      title: 'Evil',
      type: 'object',
      'x-entity': { plural: 'evils', display: '{{name}}' },
      properties: { name: { type: 'string', maxLength: 200, pattern: '^(([a-z])+.)+[A-Z]([a-z])+$' } },
      additionalProperties: false,
    }),
  ],
  ['deep', (caller) => caller({ method: 'POST', path: '/api/products', body: deep(20_000) })],
  [
    'wide',
    (caller) =>
      caller({
        method: 'POST',
        path: '/api/products',
        body: Object.fromEntries(Array.from({ length: 20_000 }, (_, index) => [`k${index}`, index])),
      }),
  ],
  [
    'filter',
    (caller, ids) => {
      const filter = { any: ids.slice(0, 100).map((id) => ({ not: { id, name: { contains: 'a' } } })) };
      return caller({
        method: 'GET',
        path: `/api/products?count=exact&filter=${encodeURIComponent(JSON.stringify(filter))}`,
      });
    },
  ],
  [
    'bulk',
    (caller) =>
      caller({
        method: 'POST',
        path: '/api/products',
        body: Array.from({ length: 1000 }, (_, index) => ({ name: `bulk ${index}`, nope: index })),
      }),
  ],
  [
    'rule',
    definition('automation', 'bomb', {
      name: 'bomb',
      title: 'Bomb',
      on: { trigger: 'created', entity: 'contact' },
      do: [
        {
          key: 'a',
          action: 'update',
          with: { set: { notes: '{{#each record}}'.repeat(2000) + '{{/each}}'.repeat(2000) } },
        },
      ],
      as: 'system',
    }),
  ],
];

function deep(levels: number): unknown {
  let value: unknown = 'x';
  for (let level = 0; level < levels / 10; level += 1) value = [value];
  return { name: value };
}

for (const dialect of dialects) await drill(dialect);
report.end();
