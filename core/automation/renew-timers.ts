import { asSystem } from '../context.ts';
import type { Clock, Context, Log, Transaction } from '../context.ts';
import type { RecordData } from '../fields/field-type.ts';
import type { Jobs, WaitingJob } from '../jobs/types.ts';
import type { RecordsService } from '../records/create-records.ts';
import type { Change } from '../records/types.ts';
import type { Database } from '../storage/database.ts';
import { lockRecords } from '../storage/locks.ts';
import { JOB_KIND, readJob, timerGroup, writeJob } from './automation-job.ts';
import type { AutomationJob, TimerState } from './automation-job.ts';
import type { TimerRule } from './timer-notes.ts';
import { timerOf } from './triggers.ts';
import type { Timer } from './triggers.ts';
import type { OrganisationSettings } from './timers.ts';

export interface RenewDeps {
  readonly db: Database;
  readonly records: RecordsService;
  readonly jobs: Pick<Jobs, 'handle' | 'enqueue' | 'waiting' | 'reset'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly organisation: () => OrganisationSettings;
}

/** A page of one rule's timers that wait, or of the records that may want one. */
export interface RenewPage {
  readonly name: string;
  /** Undefined: there is no such rule any more. */
  readonly rule: TimerRule | undefined;
  readonly part: 'waiting' | 'records';
  readonly after: string | null;
  /** Of the renewal: no timer is set twice by it. */
  readonly key: string;
}

const PAGE = 100;
const DAY = 86_400_000;
const ATTEMPTS = 20;

interface Renewal {
  readonly deps: RenewDeps;
  readonly tx: Transaction;
  readonly ctx: Context & { readonly tx: Transaction };
  readonly rule: TimerRule;
}

/** Answers the last of the page; null when nothing is left. The records are held, so a change of one is before or after, never between. */
export async function renewPage(deps: RenewDeps, tx: Transaction, page: RenewPage): Promise<string | null> {
  const { name, rule, part, after } = page;
  if (part === 'waiting') {
    const found = await deps.jobs.waiting(tx, { prefix: timerGroup(name, ''), after, limit: PAGE });
    const timers = found.filter(isTimerJob);
    if (rule) await renewWaiting(openRenewal(deps, tx, rule), timers);
    else for (const { id } of timers) await deps.jobs.reset(tx, id, 'cancelled');
    return found.at(-1)?.id ?? null;
  }
  if (!rule) return null;
  const renewal = openRenewal(deps, tx, rule);
  const records = await recordsOf(renewal, { after });
  const ids = records.map(({ id }) => String(id));
  await lockRecords(tx, deps.records.model().entity(rule.on.entity), { ids, hold: 'change' });
  await setMissing(renewal, ids, page.key);
  return ids.at(-1) ?? null;
}

function openRenewal(deps: RenewDeps, tx: Transaction, rule: TimerRule): Renewal {
  const { clock, log } = deps;
  const principal = { kind: 'system', id: null, name: 'system', roles: [], teamMates: [] } as const;
  const ctx: Context = { principal, door: 'automation', clock, log, locale: deps.organisation().language };
  return { deps, tx, ctx: { ...asSystem(ctx, `timers of the rule ${rule.name}`), tx }, rule };
}

/** A wait of a running rule may stand in the same group; it is no timer of the rule's trigger. */
function isTimerJob({ payload }: WaitingJob): boolean {
  const job = readJob(payload);
  return job.timer !== undefined && job.timer.kind !== 'schedule' && job.progress === undefined;
}

async function renewWaiting(renewal: Renewal, found: readonly WaitingJob[]): Promise<void> {
  const { deps, tx, rule } = renewal;
  const ids = [...new Set(found.flatMap(({ payload }) => readJob(payload).record ?? []))].sort();
  await lockRecords(tx, deps.records.model().entity(rule.on.entity), { ids, hold: 'change' });
  // As they are now that nobody else sets them.
  const timers = (await deps.jobs.waiting(tx, { groups: ids.map((id) => timerGroup(rule.name, id)) })).filter(
    isTimerJob,
  );
  const records = new Map((await recordsOf(renewal, { ids })).map((record) => [String(record['id']), record]));
  for (const timer of timers) {
    const job = readJob(timer.payload);
    const record = records.get(job.record ?? '');
    const since = await sinceOf(renewal, record, job);
    const due = record && since !== null ? timerNow(renewal, record, since) : null;
    if (!due) await deps.jobs.reset(tx, timer.id, 'cancelled');
    else if (due.due !== timer.due || JSON.stringify(due.state) !== JSON.stringify(job.timer))
      await deps.jobs.reset(tx, timer.id, { due: due.due, payload: writeJob({ ...job, timer: due.state }) });
  }
}

