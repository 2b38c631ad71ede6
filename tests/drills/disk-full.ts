/**
 * G11: the disk of the database, of the files and of the log is full, in turn. What cannot be kept is refused as typed, reads go on, the process
 * stays up, and writes work again within 5 s of there being room. As root on Linux: `npx tsx tests/drills/disk-full.ts`
 */
import { openSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { sql } from '../../core/storage/sql.ts';
import { createCaller } from './support/caller.ts';
import type { Caller, Reply } from './support/caller.ts';
import { findHalves, settleJobs } from './support/halves.ts';
import { install } from './support/installation.ts';
import type { Installation } from './support/installation.ts';
import { createReport } from './support/report.ts';
import type { DrillServer } from './support/server.ts';
import { mountSmallDisk } from './support/small-disk.ts';
import type { SmallDisk } from './support/small-disk.ts';
import { createWorkload } from './support/workload.ts';

const RECOVERY = 5000;
const report = createReport('full disks');

interface Stage {
  readonly disk: SmallDisk;
  readonly installation: Installation;
  readonly server: DrillServer;
  readonly caller: Caller;
}

/** Milliseconds until the work succeeds; undefined when it did not in time. */
async function untilDone(work: () => Promise<boolean>): Promise<number | undefined> {
  const begun = performance.now();
  while (performance.now() - begun < RECOVERY * 2) {
    if (await work()) return performance.now() - begun;
    await pause(50);
  }
  return undefined;
}

function promiseRecovery(what: string, took: number | undefined): void {
  report.promise(
    `${what} work again within ${RECOVERY} ms (G11)`,
    took !== undefined && took <= RECOVERY,
    `${took?.toFixed(0)} ms`,
  );
}

const isTyped = ({ status, json }: Reply) =>
  (status === 503 || status === 507) && typeof json['code'] === 'string' && json['code'] !== 'INTERNAL';

async function fullDatabase({ disk, installation, server, caller }: Stage): Promise<void> {
  const workload = await createWorkload({ clients: 8, caller: () => caller });
  workload.run();
  await pause(1000);
  disk.fill();
  await pause(3000);
  const reads = await Promise.all(
    ['/api/contacts?limit=50', '/api/deals?limit=50', '/model', '/health'].map((path) =>
      caller({ method: 'GET', path }),
    ),
  );
  const refused: Reply[] = [];
  for (let index = 0; index < 60; index += 1) {
    const reply = await caller({
      method: 'POST',
      path: '/api/products',
      body: { name: 'x'.repeat(100), price: '1.00' },
    });
    if (reply.status !== 201) refused.push(reply);
  }
  const login = await caller({
    method: 'POST',
    path: '/auth/login',
    body: { email: 'a@example.com', password: 'nothing at all' },
  });
  disk.free();
  const took = await untilDone(async () => {
    const { status } = await caller({ method: 'POST', path: '/api/products', body: { name: 'after' } });
    return status === 201;
  });
  await pause(1000);
  await workload.rest();
  const { tally } = workload;
  report.figure('database: answers by status', JSON.stringify(Object.fromEntries(tally.statuses)));
  report.figure('database: refused while full', refused.length);
  report.promise(
    'database: reads go on',
    reads.every(({ status }) => status === 200),
    reads.map(({ status }) => status).join(),
  );
  report.promise(
    'database: what cannot be kept is refused as typed',
    refused.length > 0 && refused.every(isTyped),
    describe(refused),
  );
  report.promise('database: a log-in is answered', login.status === 401 || isTyped(login), describe([login]));
  report.promise(
    'database: only expected answers',
    tally.unexpected.length === 0,
    tally.unexpected.slice(0, 5).join('\n'),
  );
  report.promise('database: the process stays up', server.isRunning());
  promiseRecovery('database: writes', took);
  const dead = await settleJobs(caller);
  const lost = await workload.check('all');
  const halves = await findHalves(installation);
  const integrity = await installation.look((db) => db.read<Record<string, string>>(sql`pragma integrity_check`));
  const ledger = await installation.verifyLedger();
  report.promise('database: no acknowledged write lost', lost.length === 0, lost.slice(0, 3).join('\n'));
  report.promise('database: nothing half written', halves.length === 0, halves.slice(0, 3).join('\n'));
  report.promise('database: no job failed for good', dead === 0);
  report.promise('database: integrity', integrity[0]?.['integrity_check'] === 'ok' && ledger.faults.length === 0);
}

const upload = async ({ server, installation }: Stage, content: string, door = '/files'): Promise<Reply> => {
  const form = new FormData();
  form.set('file', new Blob([content], { type: 'text/plain' }), door === '/files' ? 'note.txt' : 'table.csv');
  const begun = performance.now();
  const response = await fetch(server.url + door, {
    method: 'POST',
    body: form,
    headers: { authorization: `Bearer ${installation.key}` },
  });
  const json = (await response.json()) as Reply['json'];
  return {
    status: response.status,
    json,
    headers: Object.fromEntries(response.headers),
    took: performance.now() - begun,
  };
};

async function fullFiles(stage: Stage): Promise<void> {
  const { disk, installation, server, caller } = stage;
  const before = await upload(stage, 'kept');
  disk.fill();
  const refused = await Promise.all(Array.from({ length: 20 }, () => upload(stage, 'x'.repeat(300_000))));
  const tables = await Promise.all(
    Array.from({ length: 5 }, () => upload(stage, 'a,b\n'.repeat(100_000), '/imports/files')),
  );
  const kept = await fetch(`${server.url}/files/${String(before.json['id'])}`, {
    headers: { authorization: `Bearer ${installation.key}` },
  });
  const text = await kept.text();
  const record = await caller({ method: 'POST', path: '/api/products', body: { name: 'no file' } });
  const leftovers = (await readdir(join(installation.dataDir, 'files', 'incoming'))).length;
  disk.free();
  const took = await untilDone(async () => (await upload(stage, 'after')).status === 201);
  report.promise('files: what cannot be kept is refused as typed', refused.every(isTyped), describe(refused));
  report.promise('files: tables to import are refused as typed', tables.every(isTyped), describe(tables));
  report.promise('files: what is there is read', kept.status === 200 && text === 'kept', `${kept.status} ${text}`);
  report.promise('files: records are written', record.status === 201);
  report.promise('files: broken uploads leave nothing', leftovers === 0, `${leftovers} files`);
  report.promise('files: the process stays up', server.isRunning());
  promiseRecovery('files: uploads', took);
}

/** Who goes away in the middle of a download is noted in the log. */
async function breakOff({ server, installation }: Stage, id: string): Promise<void> {
  const stop = new AbortController();
  const response = await fetch(`${server.url}/files/${id}`, {
    headers: { authorization: `Bearer ${installation.key}` },
    signal: stop.signal,
  });
  await response.body?.getReader().read();
  stop.abort();
}

async function fullLog(stage: Stage): Promise<void> {
  const { disk, server, caller } = stage;
  const big = await upload(stage, 'y'.repeat(20_000_000));
  disk.fill();
  for (let index = 0; index < 20; index += 1) await breakOff(stage, String(big.json['id'])).catch(() => undefined);
  await pause(500);
  const wrote = await caller({ method: 'POST', path: '/api/products', body: { name: 'without a log' } });
  const isUp = server.isRunning();
  const before = disk.freeBytes();
  disk.free();
  const room = disk.freeBytes();
  for (let index = 0; index < 20; index += 1) await breakOff(stage, String(big.json['id'])).catch(() => undefined);
  await pause(500);
  report.figure('log: free bytes while full', before);
  report.promise('log: the process stays up and writes', isUp && wrote.status === 201, `${wrote.status}`);
  report.promise('log: it is written again once there is room', server.isRunning() && disk.freeBytes() < room);
}

function describe(replies: readonly Reply[]): string {
  return [...new Set(replies.map(({ status, json }) => `${status} ${String(json['code'])}`))].join(', ');
}

/** One installation on SQLite, of which one part lies on the small disk. */
async function stage(part: 'database' | 'data' | 'log', work: (stage: Stage) => Promise<void>): Promise<void> {
  const disk = await mountSmallDisk(part === 'log' ? 1 : 24);
  try {
    const installation = await install('sqlite', {
      ...(part === 'database' ? { databaseDir: disk.dir } : {}),
      ...(part === 'data' ? { dataDir: join(disk.dir, 'data') } : {}),
    });
    const logTo = part === 'log' ? { logTo: openSync(join(disk.dir, 'log'), 'a'), env: { CASEMENT_LOG: 'info' } } : {};
    const server = await installation.start(logTo);
    const caller = createCaller({ url: server.url, key: installation.key });
    try {
      await work({ disk, installation, server, caller });
    } finally {
      caller.close();
      await server.kill();
      if (process.env['DRILL_LOG']) process.stderr.write(server.log());
      await installation.remove();
    }
  } finally {
    await disk.remove();
  }
}

await stage('database', fullDatabase);
await stage('data', fullFiles);
await stage('log', fullLog);
report.end();
