/**
 * G19: a mixed load for long, with faults now and then: memory and handles stay flat, and nothing is left unhandled.
 * `npx tsx tests/drills/soak.ts [--database …] [--minutes 30]`
 */
import { setTimeout as pause } from 'node:timers/promises';
import { createCaller } from './support/caller.ts';
import { findHalves, settleJobs } from './support/halves.ts';
import { install } from './support/installation.ts';
import type { Dialect, Installation } from './support/installation.ts';
import { cutConnections } from './support/postgres-faults.ts';
import { createReport, percentile, readOptions } from './support/report.ts';
import type { DrillServer } from './support/server.ts';
import { createWorkload } from './support/workload.ts';

/** MiB of heap an hour, and what the collector leaves lying about. */
const GROWTH = 5;
const NOISE = 12;
const EVERY = 2000;

const { dialects, minutes } = readOptions({ minutes: { otherwise: 30, most: 600 } });
const report = createReport(`${minutes} minutes of load with faults`);
for (const dialect of dialects) await drill(dialect);
report.end();

interface Sample {
  readonly heap: number;
  readonly handles: number;
}

async function sample(server: DrillServer, key: string): Promise<Sample | undefined> {
  const response = await fetch(`${server.url}/metrics`, { headers: { authorization: `Bearer ${key}` } });
  const heap = Number(/nodejs_heap_used_bytes (\S+)/.exec(await response.text())?.[1] ?? NaN) / 1_048_576;
  return Number.isFinite(heap)
    ? { heap, handles: server.handles().filter((path) => !path.startsWith('socket:')).length }
    : undefined;
}

/** What is in use right after the collector: the least of each stretch. */
function floorOf(samples: readonly Sample[]): number {
  return percentile(
    samples.map(({ heap }) => heap),
    0.05,
  );
}

async function fault({ postgres, databaseUrl, port }: Installation): Promise<void> {
  if (postgres) await cutConnections(databaseUrl);
  const caller = createCaller({ url: `http://127.0.0.1:${port}` });
  await caller({ method: 'POST', path: '/auth/login', body: { email: 'nobody@example.com', password: 'wrong wrong' } });
  await caller({ method: 'POST', path: '/files', body: { not: 'a file' }, cutAfter: 1 });
  caller.close();
}

async function drill(dialect: Dialect): Promise<void> {
  const installation = await install(dialect);
  const server = await installation.start();
  const caller = createCaller({ url: server.url, key: installation.key });
  try {
    const workload = await createWorkload({ clients: 8, caller: () => caller, expects: [503] });
    workload.run();
    const samples: Sample[] = [];
    const end = Date.now() + minutes * 60_000;
    for (let turn = 1; Date.now() < end; turn += 1) {
      await pause(EVERY);
      const taken = await sample(server, installation.key).catch(() => undefined);
      if (taken) samples.push(taken);
      if (turn % 15 === 0) await fault(installation);
    }
    await workload.rest();
    const dead = await settleJobs(caller);
    const lost = await workload.check('all');
    const halves = await findHalves(installation);
    const quarter = Math.floor(samples.length / 4);
    const [second, last] = [samples.slice(quarter, 2 * quarter), samples.slice(-quarter)];
    const grown = floorOf(last) - floorOf(second);
    const handles = [second, last].map((part) =>
      percentile(
        part.map((one) => one.handles),
        0.5,
      ),
    );
    const { tally } = workload;
    report.figure(`${dialect}: acknowledged writes`, tally.acknowledged);
    report.figure(
      `${dialect}: heap floor MiB (second quarter, last)`,
      `${floorOf(second).toFixed(1)}, ${floorOf(last).toFixed(1)}`,
    );
    report.figure(`${dialect}: handles (second quarter, last)`, handles.join(', '));
    report.figure(`${dialect}: memory MiB`, server.memory());
    report.promise(
      `${dialect}: the heap does not grow (G19)`,
      grown <= (GROWTH * minutes) / 60 + NOISE,
      `${grown.toFixed(1)} MiB`,
    );
    report.promise(`${dialect}: handles stay as many (G19)`, (handles[1] ?? 0) <= (handles[0] ?? 0) + 2);
    report.promise(`${dialect}: nothing is left unhandled (G19)`, !/nobody (handled|caught)/.test(server.log()));
    report.promise(
      `${dialect}: only expected answers`,
      tally.unexpected.length === 0,
      tally.unexpected.slice(0, 3).join('\n'),
    );
    report.promise(
      `${dialect}: no acknowledged write lost, none by half`,
      lost.length + halves.length + dead === 0,
      [...lost, ...halves].slice(0, 3).join('\n'),
    );
  } finally {
    caller.close();
    await server.kill();
    await installation.remove();
  }
}
