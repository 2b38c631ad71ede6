import { Temporal } from 'temporal-polyfill';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DIALECTS } from './support/databases.ts';
import { createMortal } from './support/mortal-database.ts';
import type { MortalDatabase } from './support/mortal-database.ts';
import type { RuleBench } from './support/rule-bench.ts';
import { openSalesFirm } from './support/sales-firm.ts';
import type { SalesFirm } from './support/sales-firm.ts';

/** The Fridays of the deals, 17:55 in Tallinn: five minutes before the office closes. */
const FIRST_FRIDAY = Temporal.PlainDate.from('2026-03-06');
const at = (date: Temporal.PlainDate, time: string) =>
  date.toZonedDateTime({ timeZone: 'Europe/Tallinn', plainTime: time }).epochMilliseconds;
/** More steps than a deal and its deadline take; the kill then never comes, and the loop ends. */
const MOST_STEPS = 1_000;
/** On PostgreSQL not every step, but all of them in some runs of the suite. */
const STRIDE = { sqlite: 1, postgres: 7 };

/**
 * D-1 by its words: a deal of Friday 17:55, fifteen working minutes; the process is killed before any step of the write, of the rule that sets the
 * deadline, of the deadline itself, and stays off over Monday 09:05 to 11:00. Afterwards the task is overdue since Monday 09:10, and the head has
 * exactly one notice. The clock is virtual; with real processes and a real SIGKILL: `drills/deadlines.ts`.
 */
describe.each(DIALECTS)('deadlines that cannot be lost on %s (D-1)', (dialect) => {
  let mortal: MortalDatabase;
  let firm: SalesFirm;
  let bench: RuleBench;

  beforeAll(async () => {
    firm = await openSalesFirm(dialect, (db) => (mortal = createMortal(db)).db);
    bench = firm.bench;
  });
  afterAll(() => bench?.close());

  const isHoliday = (date: Temporal.PlainDate) => {
    const holidays = bench.records.model().calendars.get('office')?.holidays ?? [];
    return holidays.includes(date.toString()) || holidays.includes(date.toString().slice(5));
  };
  const nextFriday = (date: Temporal.PlainDate): Temporal.PlainDate => {
    const next = date.add({ weeks: 1 });
    return isHoliday(next) || isHoliday(next.add({ days: 3 })) ? nextFriday(next) : next;
  };
  const dealsCalled = async (title: string) => bench.all('deal', { filter: { title } });
  /** The process starts again, and does what is due. */
  const start = async () => {
    mortal.liveUntil(0);
    await bench.restart();
    await bench.jobs.start();
    await bench.jobs.drain();
  };
  /** As a person would: again, when nothing has come of it. */
  const make = async (title: string) => {
    await firm.deal({ title, assignee: firm.people.anna }).catch(() => undefined);
    if (!mortal.isDead) await bench.jobs.drain().catch(() => undefined);
    if (!mortal.isDead) return;
    mortal.liveUntil(0);
    await bench.restart();
    if ((await dealsCalled(title)).length === 0) await firm.deal({ title, assignee: firm.people.anna });
    bench.now += 60_000;
    await start();
  };

  it(
    'are kept though the process is killed between any two steps (R-46, R-47, R-49)',
    { timeout: 300_000 },
    async () => {
      let kills = 0;
      let friday = FIRST_FRIDAY;
      for (let step = 1; step < MOST_STEPS; step += STRIDE[dialect]) {
        friday = nextFriday(friday);
        const title = `Deal ${step}`;
        bench.now = at(friday, '17:55');
        mortal.liveUntil(step);
        await make(title);
        const wasKilled = mortal.isDead || mortal.steps === 0 || bench.now > at(friday, '17:55');
        const monday = friday.add({ days: 3 });
        // Off from 09:05 to 11:00, or killed while the deadline is met.
        bench.now = at(monday, '09:05');
        await bench.jobs.drain().catch(() => undefined);
        bench.now = at(monday, '11:00');
        await bench.jobs.drain().catch(() => undefined);
        const isKilled = wasKilled || mortal.isDead;
        if (mortal.isDead) bench.now += 60_000;
        await start();
        // A second start adds nothing.
        await start();
        const [deal, ...twins] = await dealsCalled(title);
        expect([step, twins.length]).toEqual([step, 0]);
        const about = { 'about.deal': String(deal?.['id']) };
        const tasks = await bench.all('task', { filter: about });
        expect(tasks.map((task) => [step, task['dueAt'], task['assignee']])).toEqual([
          [step, new Date(at(monday, '09:10')).toISOString(), deal?.['assignee']],
        ]);
        const notices = await bench.all('notification', { filter: { 'about.task': String(tasks[0]?.['id']) } });
        const toHead = notices.filter(({ user }) => firm.nameOf(user) === 'helen');
        expect([step, toHead.map((notice) => notice['title'])]).toEqual([
          step,
          [`Overdue: ${String(tasks[0]?.['title'])}`],
        ]);
        if (!isKilled) break;
        kills += 1;
      }
      expect(kills).toBeGreaterThan(dialect === 'sqlite' ? 40 : 8);
    },
  );
});
