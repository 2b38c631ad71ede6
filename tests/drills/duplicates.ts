/**
 * G8: the same request many times at once and again after lost answers, with one Idempotency-Key: one effect, one answer.
 * `npx tsx tests/drills/duplicates.ts [--database …] [--keys 200] [--parallel 10]`
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { createCaller } from './support/caller.ts';
import type { Call, Caller, Reply } from './support/caller.ts';
import { findHalves, settleJobs } from './support/halves.ts';
import { install } from './support/installation.ts';
import type { Dialect } from './support/installation.ts';
import { createReport, readOptions } from './support/report.ts';

const AT_ONCE = 10;

const { dialects, keys, parallel } = readOptions({
  keys: { otherwise: 200, most: 5000 },
  parallel: { otherwise: 10, most: 50 },
});
const report = createReport(`${keys} keys × ${parallel} at once, half of the answers cut off`);
for (const dialect of dialects) await drill(dialect);
report.end();

/** Until there is an answer: the first one may be cut off, and 503 says "try again". */
async function insist(caller: Caller, call: Call, counts: { cut: number; waits: number }): Promise<Reply> {
  let reply = await caller({ ...call, ...(Math.random() < 0.5 ? { cutAfter: Math.random() * 60 } : {}) });
  while (reply.status === 0 || reply.status === 503) {
    if (reply.status === 0) counts.cut += 1;
    else counts.waits += 1;
    await pause(20 + Math.random() * 50);
    reply = await caller(call);
  }
  return reply;
}

async function drill(dialect: Dialect): Promise<void> {
  const installation = await install(dialect);
  const server = await installation.start();
  const caller = createCaller({ url: server.url, key: installation.key, sockets: AT_ONCE * parallel });
  const counts = { cut: 0, waits: 0 };
  const faults: string[] = [];
  try {
    const one = async (index: number) => {
      const body = { name: `once ${index}`, notes: '0' };
      const call = { method: 'POST', path: '/api/contacts', body, headers: { 'idempotency-key': randomUUID() } };
      const replies = await Promise.all(Array.from({ length: parallel }, () => insist(caller, call, counts)));
      const answers = new Set(replies.map(({ status, json }) => `${status} ${JSON.stringify(json)}`));
      if (answers.size !== 1 || replies[0]?.status !== 201) faults.push([...answers].join('\n'));
      const other = await caller({ ...call, body: { name: 'another' } });
      if (other.status !== 422) faults.push(`another body: ${other.status}`);
    };
    for (let from = 0; from < keys; from += AT_ONCE)
      await Promise.all(Array.from({ length: Math.min(AT_ONCE, keys - from) }, (_, index) => one(from + index)));
    await settleJobs(caller);
    const { json } = await caller({ method: 'GET', path: '/api/contacts?limit=1&count=exact' });
    const tasks = await caller({ method: 'GET', path: '/api/tasks?limit=1&count=exact' });
    const halves = await findHalves(installation);
    report.figure(`${dialect}: answers cut off, told to wait`, `${counts.cut}, ${counts.waits}`);
    report.figure(
      `${dialect}: contacts, tasks of their rule`,
      `${String(json['total'])}, ${String(tasks.json['total'])}`,
    );
    report.promise(
      `${dialect}: each key has one effect (G8, R-74)`,
      json['total'] === keys && tasks.json['total'] === keys,
    );
    report.promise(
      `${dialect}: the same answer every time, 422 for another body (G8)`,
      faults.length === 0,
      faults.slice(0, 3).join('\n'),
    );
    report.promise(`${dialect}: nothing half written or doubled`, halves.length === 0, halves.slice(0, 3).join('\n'));
  } finally {
    caller.close();
    await server.kill();
    await installation.remove();
  }
}
