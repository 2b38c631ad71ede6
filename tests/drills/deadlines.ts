/**
 * D-1 by its words, with real processes: a deal of Friday 17:55 (the office closes at 18:00), fifteen working minutes; everything is killed with SIGKILL
 * at any moment and off over Monday 09:05 to 11:00. Then the task is overdue since Monday 09:10, and the head has one notice. On PostgreSQL
 * two workers run beside the server. Needs libfaketime. `npx tsx tests/drills/deadlines.ts [--database …] [--rounds 10]`
 */
import { setTimeout as pause } from 'node:timers/promises';
import { Temporal } from 'temporal-polyfill';
import { sql } from '../../core/storage/sql.ts';
import { createCaller } from './support/caller.ts';
import type { Caller, Row } from './support/caller.ts';
import { createFakeClock } from './support/fake-clock.ts';
import type { FakeClock } from './support/fake-clock.ts';
import { install } from './support/installation.ts';
import type { Dialect, Installation } from './support/installation.ts';
import { createReport, readOptions } from './support/report.ts';

const ZONE = 'Europe/Tallinn';
const WORKERS = 2;
const SETTLED_WITHIN = 120_000;

const RULE = {
  name: 'callBack',
  title: 'Call back',
  on: { trigger: 'created', entity: 'deal' },
  do: [
    {
      key: 'task',
      action: 'create',
      with: {
        entity: 'task',
        set: {
          title: 'Call back: {{record.title}}',
          dueAt: { $workingTime: '15m' },
          assignee: { $expr: 'record.assignee' },
          about: { entity: 'deal', id: { $expr: 'record.id' } },
        },
      },
    },
  ],
  as: 'system',
};

const { dialects, rounds } = readOptions({ rounds: { otherwise: 10, most: 1000 } });
const report = createReport(`deadlines that cannot be lost, ${rounds} rounds`);
for (const dialect of dialects) await drill(dialect);
report.end();

interface Rig {
  readonly dialect: Dialect;
  readonly installation: Installation;
  readonly clock: FakeClock;
}

interface Running {
  readonly caller: Caller;
  kill(): Promise<void>;
}

async function drill(dialect: Dialect): Promise<void> {
  const installation = await install(dialect, { files: { 'schemas/automations/callBack.json': RULE } });
  const rig: Rig = { dialect, installation, clock: await createFakeClock(installation.dir) };
  try {
    const first = await start(rig);
    const people = await hire(first.caller);
    await first.kill();
    const faults: string[] = [];
    for (let round = 1; round <= rounds; round += 1) {
      faults.push(...(await play(rig, people, round)));
      report.note(`${dialect}: round ${round}, ${faults.length} faults`);
    }
    report.promise(
      `${dialect}: each task overdue since Monday 09:10, one notice each (D-1)`,
      faults.length === 0,
      faults.join('\n'),
    );
  } finally {
    await installation.remove();
  }
}

/** The server, and on PostgreSQL two workers; all killed at once. */
async function start({ dialect, installation, clock }: Rig): Promise<Running> {
  const server = await installation.start({ env: clock.env });
  const count = dialect === 'postgres' ? WORKERS : 0;
  const workers = await Promise.all(Array.from({ length: count }, () => installation.startWorker(clock.env)));
  const caller = createCaller({ url: server.url, key: installation.key });
  return {
    caller,
    async kill() {
      await Promise.all([server.kill(), ...workers.map((worker) => worker.kill())]);
      caller.close();
    },
  };
}

interface People {
  readonly head: string;
  readonly manager: string;
  readonly customer: string;
}

async function hire(caller: Caller): Promise<People> {
  const make = async (path: string, body: Row) => {
    const { status, json } = await caller({ method: 'POST', path, body });
    if (status !== 201) throw new Error(`${path} answered ${status}: ${JSON.stringify(json)}`);
    return String(json['id']);
  };
  const head = await make('/api/users', { name: 'Helen', email: 'helen@example.com', roles: ['head'] });
  const team = await make('/api/teams', { name: 'Sales', head });
  const manager = await make('/api/users', {
    name: 'Anna',
    email: 'anna@example.com',
    roles: ['manager'],
    teams: [team],
  });
  const customer = await make('/api/contacts', { name: 'Uma' });
  return { head, manager, customer };
}

