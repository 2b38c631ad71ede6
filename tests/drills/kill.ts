/**
 * G1: the server is killed with SIGKILL again and again under the load of 16 clients; nothing acknowledged is lost, nothing is half written.
 * `npx tsx tests/drills/kill.ts [--database sqlite|postgres] [--kills 60]`
 */
import { setTimeout as pause } from 'node:timers/promises';
import { createCaller } from './support/caller.ts';
import type { Caller } from './support/caller.ts';
import { findHalves, settleJobs } from './support/halves.ts';
import { install } from './support/installation.ts';
import type { Dialect } from './support/installation.ts';
import { createReport, percentile, readOptions } from './support/report.ts';
import type { DrillReport } from './support/report.ts';
import { createWorkload } from './support/workload.ts';

const CLIENTS = 16;
const READY = 5000;

const { dialects, kills } = readOptions({ kills: { otherwise: 60, most: 1000 } });
const report = createReport(`kill -9 × ${kills}, ${CLIENTS} clients`);
for (const dialect of dialects) await drill(dialect, report);
report.end();

async function drill(dialect: Dialect, { figure, promise, note }: DrillReport): Promise<void> {
  const installation = await install(dialect);
  let server = await installation.start();
  let caller: Caller = createCaller({ url: server.url, key: installation.key });
  const workload = await createWorkload({ clients: CLIENTS, caller: () => caller });
  const lost: string[] = [];
  const starts: number[] = [];
  const efforts: number[] = [];
  try {
    for (let kill = 1; kill <= kills; kill += 1) {
      workload.run();
      await pause(400 + Math.random() * 1200);
      await server.kill();
      await workload.rest();
      caller.close();
      server = await installation.start();
      caller = createCaller({ url: server.url, key: installation.key });
      starts.push(server.readyIn);
      efforts.push(server.readyCpu);
      lost.push(...(await workload.check('new')));
      if (kill % 10 === 0)
        note(`${dialect}: ${kill} kills, ${workload.tally.acknowledged} acknowledged, ${lost.length} lost`);
    }
    // Once more without a kill, so that what was open is sent again.
    workload.run();
    await pause(2000);
    await workload.rest();
    const dead = await settleJobs(caller);
    lost.push(...(await workload.check('all')));
    const halves = await findHalves(installation);
    const ledger = await installation.verifyLedger();
    const { code, output } = await installation.command(['ledger', 'verify']);
    const { tally } = workload;
    figure(`${dialect}: acknowledged writes`, tally.acknowledged);
    figure(`${dialect}: requests without an answer`, tally.statuses.get(0) ?? 0);
    figure(
      `${dialect}: ready again after, ms (median, most)`,
      `${percentile(starts, 0.5).toFixed(0)}, ${Math.max(...starts).toFixed(0)}`,
    );
    figure(
      `${dialect}: processor time of a start, ms (median, most)`,
      `${percentile(efforts, 0.5)}, ${Math.max(...efforts)}`,
    );
    figure(`${dialect}: changes in the ledger`, ledger.changes);
    promise(`${dialect}: no acknowledged write lost (G1)`, lost.length === 0, lost.slice(0, 5).join('\n'));
    promise(
      `${dialect}: nothing half written or doubled (G1, R-74)`,
      halves.length === 0,
      halves.slice(0, 5).join('\n'),
    );
    promise(
      `${dialect}: the ledger is whole`,
      ledger.faults.length === 0 && code === 0,
      code === 0 ? '' : output.slice(-500),
    );
    promise(`${dialect}: no job failed for good`, dead === 0);
    promise(
      `${dialect}: only expected answers`,
      tally.unexpected.length === 0,
      tally.unexpected.slice(0, 5).join('\n'),
    );
    promise(`${dialect}: ready within ${READY} ms`, Math.max(...starts) <= READY);
  } finally {
    caller.close();
    await server.kill();
    await installation.remove();
  }
}
