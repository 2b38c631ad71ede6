/**
 * G7: fifty writers read, change and write the same records: counters, sets and lists. The histories are checked afterwards.
 * `npx tsx tests/drills/lost-updates.ts [--database …] [--writers 50] [--updates 200]`
 */
import { createCaller } from './support/caller.ts';
import type { Caller, Row } from './support/caller.ts';
import { install } from './support/installation.ts';
import type { Dialect } from './support/installation.ts';
import { createReport, readOptions } from './support/report.ts';

const RECORDS = 12;
type Kind = 'counter' | 'set' | 'list';
const KINDS: readonly Kind[] = ['counter', 'set', 'list'];

const { dialects, writers, updates } = readOptions({
  writers: { otherwise: 50, most: 200 },
  updates: { otherwise: 200, most: 1000 },
});
const report = createReport(`${writers} writers × ${updates} updates`);
for (const dialect of dialects) await drill(dialect);
report.end();

/** One record and the writes to it that were acknowledged, each with the version it made. */
interface History {
  readonly id: string;
  readonly kind: Kind;
  readonly writes: { readonly mark: string; readonly version: number }[];
}

interface Counts {
  conflicts: number;
  readonly strange: string[];
}

/** A counter and a list are read and written whole, with the version read; of a set each writer adds its own key, without a version. */
async function update(caller: Caller, history: History, mark: string, counts: Counts): Promise<void> {
  const path = `/api/tasks/${history.id}`;
  for (;;) {
    const read = history.kind === 'set' ? undefined : await caller({ method: 'GET', path });
    const now = (read?.json['checklist'] ?? {}) as Row;
    const checklist =
      history.kind === 'counter'
        ? { n: Number(now['n'] ?? 0) + 1 }
        : history.kind === 'set'
          ? { [mark]: true }
          : { list: [...((now['list'] ?? []) as readonly string[]), mark] };
    const headers = read ? { headers: { 'if-match': String(read.headers['etag']) } } : {};
    const reply = await caller({ method: 'PATCH', path, body: { checklist }, ...headers });
    if (reply.status === 200) return void history.writes.push({ mark, version: Number(reply.json['version']) });
    if (reply.status === 412) counts.conflicts += 1;
    else if (reply.status !== 503) counts.strange.push(`${reply.status} ${JSON.stringify(reply.json).slice(0, 200)}`);
    if (counts.strange.length > 20) return;
  }
}

/** What of the history the record does not show, or shows otherwise. */
function faultsOf(history: History, record: Row): readonly string[] {
  const { kind, writes } = history;
  const made = [...writes].sort((a, b) => a.version - b.version);
  const value = (record['checklist'] ?? {}) as Row;
  const faults: string[] = [];
  if (Number(record['version']) !== writes.length + 1)
    faults.push(`version ${String(record['version'])} after ${writes.length} writes`);
  if (new Set(made.map(({ version }) => version)).size !== made.length) faults.push('two writes were told one version');
  const marks = made.map(({ mark }) => mark);
  if (kind === 'counter' && Number(value['n'] ?? 0) !== writes.length)
    faults.push(`counted ${String(value['n'])} of ${writes.length}`);
  if (kind === 'set' && Object.keys(value).sort().join() !== [...marks].sort().join())
    faults.push('the set is not that of the writes');
  if (kind === 'list' && JSON.stringify(value['list'] ?? []) !== JSON.stringify(marks))
    faults.push('the list is not in the order of the versions');
  return faults.map((fault) => `${kind} ${history.id}: ${fault}`);
}

async function drill(dialect: Dialect): Promise<void> {
  const installation = await install(dialect);
  const server = await installation.start();
  const caller = createCaller({ url: server.url, key: installation.key, sockets: writers });
  const counts: Counts = { conflicts: 0, strange: [] };
  try {
    const histories: History[] = [];
    for (let index = 0; index < RECORDS; index += 1) {
      const kind = KINDS[index % KINDS.length]!;
      const { json } = await caller({ method: 'POST', path: '/api/tasks', body: { title: kind, checklist: {} } });
      histories.push({ id: String(json['id']), kind, writes: [] });
    }
    const begun = performance.now();
    await Promise.all(
      Array.from({ length: writers }, async (_, writer) => {
        for (let turn = 0; turn < updates; turn += 1) {
          const history = histories[Math.floor(Math.random() * histories.length)]!;
          await update(caller, history, `w${writer}t${turn}`, counts);
        }
      }),
    );
    const seconds = (performance.now() - begun) / 1000;
    const faults: string[] = [];
    for (const history of histories)
      faults.push(...faultsOf(history, (await caller({ method: 'GET', path: `/api/tasks/${history.id}` })).json));
    const alone = await sequentialSaves(caller);
    const ledger = await installation.verifyLedger();
    const total = histories.reduce((sum, { writes }) => sum + writes.length, 0);
    report.figure(
      `${dialect}: updates, conflicts told, seconds`,
      `${total}, ${counts.conflicts}, ${seconds.toFixed(0)}`,
    );
    report.promise(
      `${dialect}: every update was made once`,
      total === writers * updates,
      counts.strange.slice(0, 3).join('\n'),
    );
    report.promise(
      `${dialect}: nothing lost, nothing that nobody wrote (G7)`,
      faults.length === 0,
      faults.slice(0, 5).join('\n'),
    );
    report.promise(`${dialect}: who saves alone is never told of a conflict (G7)`, alone);
    report.promise(`${dialect}: the ledger is whole`, ledger.faults.length === 0);
  } finally {
    caller.close();
    await server.kill();
    await installation.remove();
  }
}

async function sequentialSaves(caller: Caller): Promise<boolean> {
  let reply = await caller({ method: 'POST', path: '/api/tasks', body: { title: 'alone' } });
  const path = `/api/tasks/${String(reply.json['id'])}`;
  for (let turn = 0; turn < 100 && reply.status < 300; turn += 1)
    reply = await caller({
      method: 'PATCH',
      path,
      body: { notes: String(turn) },
      headers: { 'if-match': String(reply.headers['etag']) },
    });
  return reply.status === 200 && reply.json['notes'] === '99';
}
