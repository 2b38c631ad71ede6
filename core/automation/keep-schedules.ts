import { AsyncLocalStorage } from 'node:async_hooks';
import { uuidv7 } from 'uuidv7';
import type { Clock, Log, Transaction } from '../context.ts';
import type { Automation } from '../definitions/model.ts';
import type { Value } from '../fields/field-type.ts';
import type { Jobs } from '../jobs/types.ts';
import type { RecordsService } from '../records/create-records.ts';
import { nextTime } from '../rules/cron.ts';
import type { CronTime } from '../rules/cron.ts';
import type { Database } from '../storage/database.ts';
import { nextCounter } from '../storage/rows.ts';
import { sql } from '../storage/sql.ts';
import { ATTEMPTS, JOB_KIND, readJob, timerGroup, writeJob } from './automation-job.ts';
import type { AutomationJob } from './automation-job.ts';
import type { OrganisationSettings } from './timers.ts';

export interface ScheduleDeps {
  readonly db: Pick<Database, 'transaction'>;
  readonly records: Pick<RecordsService, 'model' | 'observe' | 'refreshOrganisation'>;
  readonly jobs: Pick<Jobs, 'enqueue' | 'cancel'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly organisation: () => Pick<OrganisationSettings, 'zone'>;
}

export interface ScheduleKeeper {
  /**
   * Every rule of the clock has its next time as one job, and no other rule has any. To be called at the start and whenever the
   * definitions have changed; the organisation's zone is followed by itself.
   */
  keepSchedules(): Promise<void>;
}

export function createScheduleKeeper(deps: ScheduleDeps): ScheduleKeeper {
  // Word of a change comes out of work that is still held to the model before it.
  const outside = AsyncLocalStorage.snapshot();
  const { records, db, log } = deps;
  const keepSchedules = () =>
    outside(async () => {
      const rules = [...records.model().automations.values()].filter(({ on }) => on.trigger === 'schedule');
      if (rules.length > 0) await records.refreshOrganisation();
      await db.transaction((tx) => keep(deps, tx, rules));
    });
  records.observe(async (tx, { entity }) => {
    if (entity !== 'organisation') return;
    tx.afterCommit(() => {
      keepSchedules().catch((error: unknown) => {
        log.error({ err: error }, 'The times of rules could not be set anew; the next start does it');
      });
    });
  });
  return { keepSchedules };
}

async function keep(deps: ScheduleDeps, tx: Transaction, rules: readonly Automation[]): Promise<void> {
  const waiting = await waitingTimes(tx);
  if (rules.length === 0 && waiting.size === 0) return;
  // One process at a time; then as they are now.
  await nextCounter(tx, 'schedules');
  const times = await waitingTimes(tx);
  const wanted = new Map(rules.filter(({ enabled }) => enabled).map((rule) => [rule.name, rule]));
  for (const [name, time] of times) {
    const rule = wanted.get(name);
    if (rule && isSame(time, timeOf(deps, rule))) wanted.delete(name);
    else await deps.jobs.cancel(tx, timerGroup(name, null));
  }
  for (const rule of wanted.values()) await setSchedule(deps, tx, { rule, key: uuidv7() });
}

/** A run that was dropped after a restore leaves its rule without a next time: that is set now. */
export async function skipSchedule(deps: ScheduleDeps, tx: Transaction, payload: Value): Promise<void> {
  const { rule: name, record, timer } = readJob(payload);
  if (timer?.kind !== 'schedule' || record !== null) return;
  const rule = deps.records.model().automations.get(name);
  if (rule?.enabled) await setSchedule(deps, tx, { rule, key: uuidv7() });
}

/** By rule: the time its next run was set by. A run under way sets the next one itself. */
async function waitingTimes(tx: Transaction): Promise<ReadonlyMap<string, CronTime>> {
  const rows = await tx.all<{ payload: string }>(sql`
    SELECT "payload" FROM "_jobs" WHERE "kind" = ${JOB_KIND} AND "state" IN ('ready', 'running', 'held') AND "payload" LIKE '%"timer":{"kind":"schedule"%'`);
  const times = rows.flatMap(({ payload }): readonly (readonly [string, CronTime])[] => {
    const { rule, record, timer, progress } = readJob(JSON.parse(payload) as Value);
    return timer?.kind === 'schedule' && record === null && !progress ? [[rule, timer]] : [];
  });
  return new Map(times);
}

/** The wall time of a rule of the clock; undefined for any other. */
export function timeOf({ organisation }: Pick<ScheduleDeps, 'organisation'>, { on }: Automation): CronTime | undefined {
  return on.trigger === 'schedule' ? { cron: on.cron, zone: on.zone ?? organisation().zone } : undefined;
}

export function isSame(one: CronTime, other: CronTime | undefined): boolean {
  return one.cron === other?.cron && one.zone === other.zone;
}

/** The next time of a rule of the clock, as a job; one at a time, so what was missed comes once. The same key sets none twice. */
export async function setSchedule(
  deps: Omit<ScheduleDeps, 'db' | 'records' | 'log' | 'jobs'> & { readonly jobs: Pick<Jobs, 'enqueue'> },
  tx: Transaction,
  { rule, key }: { readonly rule: Automation; readonly key: string },
): Promise<void> {
  const time = timeOf(deps, rule);
  const due = time && nextTime(time, deps.clock.now());
  if (!time || due === null || due === undefined) return;
  const at = new Date(due).toISOString();
  const change = uuidv7();
  const job: AutomationJob = {
    rule: rule.name,
    entity: null,
    record: null,
    change,
    kind: 'schedule',
    at,
    by: { id: null, name: '' },
    root: change,
    depth: 0,
    before: null,
    timer: { kind: 'schedule', cron: time.cron, zone: time.zone, due: at },
  };
  await deps.jobs.enqueue(tx, {
    kind: JOB_KIND,
    key: `${rule.name}:schedule:${key}`,
    payload: writeJob(job),
    due,
    root: change,
    group: timerGroup(rule.name, null),
    attempts: ATTEMPTS,
    isOwnDoing: true,
  });
}
