/**
 * Ten thousand timers due within one minute, on PostgreSQL with two workers: none lost, none twice, none early, and people who work meanwhile
 * notice little. `npx tsx tests/drills/timers.ts [--timers 10000] [--clients 4]`
 */
import { alarmFiles, setAlarms, untilRung } from './support/alarms.ts';
import { createCaller } from './support/caller.ts';
import type { Caller } from './support/caller.ts';
import { install } from './support/installation.ts';
import { runLoad, seedProducts, timesText } from './support/load.ts';
import type { LoadFigures } from './support/load.ts';
import { createReport, percentile, readOptions } from './support/report.ts';

const MINUTE = 60_000;
const IDLE_SECONDS = 20;
const PATIENCE = 600_000;

const { timers, clients } = readOptions({
  timers: { otherwise: 10_000, most: 100_000 },
  clients: { otherwise: 4, most: 100 },
});
const { figure, promise, note, end } = createReport(`${timers} timers due in one minute, two workers`);
const installation = await install('postgres', { files: alarmFiles({ mails: false }) });
const server = await installation.start({ env: { CASEMENT_JOBS: 'workers' } });
const workers = [await installation.startWorker(), await installation.startWorker()];
const caller: Caller = createCaller({ url: server.url, key: installation.key });
try {
  const ids = await seedProducts(caller, 500);
  const settings = Date.now();
  // Far enough ahead that all are set, and the idle figure is taken, before the first is due.
  const lead = 60_000 + timers * 12;
  const first = settings + lead;
  await setAlarms(caller, timers, (index) => first + Math.floor((index * MINUTE) / timers));
  note(
    `set in ${Math.round((Date.now() - settings) / 1000)} s, the first is due in ${Math.round((first - Date.now()) / 1000)} s`,
  );
  const idle = await runLoad({ caller, clients, seconds: IDLE_SECONDS, ids });
  await new Promise((resolve) => setTimeout(resolve, Math.max(0, first - Date.now())));
  const busy = await runLoad({ caller, clients, seconds: MINUTE / 1000, ids });
  const rung = await untilRung(installation, timers, PATIENCE);
  figure('all had rung after the first was due, s', ((Date.now() - first) / 1000).toFixed(0));
  figure('longest delay of a timer, s', (rung.latest / 1000).toFixed(1));
  show('idle', idle);
  show('while the timers fire', busy);
  promise('none lost', rung.rung === timers, `${rung.rung} of ${timers}`);
  promise('none twice (R-48)', rung.twice === 0, `${rung.twice}`);
  promise('none early (R-49)', rung.early === 0, `${rung.early}`);
  const ratio = p99(busy) / p99(idle);
  promise('p99 of the server within twice its idle figure', ratio <= 2, ratio.toFixed(2));
  promise('only expected answers', busy.wrong.length === 0, busy.wrong.slice(0, 3).join('\n'));
} finally {
  caller.close();
  for (const worker of workers) await worker.kill();
  await server.kill();
  await installation.remove();
}
end();

function p99(load: LoadFigures): number {
  return percentile([...load.reads, ...load.writes], 0.99);
}

function show(when: string, load: LoadFigures): void {
  figure(`reads, ${when}, ms (p50, p99, most)`, timesText(load.reads));
  figure(`writes, ${when}, ms (p50, p99, most)`, timesText(load.writes));
  figure(`requests each second, ${when}`, ((load.reads.length + load.writes.length) / load.seconds).toFixed(0));
}