/** One deal, killed anywhere on its way. Answers what is not as promised. */
async function play(rig: Rig, people: People, round: number): Promise<readonly string[]> {
  const title = `Deal ${round}`;
  await turnTo(rig.clock, lastFriday(), '17:55');
  await writeDeal(rig, people, title);
  const monday = lastFriday().add({ days: 3 });
  // Seen at 09:05, then off until 11:00.
  await turnTo(rig.clock, monday, '09:05');
  await (await start(rig)).kill();
  await turnTo(rig.clock, monday, '11:00');
  const late = await start(rig);
  await pause(Math.random() * 1_500);
  await late.kill();
  // A start adds what is missing, a second one nothing.
  for (let again = 0; again < 2; again += 1) {
    const running = await start(rig);
    await settle(rig);
    await running.kill();
  }
  return inspect(rig.installation, {
    people,
    title,
    due: instantOf(monday, '09:10'),
    asked: instantOf(lastFriday(), '17:55'),
  });
}

/** Sent again with its key until it is acknowledged, as a client would; the processes are killed on the way. */
async function writeDeal(rig: Rig, { manager, customer }: People, title: string): Promise<void> {
  for (let isKilled = false; ; isKilled = true) {
    const running = await start(rig);
    const body = { title, customer, assignee: manager };
    const headers = { 'idempotency-key': title.replace(' ', '-') };
    const sent = running.caller({ method: 'POST', path: '/api/deals', body, headers });
    if (!isKilled) await pause(Math.random() * 400);
    const { status, json } = isKilled ? await sent : { status: 0, json: {} };
    if (status >= 400 && status < 500) throw new Error(`The deal was refused: ${status} ${JSON.stringify(json)}`);
    if (isKilled) await settle(rig);
    await running.kill();
    await sent;
    if (status === 201) return;
  }
}

/** Until nothing is due by the clock of the drill, and nothing runs; the lease of a killed worker runs out first. */
async function settle({ installation, clock }: Rig): Promise<void> {
  for (const deadline = Date.now() + SETTLED_WITHIN; Date.now() < deadline; await pause(200)) {
    const now = Date.now() + clock.offset();
    const [open] = await installation.look((db) =>
      db.read<Row>(
        sql`select count(*) as "n" from "_jobs" where "state" = 'running' or ("state" = 'ready' and "due" <= ${now})`,
      ),
    );
    if (Number(open?.['n']) === 0) return;
  }
  throw new Error('The jobs do not come to an end.');
}

async function turnTo(clock: FakeClock, date: Temporal.PlainDate, time: string): Promise<void> {
  await clock.turn(instantOf(date, time) - Date.now());
}

async function inspect(
  installation: Installation,
  of: { readonly people: People; readonly title: string; readonly due: number; readonly asked: number },
): Promise<readonly string[]> {
  const { tasks, notices } = await installation.look(async (db) => ({
    tasks: await db.read<Row>(
      sql`select t."dueAt" as "dueAt", d."createdAt" as "createdAt" from "task" t join "deal" d on d."id" = t."about_deal" where d."title" = ${of.title}`,
    ),
    notices: await db.read<Row>(
      sql`select n."user" as "user" from "notification" n join "task" t on t."id" = n."about_task" join "deal" d on d."id" = t."about_deal"
        where d."title" = ${of.title} and n."title" like ${'%verdue%'}`,
    ),
  }));
  // To the second: what was asked for a little after 17:55 is due as much after 09:10.
  const late = tasks.map(({ dueAt, createdAt }) => msOf(dueAt) - of.due - (msOf(createdAt) - of.asked));
  const toHead = notices.filter(({ user }) => user === of.people.head).length;
  return [
    ...(tasks.length === 1 ? [] : [`${of.title}: ${tasks.length} tasks`]),
    ...late.filter((ms) => Math.abs(ms) > 1_000).map((ms) => `${of.title}: due ${ms} ms off`),
    ...(toHead === 1 ? [] : [`${of.title}: ${toHead} notices of the head`]),
  ];
}

function msOf(value: unknown): number {
  return value instanceof Date ? value.getTime() : Date.parse(String(value));
}

/** A Friday that is over, with its Monday: keys made today are valid then. */
function lastFriday(): Temporal.PlainDate {
  const today = Temporal.Now.plainDateISO(ZONE);
  return today.subtract({ days: ((today.dayOfWeek + 2) % 7) + 7 });
}

function instantOf(date: Temporal.PlainDate, time: string): number {
  return date.toZonedDateTime({ timeZone: ZONE, plainTime: time }).epochMilliseconds;
}
