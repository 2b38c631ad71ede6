/**
 * The wall clock jumps while the server runs: 40 days on, two days back. Sessions, leases, ids and the ledger stay sane, and nothing fires early.
 * Needs libfaketime (Debian: `apt-get install libfaketime`): `npx tsx tests/drills/clock.ts [--database …]`; FAKETIME_LIB names it elsewhere.
 */
import { existsSync } from 'node:fs';
import { utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { sql } from '../../core/storage/sql.ts';
import { createCaller } from './support/caller.ts';
import type { Caller, Row } from './support/caller.ts';
import { findHalves, settleJobs } from './support/halves.ts';
import { install } from './support/installation.ts';
import type { Dialect, Installation } from './support/installation.ts';
import { createReport, readOptions } from './support/report.ts';
import { untilHealthy } from './support/server.ts';
import { createWorkload } from './support/workload.ts';

const LIBRARY = process.env['FAKETIME_LIB'] ?? '/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1';
const DAY = 86_400_000;
const NEAR = 60_000;

const { dialects } = readOptions({});
const report = createReport('the clock jumps');
if (!existsSync(LIBRARY)) throw new Error(`${LIBRARY} is missing: install libfaketime, or name it with FAKETIME_LIB.`);
for (const dialect of dialects) await drill(dialect);
report.end();

async function drill(dialect: Dialect): Promise<void> {
  const installation = await install(dialect);
  const offset = join(installation.dir, 'offset');
  await writeFile(offset, '+0\n');
  const server = await installation.start({
    env: {
      LD_PRELOAD: LIBRARY,
      FAKETIME_TIMESTAMP_FILE: offset,
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
    },
  });
  const caller = createCaller({ url: server.url, key: installation.key });
  try {
    const workload = await createWorkload({ clients: 4, caller: () => caller, expects: [401, 503] });
    const start = await clockOf(caller);
    workload.run();
    await pause(2000);
    const far = await jump(offset, '+40d', caller);
    await pause(3000);
    await workload.rest();
    // The key is of a day: forty days on it has ended, as it must.
    const ended = await caller({ method: 'GET', path: '/api/contacts?limit=1' });
    const back = await jump(offset, '-2d', caller);
    const healthy = await untilHealthy(server.url, 10_000);
    workload.run();
    await pause(3000);
    await workload.rest();
    await jump(offset, '+0', caller);
    workload.run();
    await pause(3000);
    await workload.rest();
    const dead = await settleJobs(caller);
    report.figure(
      `${dialect}: days seen by the server`,
      [start, far, back].map((at) => ((at - start) / DAY).toFixed(2)).join(', '),
    );
    report.promise(
      `${dialect}: the clock jumped`,
      Math.abs(far - start - 40 * DAY) < NEAR && Math.abs(back - start + 2 * DAY) < NEAR,
    );
    report.promise(
      `${dialect}: a key that has ended is refused while the clock says so`,
      ended.status === 401,
      `${ended.status}`,
    );
    report.promise(`${dialect}: healthy after the jump back`, healthy !== undefined);
    report.promise(`${dialect}: the process stays up`, server.isRunning());
    report.promise(
      `${dialect}: only expected answers`,
      workload.tally.unexpected.length === 0,
      workload.tally.unexpected.slice(0, 3).join('\n'),
    );
    report.promise(`${dialect}: no job failed for good`, dead === 0);
    await orders(dialect, installation);
    const lost = await workload.check('all');
    const halves = await findHalves(installation);
    const ledger = await installation.verifyLedger();
    report.figure(`${dialect}: acknowledged writes`, workload.tally.acknowledged);
    report.promise(`${dialect}: no acknowledged write lost`, lost.length === 0, lost.slice(0, 3).join('\n'));
    report.promise(
      `${dialect}: every rule ran once, none twice (G5)`,
      halves.length === 0,
      halves.slice(0, 3).join('\n'),
    );
    report.promise(
      `${dialect}: the ledger is whole`,
      ledger.faults.length === 0,
      JSON.stringify(ledger.faults[0] ?? ''),
    );
  } finally {
    caller.close();
    await server.kill();
    await installation.remove();
  }
}

/** Sets the clock of the server. Answers what it says then. */
async function jump(file: string, to: string, caller: Caller): Promise<number> {
  await writeFile(file, `${to}\n`);
  await utimes(file, new Date(), new Date());
  await pause(1500);
  return clockOf(caller);
}

async function clockOf(caller: Caller): Promise<number> {
  const { headers } = await caller({ method: 'GET', path: '/health' });
  return Date.parse(String(headers['date']));
}

/** The hybrid clock of the ledger never runs backwards, and ids are unique. */
async function orders(dialect: Dialect, installation: Installation): Promise<void> {
  const rows = await installation.look((db) =>
    db.read<Row>(sql`select "seq", "hlc", "id", "entity", "record", "version" from "_changes" order by "seq"`),
  );
  const last = new Map<string, string>();
  let backwards = 0;
  for (const row of rows) {
    const place = `${String(row['entity'])}/${String(row['record'])}`;
    const hlc = String(row['hlc']);
    if ((last.get(place) ?? '') >= hlc) backwards += 1;
    last.set(place, hlc);
  }
  report.figure(`${dialect}: changes`, rows.length);
  report.promise(
    `${dialect}: the ledger's clock of a record never stands or goes back (G5)`,
    backwards === 0,
    `${backwards}`,
  );
  report.promise(`${dialect}: no id twice`, new Set(rows.map(({ id }) => id)).size === rows.length);
}