/** When the record came to where it stands, in ms: the timer knows it, unless the rule speaks of another stage now. */
async function sinceOf(renewal: Renewal, record: RecordData | undefined, job: AutomationJob): Promise<number | null> {
  const { on } = renewal.rule;
  if (!record) return null;
  if (on.trigger !== 'stayed' || (job.timer?.kind === 'stayed' && job.timer.stage === on.stage))
    return Date.parse(job.at);
  const change = await arrivalOf(renewal, String(record['id']));
  return change ? Date.parse(change.at) : null;
}

/** What was due before the rule said so is no news; what waits already is left as it is. */
async function setMissing(renewal: Renewal, ids: readonly string[], key: string): Promise<void> {
  const { deps, tx, rule } = renewal;
  const waiting = await deps.jobs.waiting(tx, { groups: ids.map((id) => timerGroup(rule.name, id)) });
  const has = new Set(waiting.filter(isTimerJob).map(({ group }) => group));
  for (const record of await recordsOf(renewal, { ids })) {
    const id = String(record['id']);
    const group = timerGroup(rule.name, id);
    const change = has.has(group) ? undefined : await arrivalOf(renewal, id);
    const due = change && timerNow(renewal, record, Date.parse(change.at));
    if (!change || !due || due.due <= deps.clock.now()) continue;
    const payload = jobOf(rule, change, due.state);
    await deps.jobs.enqueue(tx, {
      ...{ kind: JOB_KIND, key: `${rule.name}:${key}:${id}`, payload: writeJob(payload), due: due.due },
      ...{ root: payload.root, group, attempts: ATTEMPTS },
    });
  }
}

function timerNow({ deps, rule }: Renewal, record: RecordData, since: number): Timer | null {
  const of = { model: deps.records.model(), organisation: deps.organisation() };
  const now = deps.clock.now();
  try {
    const timer = timerOf(rule, record, { ...of, at: rule.on.trigger === 'due' ? now : since });
    // What comes every year and was today already comes in a year.
    const isOver = timer !== null && timer.due <= now && rule.on.trigger === 'due' && rule.on.every !== undefined;
    return isOver ? timerOf(rule, record, { ...of, at: now + DAY }) : timer;
  } catch (error) {
    deps.log.error(
      { rule: rule.name, record: record['id'], err: error },
      'The instant of a timer could not be worked out.',
    );
    return null;
  }
}

/** Live records that may want a timer, by id. */
async function recordsOf(
  { deps, ctx, rule }: Renewal,
  of: { readonly ids: readonly string[] } | { readonly after: string | null },
): Promise<readonly RecordData[]> {
  const { on } = rule;
  const wants = on.trigger === 'stayed' ? { stage: on.stage } : { [on.field]: { empty: false } };
  const which = 'ids' in of ? { id: { in: of.ids } } : of.after === null ? {} : { id: { gt: of.after } };
  if ('ids' in of && of.ids.length === 0) return [];
  const filter = 'ids' in of ? which : { ...wants, ...which };
  const { data } = await deps.records.list(ctx, { entity: on.entity, filter, sort: ['id'], limit: PAGE });
  return data;
}

/** The change that brought the record to its stage; for a date the newest one. */
async function arrivalOf({ deps, ctx, rule }: Renewal, id: string): Promise<Change | undefined> {
  const { entity, trigger } = rule.on;
  for (let after: string | undefined; ;) {
    const page = await deps.records.changes(ctx, {
      entity,
      id,
      limit: PAGE,
      ...(after === undefined ? {} : { after }),
    });
    const found = page.data.find(({ fields, kind }) => trigger === 'due' || 'stage' in fields || kind === 'created');
    if (found || page.next === null) return found;
    after = page.next;
  }
}

function jobOf(rule: TimerRule, change: Change, timer: TimerState): AutomationJob {
  return {
    ...{ rule: rule.name, entity: change.entity, record: change.record, change: change.id, kind: change.kind },
    ...{
      at: change.at,
      by: { id: change.by.id, name: change.by.name },
      root: change.id,
      depth: 0,
      before: null,
      timer,
    },
  };
}
