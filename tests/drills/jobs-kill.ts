/**
 * G2, G14: whoever runs the jobs is killed with SIGKILL again and again while a thousand automations fall due: the server on SQLite, one of three
 * workers on PostgreSQL. Our own effects happen exactly once, letters at least once and always under their key, nothing early.
 * `npx tsx tests/drills/jobs-kill.ts [--database …] [--kills 60] [--alarms 1000]`
 */
import { setTimeout as pause } from 'node:timers/promises';
import { alarmFiles, setAlarms, untilRung } from './support/alarms.ts';
import { createCaller } from './support/caller.ts';
import type { Caller } from './support/caller.ts';
import { settleJobs } from './support/halves.ts';
import { install } from './support/installation.ts';
import type { Dialect, Installation } from './support/installation.ts';
import { openLetterSink } from './support/letter-sink.ts';
import type { LetterSink } from './support/letter-sink.ts';
import { createReport, percentile, readOptions } from './support/report.ts';
import type { DrillServer } from './support/server.ts';
import type { DrillWorker } from './support/worker.ts';

const WORKERS = 3;
/** Jobs run at once by a process, unless told otherwise. */
const IN_FLIGHT = 4;
const LEASE = 15_000;
const PATIENCE = 180_000;

const { dialects, kills, alarms } = readOptions({
  kills: { otherwise: 60, most: 1000 },
  alarms: { otherwise: 1000, most: 100_000 },
});
const report = createReport(`kill -9 × ${kills} of whoever runs the jobs, ${alarms} alarms`);
for (const dialect of dialects) await drill(dialect);
report.end();

interface Rig {
  readonly installation: Installation;
  readonly sink: LetterSink;
  readonly env: Readonly<Record<string, string>>;
  server: DrillServer;
  readonly workers: DrillWorker[];
}

async function drill(dialect: Dialect): Promise<void> {
  const installation = await install(dialect, { files: alarmFiles({ mails: true }) });
  const sink = await openLetterSink();
  const env = { SMTP_URL: sink.url, CASEMENT_JOBS: dialect === 'postgres' ? 'workers' : 'here' };
  const rig: Rig = { installation, sink, env, server: await installation.start({ env }), workers: [] };
  if (dialect === 'postgres')
    for (let index = 0; index < WORKERS; index += 1) rig.workers.push(await installation.startWorker(env));
  let caller = callerOf(rig);
  try {
    const first = Date.now() + 5_000;
    // About as long as the kills take: something is always due.
    const span = kills * (dialect === 'postgres' ? 2_000 : 3_500);
    await setAlarms(caller, alarms, (index) => first + Math.floor((index * span) / alarms));
    await pause(Math.max(0, first - Date.now()));
    for (let kill = 1; kill <= kills; kill += 1) {
      await pause(300 + Math.random() * 900);
      caller.close();
      await killOne(rig, kill);
      caller = callerOf(rig);
      if (kill % 10 === 0) report.note(`${dialect}: ${kill} kills, ${sink.letters.size} letters`);
    }
    const rung = await untilRung(installation, alarms, PATIENCE);
    const dead = await settleJobs(caller);
    const repeats = [...sink.letters.values()].reduce((sum, times) => sum + times - 1, 0);
    report.figure(`${dialect}: kills while alarms rang`, kills);
    report.figure(`${dialect}: letters that came again, under their key`, repeats);
    report.figure(`${dialect}: longest delay of an alarm, s`, (rung.latest / 1000).toFixed(1));
    report.promise(
      `${dialect}: every effect of ours exactly once (G2, R-47)`,
      rung.rung === alarms && rung.twice === 0,
      `${rung.rung}, ${rung.twice} twice`,
    );
    report.promise(
      `${dialect}: every letter at least once, under one key (G2, R-47)`,
      sink.letters.size === alarms,
      `${sink.letters.size}`,
    );
    report.promise(`${dialect}: repeats no more than kills × in flight`, repeats <= kills * IN_FLIGHT, `${repeats}`);
    report.promise(`${dialect}: none early (R-49)`, rung.early === 0, `${rung.early}`);
    report.promise(`${dialect}: no job failed for good`, dead === 0, `${dead}`);
    if (dialect === 'postgres') {
      await takeOver(rig, caller, 'kill');
      await takeOver(rig, caller, 'freeze');
    }
  } finally {
    caller.close();
    for (const worker of rig.workers) await worker.kill();
    await rig.server.kill();
    await sink.close();
    await installation.remove();
  }
}

function callerOf({ server, installation }: Rig): Caller {
  return createCaller({ url: server.url, key: installation.key });
}

async function killOne(rig: Rig, kill: number): Promise<void> {
  const { installation, env, workers } = rig;
  const victim = workers[kill % WORKERS];
  if (victim) {
    await victim.kill();
    workers[kill % WORKERS] = await installation.startWorker(env);
    return;
  }
  await rig.server.kill();
  rig.server = await installation.start({ env });
}

/** Workers hold letters that are not answered; one of them is killed, or stands still: how long until another has sent what it held? */
async function takeOver(rig: Rig, caller: Caller, how: 'kill' | 'freeze'): Promise<void> {
  const { sink, workers } = rig;
  const many = IN_FLIGHT * WORKERS;
  const before = sink.letters.size;
  sink.hold(true);
  await setAlarms(caller, many, () => Date.now() + 1_000);
  for (const deadline = Date.now() + 30_000; sink.held < many && Date.now() < deadline;) await pause(20);
  const [victim] = workers;
  const asked = performance.now();
  if (how === 'kill') await victim?.kill();
  else victim?.freeze();
  await pause(200);
  sink.hold(false);
  for (const deadline = Date.now() + 120_000; Date.now() < deadline; await pause(50)) {
    if ((await callJobs(caller)) === 0) break;
  }
  const took = performance.now() - asked;
  victim?.thaw();
  if (how === 'kill') workers[0] = await rig.installation.startWorker(rig.env);
  await settleJobs(caller);
  const name = how === 'kill' ? 'killed' : 'frozen';
  report.figure(`jobs of a ${name} worker were done by another after, s`, (took / 1000).toFixed(1));
  report.promise(
    `taken over from a ${name} worker within the lease + 5 s (G14, R-48)`,
    took <= LEASE + 5_000 + 1_000,
    `${(took / 1000).toFixed(1)} s`,
  );
  report.promise(
    `each letter of a ${name} worker under one key`,
    sink.letters.size === before + many,
    `${sink.letters.size - before}`,
  );
  const rung = await untilRung(rig.installation, alarms + many * (how === 'kill' ? 1 : 2), 10_000);
  report.promise(`a ${name} worker did nothing twice (fencing)`, rung.twice === 0, `${rung.twice}`);
  report.figure(`letters sent again after a ${name} worker`, percentile([...sink.letters.values()], 1) - 1);
}

/** Jobs that run or are due. */
async function callJobs(caller: Caller): Promise<number> {
  const counts = await Promise.all(
    ['ready', 'running'].map(async (state) => {
      const { json } = await caller({ method: 'GET', path: `/jobs?state=${state}&limit=100` });
      return ((json['data'] ?? [{}]) as readonly unknown[]).length;
    }),
  );
  return counts.reduce((sum, count) => sum + count, 0);
}
