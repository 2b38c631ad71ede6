import type { Transaction } from '../context.ts';
import type { Automation } from '../definitions/model.ts';
import type { Records } from '../records/types.ts';
import type { Database } from '../storage/database.ts';
import { ATTEMPTS, JOB_KIND, subjectOf, timerGroup, writeJob } from './automation-job.ts';
import type { AutomationJob } from './automation-job.ts';
import { setSchedule } from './keep-schedules.ts';
import { loadRecord } from './load-record.ts';
import { systemContext } from './principal.ts';
import type { RunDeps } from './rule-run.ts';
import { dueInstant } from './timers.ts';

type NextDeps = Pick<RunDeps, 'clock' | 'log' | 'organisation' | 'records' | 'jobs' | 'db'>;

/** After a timer that comes again has fired: the next one, by a key of its own, so that another try of the run adds none. */
export async function setNextTimer(
  deps: NextDeps,
  rule: Automation,
  { job, key }: { readonly job: AutomationJob; readonly key: string },
): Promise<void> {
  const isFirst = job.timer !== undefined && job.progress === undefined && job.run === undefined;
  if (!isFirst) return;
  if (rule.on.trigger === 'schedule' && job.record === null)
    await deps.db.transaction((tx) => setSchedule(deps, tx, { rule, key }));
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
