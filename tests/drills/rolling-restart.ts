/**
 * two servers on one PostgreSQL are restarted in turn with SIGTERM under load; whoever tries the other server when a connection is refused sees
 * no failure, and each stops within 20 s. `npx tsx tests/drills/rolling-restart.ts [--restarts 6]`
 */
import { setTimeout as pause } from 'node:timers/promises';
import { createCaller } from './support/caller.ts';
import type { Call, Caller, Reply } from './support/caller.ts';
import { findHalves, settleJobs } from './support/halves.ts';
import { install } from './support/installation.ts';
import { createReport, readOptions } from './support/report.ts';
import { freePort } from './support/server.ts';
import { createWorkload } from './support/workload.ts';

const DRAIN = 20_000;
/** The server took no connection: none listens, or it stopped before it came to this one. The request may be sent again, whatever it was. */
const isRefused = ({ failure, isNew }: Reply) =>
  failure === 'ECONNREFUSED' || (failure === 'ECONNRESET' && isNew === true);

const { restarts } = readOptions({ restarts: { otherwise: 6, most: 100 } });
const report = createReport(`${restarts} restarts in turn of two servers on one PostgreSQL`);
const installation = await install('postgres');
const ports = [installation.port, await freePort()];
const servers = await Promise.all(ports.map((port) => installation.start({ port })));
const callers = servers.map(({ url }) => createCaller({ url, key: installation.key }));
let retried = 0;
let turn = 0;

/** As a balancer in front would: the next server when one refuses the connection. */
const ask = async (call: Call): Promise<Reply> => {
  for (let attempt = 0; ; attempt += 1) {
    const caller = callers[turn++ % callers.length]!;
    const reply = await caller(call);
    if (!isRefused(reply) || attempt === 100) return reply;
    retried += 1;
    await pause(20);
  }
};
const balanced: Caller = Object.assign(ask, { close: () => callers.forEach((caller) => caller.close()) });

try {
  const workload = await createWorkload({ clients: 16, caller: () => balanced, expects: [503] });
  const stops: { took: number; code: number | null }[] = [];
  workload.run();
  for (let round = 0; round < restarts; round += 1) {
    const index = round % 2;
    await pause(1500);
    stops.push(await servers[index]!.stop());
    await pause(300);
    servers[index] = await installation.start({ port: ports[index]! });
  }
  await pause(1500);
  await workload.rest();
  const dead = await settleJobs(balanced);
  const lost = await workload.check('all');
  const halves = await findHalves(installation);
  const ledger = await installation.verifyLedger();
  const { tally } = workload;
  const longest = Math.max(...stops.map(({ took }) => took));
  report.figure('acknowledged writes', tally.acknowledged);
  report.figure('answers by status', JSON.stringify(Object.fromEntries(tally.statuses)));
  report.figure('connections refused and tried again', retried);
  report.figure('stopped after, ms (longest)', longest.toFixed(0));
  report.promise('no request fails (R-82)', tally.unexpected.length === 0, tally.unexpected.slice(0, 5).join('\n'));
  report.promise('no request is put off with 503', !tally.statuses.has(503));
  report.promise('no acknowledged write lost', lost.length === 0, lost.slice(0, 5).join('\n'));
  report.promise('nothing half written or doubled', halves.length === 0, halves.slice(0, 5).join('\n'));
  report.promise('the ledger is whole', ledger.faults.length === 0);
  report.promise('no job failed for good', dead === 0);
  report.promise(
    `each stops within ${DRAIN} ms, with code 0 (R-82)`,
    longest <= DRAIN && stops.every(({ code }) => code === 0),
    stops.map(({ code }) => code).join(),
  );
} finally {
  balanced.close();
  await Promise.all(servers.map((server) => server.kill()));
  await installation.remove();
}
report.end();
