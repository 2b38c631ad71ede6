import { uuidv7 } from 'uuidv7';
import type { Clock, Transaction } from '../context.ts';
import type { Automation } from '../definitions/model.ts';
import type { Jobs } from '../jobs/types.ts';
import type { Records } from '../records/types.ts';
import { nextTime } from '../rules/cron.ts';
import type { Database } from '../storage/database.ts';
import { ATTEMPTS, JOB_KIND, subjectOf, timerGroup, writeJob } from './automation-job.ts';
import type { AutomationJob } from './automation-job.ts';
import { loadRecord } from './load-record.ts';
import { systemContext } from './principal.ts';
import type { RunDeps } from './rule-run.ts';
import { dueInstant } from './timers.ts';
import type { OrganisationSettings } from './timers.ts';

export interface TimerDeps {
  readonly jobs: Pick<Jobs, 'enqueue'>;
  readonly clock: Clock;
  readonly organisation: () => Pick<OrganisationSettings, 'zone'>;
}

/** The next time of a rule of the clock, as a job; one at a time, so what was missed comes once. */
export async function setSchedule(deps: TimerDeps, tx: Transaction, rule: Automation): Promise<void> {
  const { on } = rule;
  if (on.trigger !== 'schedule') return;
  const now = deps.clock.now();
  const due = nextTime({ cron: on.cron, zone: on.zone ?? deps.organisation().zone }, now);
  if (due === null) return;
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
    timer: { kind: 'schedule', due: at },
  };
  await deps.jobs.enqueue(tx, {
    kind: JOB_KIND,
    key: `${rule.name}:schedule:${at}`,
    payload: writeJob(job),
    due,
    root: change,
    group: timerGroup(rule.name, null),
    attempts: ATTEMPTS,
  });
}

type NextDeps = Pick<RunDeps, 'clock' | 'log' | 'organisation' | 'records' | 'jobs' | 'db'>;

/** After a timer that comes again has fired: the next one, by a key of its own, so that another try of the run adds none. */
export async function setNextTimer(deps: NextDeps, rule: Automation, job: AutomationJob): Promise<void> {
  const isFirst = job.timer !== undefined && job.progress === undefined && job.run === undefined;
  if (!isFirst) return;
  if (rule.on.trigger === 'schedule' && job.record === null)
    await deps.db.transaction((tx) => setSchedule(deps, tx, rule));
  else if (rule.on.trigger === 'due' && rule.on.every)
    await deps.db.transaction((tx) => setNextYear(deps, tx, { rule, job }));
}

async function setNextYear(
  deps: NextDeps & { readonly records: Records; readonly db: Pick<Database, 'dialect'> },
  tx: Transaction,
  { rule, job }: { readonly rule: Automation; readonly job: AutomationJob },
): Promise<void> {
  const { timer } = job;
  const subject = subjectOf(job);
  if (rule.on.trigger !== 'due' || timer?.kind !== 'due' || timer.due === undefined || subject === null) return;
  const system = { ...systemContext(deps, rule), tx };
  const record = await loadRecord(deps.records, system, { ...subject, expand: [] });
  // A changed date has a timer of its own already.
  if (!record || record['deletedAt'] !== null || record[rule.on.field] !== timer.value) return;
  const from = Math.max(deps.clock.now(), Date.parse(timer.due)) + DAY;
  const due = dueInstant(rule.on, record, { zone: deps.organisation().zone, from });
  if (due === null) return;
  const at = new Date(due).toISOString();
  await deps.jobs.enqueue(tx, {
    kind: JOB_KIND,
    key: `${rule.name}:${job.change}:${subject.id}:${at}`,
    payload: writeJob({ ...job, depth: 0, root: job.change, timer: { ...timer, due: at } }),
    due,
    root: job.change,
    group: timerGroup(rule.name, subject.id),
    attempts: ATTEMPTS,
  });
}

const DAY = 86_400_000;
