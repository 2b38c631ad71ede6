/**
 * G12 and G13: PostgreSQL crashes and comes back, stands still, drops all connections, gives none. The server stays up, says 503 meanwhile, is
 * healthy within 10 s, and nothing acknowledged is lost. `npx tsx tests/drills/postgres-faults.ts [--crashes 10] [--pause 30] [--cuts 20]`
 */
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { createCaller } from './support/caller.ts';
import type { Caller } from './support/caller.ts';
import { findHalves, settleJobs } from './support/halves.ts';
import { install } from './support/installation.ts';
import type { Installation } from './support/installation.ts';
import { crashPostgres, cutConnections, freezePostgres } from './support/postgres-faults.ts';
import { createReport, readOptions } from './support/report.ts';
import { isHealthy, untilHealthy } from './support/server.ts';
import type { DrillServer } from './support/server.ts';
import { createWorkload } from './support/workload.ts';
import type { Workload } from './support/workload.ts';

const HEALTHY = 10_000;
const ACQUIRE = 5000;

const options = readOptions({
  crashes: { otherwise: 10, most: 100 },
  pause: { otherwise: 30, most: 300 },
  cuts: { otherwise: 20, most: 1000 },
});
const report = createReport(
  `PostgreSQL: ${options.crashes} crashes, a pause of ${options.pause} s, ${options.cuts} × all connections cut`,
);
const installation = await install('postgres');
const server = await installation.start();
const caller = createCaller({ url: server.url, key: installation.key });
const lost: string[] = [];
try {
  const workload = await createWorkload({ clients: 16, caller: () => caller, expects: [503] });
  await crash(installation, server, workload);
  await freeze(installation, server, workload);
  await cut(installation, workload);
  await starve(installation, caller);
  workload.run();
  await pause(2000);
  await workload.rest();
  const dead = await settleJobs(caller);
  lost.push(...(await workload.check('all')));
  const halves = await findHalves(installation);
  const ledger = await installation.verifyLedger();
  const { tally } = workload;
  report.figure('acknowledged writes', tally.acknowledged);
  report.figure('answers by status', JSON.stringify(Object.fromEntries(tally.statuses)));
  report.promise('the process stays up (G12)', server.isRunning());
  report.promise('no acknowledged write lost (G12)', lost.length === 0, lost.slice(0, 5).join('\n'));
  report.promise('nothing half written or doubled', halves.length === 0, halves.slice(0, 5).join('\n'));
  report.promise('the ledger is whole', ledger.faults.length === 0, JSON.stringify(ledger.faults[0] ?? ''));
  report.promise(
    'every request is answered, with success or 503 (R-76)',
    tally.unexpected.length === 0,
    tally.unexpected.slice(0, 5).join('\n'),
  );
  report.promise('no job failed for good', dead === 0);
  report.promise(
    'no rejection that nobody handled',
    !/nobody (handled|caught)/.test(server.log()),
    server.log().slice(-500),
  );
} catch (error) {
  process.stderr.write(server.log().slice(-5000));
  throw error;
} finally {
  caller.close();
  await server.kill();
  await installation.remove();
}
report.end();

async function crash({ postgres }: Installation, { url }: DrillServer, workload: Workload): Promise<void> {
  if (!postgres) return;
  const took: number[] = [];
  for (let round = 0; round < options.crashes; round += 1) {
    workload.run();
    await pause(700 + Math.random() * 600);
    await crashPostgres(postgres);
    await pause(300);
    await postgres.start();
    took.push((await untilHealthy(url, HEALTHY * 2)) ?? Infinity);
    await pause(300);
    await workload.rest();
    lost.push(...(await workload.check('new')));
  }
  report.figure('crash: healthy again after, ms (most)', Math.max(...took).toFixed(0));
  report.promise(`healthy within ${HEALTHY} ms of a crash (G12)`, Math.max(...took) <= HEALTHY);
}

async function freeze({ postgres }: Installation, { url }: DrillServer, workload: Workload): Promise<void> {
  if (!postgres) return;
  workload.run();
  await pause(1000);
  const goOn = freezePostgres(postgres);
  await pause(1000);
  const asked = performance.now();
  const isUp = await isHealthy(url);
  const said = performance.now() - asked;
  await pause(options.pause * 1000);
  goOn();
  const took = (await untilHealthy(url, HEALTHY * 2)) ?? Infinity;
  await pause(1000);
  await workload.rest();
  lost.push(...(await workload.check('new')));
  report.figure('pause: says that it is not healthy after, ms', said.toFixed(0));
  report.promise('a server whose database stands still says so', !isUp && said < 3000);
  report.figure('pause: healthy again after, ms', took.toFixed(0));
  report.promise(`healthy within ${HEALTHY} ms of a pause (G12)`, took <= HEALTHY);
}

async function cut({ databaseUrl }: Installation, workload: Workload): Promise<void> {
  let connections = 0;
  workload.run();
  for (let round = 0; round < options.cuts; round += 1) {
    await pause(100 + Math.random() * 200);
    connections += await cutConnections(databaseUrl);
  }
  await pause(1000);
  await workload.rest();
  lost.push(...(await workload.check('new')));
  report.figure('connections cut', connections);
}

/** A transaction of somebody else holds a row that fifty writers want: the pool of ten is empty, and those behind are told so in time. */
async function starve({ databaseUrl }: Installation, ask: Caller): Promise<void> {
  const made = await ask({ method: 'POST', path: '/api/products', body: { name: 'wanted', price: '1.00' } });
  const path = `/api/products/${String(made.json['id'])}`;
  const holder = new pg.Client({ connectionString: databaseUrl });
  await holder.connect();
  await holder.query('begin');
  await holder.query('select * from "product" where "id" = $1 for update', [made.json['id']]);
  const writers = Promise.all(
    Array.from({ length: 50 }, (_, index) =>
      ask({ method: 'PATCH', path, body: { unit: index % 2 === 0 ? 'm' : 'm2' } }),
    ),
  );
  await pause(ACQUIRE + 3000);
  await holder.query('rollback');
  await holder.end();
  const replies = await writers;
  const statuses = replies.map(({ status }) => status);
  const refused = replies.filter(({ status }) => status === 503);
  const longest = Math.max(...refused.map(({ took }) => took), 0);
  report.figure(
    'starved pool: kept, refused',
    `${statuses.filter((status) => status === 200).length}, ${refused.length}`,
  );
  report.figure('starved pool: refused after, ms (longest)', longest.toFixed(0));
  report.promise(
    'a starved pool answers 200 or 503, nothing else (G13)',
    statuses.every((status) => status === 200 || status === 503),
    statuses.join(),
  );
  report.promise(
    'who gets no connection is told within the acquire timeout (G13)',
    refused.length > 0 && longest <= ACQUIRE + 2000,
  );
  const after = await ask({ method: 'PATCH', path, body: { name: 'had' } });
  report.promise('and then it goes on', after.status === 200);
}
