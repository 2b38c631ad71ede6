/**
 * G4, G5: timers a second, 25 days, 400 days and five years ahead, with nothing running while they become due; then a clock that jumps 40 days on and
 * two days back, and one that runs sixty times as fast. None early, none missed, none twice. Needs libfaketime.
 * `npx tsx tests/drills/timers-clock.ts [--database …] [--timers 10000]`
 */
import { setTimeout as pause } from 'node:timers/promises';
import { alarmFiles, countRung, setAlarms, untilRung } from './support/alarms.ts';
import { createCaller } from './support/caller.ts';
import type { Caller } from './support/caller.ts';
import { createFakeClock } from './support/fake-clock.ts';
import type { FakeClock } from './support/fake-clock.ts';
import { install } from './support/installation.ts';
import type { Dialect, Installation } from './support/installation.ts';
import { createReport, readOptions } from './support/report.ts';
import type { DrillServer } from './support/server.ts';
import type { DrillWorker } from './support/worker.ts';

const DAY = 86_400_000;
const YEAR = 365 * DAY;
const DISTANCES = { '1 s': 1_000, '25 d': 25 * DAY, '400 d': 400 * DAY, '5 y': 5 * YEAR };
/** More than a start takes on a busy machine. */
const MARGIN = 600_000;
const FIRST_WITHIN = 30_000;
const PATIENCE = 300_000;

const { dialects, timers } = readOptions({ timers: { otherwise: 10_000, most: 100_000 } });
const report = createReport(`${timers} timers up to five years ahead, and clocks that jump`);
for (const dialect of dialects) await drill(dialect);
report.end();

interface Rig {
  readonly dialect: Dialect;
  readonly installation: Installation;
  readonly clock: FakeClock;
}

interface Running {
  readonly server: DrillServer;
  readonly workers: readonly DrillWorker[];
  readonly caller: Caller;
  stop(): Promise<void>;
}

async function drill(dialect: Dialect): Promise<void> {
  const installation = await install(dialect, { files: alarmFiles({ mails: false }) });
  const clock = await createFakeClock(installation.dir);
  const rig: Rig = { dialect, installation, clock };
  try {
    await farAhead(rig);
    await jumps(rig);
  } finally {
    await installation.remove();
  }
}

/** The server, and on PostgreSQL two workers beside it, by the clock of the drill. */
async function run({ dialect, installation, clock }: Rig): Promise<Running> {
  const server = await installation.start({ env: clock.env });
  const workers: DrillWorker[] = [];
  const wanted = dialect === 'postgres' ? 2 : 0;
  while (workers.length < wanted) workers.push(await installation.startWorker(clock.env));
  const caller = createCaller({ url: server.url, key: installation.key });
  return {
    server,
    workers,
    caller,
    async stop() {
      caller.close();
      await Promise.all([server.kill(), ...workers.map((worker) => worker.kill())]);
    },
  };
}

async function farAhead(rig: Rig): Promise<void> {
  const { dialect, installation, clock } = rig;
  const share = Math.floor(timers / Object.keys(DISTANCES).length);
  const first = await run(rig);
  const set = Date.now() + 2 * MARGIN;
  // All of them while the first are still ahead.
  for (const distance of Object.values(DISTANCES)) await setAlarms(first.caller, share, () => set + distance);
  await first.stop();
  let expected = 0;
  for (const [name, distance] of Object.entries(DISTANCES)) {
    // Some minutes before: nothing happens, however long one waits.
    await clock.turn(set + distance - MARGIN - Date.now());
    const early = await run(rig);
    await pause(3_000);
    await early.stop();
    const before = await countRung(installation);
    report.promise(`${dialect}: +${name}: none before its time`, before.rung === expected, `${before.rung - expected}`);
    // Due while nothing ran.
    await clock.turn(set + distance + 3_600_000 - Date.now());
    const late = await run(rig);
    const begun = Date.now();
    await untilRung(installation, expected + 1, FIRST_WITHIN);
    const firstAfter = Date.now() - begun;
    expected += share;
    const rung = await untilRung(installation, expected, PATIENCE);
    report.figure(
      `${dialect}: +${name}: first and all rang after the start, s`,
      `${(firstAfter / 1000).toFixed(1)}, ${((Date.now() - begun) / 1000).toFixed(1)}`,
    );
    report.promise(`${dialect}: +${name}: they ring within 30 s of the start (G4)`, firstAfter < FIRST_WITHIN);
    report.promise(
      `${dialect}: +${name}: none missed, none twice, none early (G4, R-49)`,
      rung.rung === expected && rung.twice + rung.early === 0,
      JSON.stringify(rung),
    );
    await late.stop();
  }
  await clock.turn(0);
}

async function jumps(rig: Rig): Promise<void> {
  const { dialect, installation, clock } = rig;
  const running = await run(rig);
  const { rung: base } = await countRung(installation);
  const now = Date.now();
  const many = 200;
  await setAlarms(running.caller, many, (index) => now + (1 + (index % 39)) * DAY);
  await setAlarms(running.caller, many, () => now + 41 * DAY);
  await clock.turn(40 * DAY);
  const far = await untilRung(installation, base + many, 60_000);
  await pause(3_000);
  const still = await countRung(installation);
  report.promise(
    `${dialect}: 40 days on, what is due then rings once, and nothing else (G5)`,
    far.rung === base + many && still.rung === far.rung && still.twice === 0,
    `${still.rung - base}`,
  );
  // Back: what is to come is further away, and nothing that rang rings again.
  await clock.turn(-2 * DAY);
  await setAlarms(running.caller, many, (index) => Date.now() - 2 * DAY + (index < 20 ? 2_000 : 3_600_000));
  const back = await untilRung(installation, base + many + 20, 60_000);
  await pause(3_000);
  const calm = await countRung(installation);
  report.promise(
    `${dialect}: two days back, only what is due by that clock rings (G5)`,
    back.rung === base + many + 20 && calm.rung === back.rung && calm.twice === 0,
    `${calm.rung - base - many}`,
  );
  await clock.turn(0, 60);
  await setAlarms(running.caller, 10, (index) => Date.now() + 60_000 * (2 + index));
  const quick = await untilRung(installation, base + many * 2 + 10, 60_000);
  report.promise(
    `${dialect}: sixty times as fast, all ring and none before its time (G5)`,
    quick.rung === base + many * 2 + 10 && quick.early === 0 && quick.twice === 0,
    JSON.stringify(quick),
  );
  report.promise(
    `${dialect}: the processes stay up`,
    running.server.isRunning() && running.workers.every((worker) => worker.isRunning()),
  );
  await clock.turn(0);
  await running.stop();
}
