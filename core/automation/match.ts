import type { Clock, Log, Transaction } from '../context.ts';
import type { Automation, Model } from '../definitions/model.ts';
import type { RecordData, Value } from '../fields/field-type.ts';
import type { Jobs } from '../jobs/types.ts';
import { isGone } from '../records/types.ts';
import type { Change, ChangeObserver } from '../records/types.ts';
import { evaluate, needsDatabase } from '../rules/evaluate.ts';
import { JOB_KIND, timerGroup, writeJob } from './automation-job.ts';
import type { AutomationJob, TimerState } from './automation-job.ts';
import { conditionEnv } from './conditions.ts';
import { dueInstant, isAtStage, stayedInstant } from './timers.ts';
import type { OrganisationSettings } from './timers.ts';

export interface MatchDeps {
  readonly model: () => Model;
  readonly organisation: () => OrganisationSettings & { readonly currency: string; readonly country: string | null };
  readonly jobs: Pick<Jobs, 'enqueue' | 'cancel'>;
  readonly clock: Clock;
  readonly log: Log;
}

/** One change as a rule looks at it. */
interface Happening {
  readonly tx: Transaction;
  readonly change: Change;
  readonly record: RecordData;
  readonly before: RecordData | null;
}

/** Outward steps outlive an outage of some hours: 1 s, 2 s … then hourly. */
const ATTEMPTS = 20;
/** A timer at least this far ahead starts a chain of its own: a rule may remind every month for ever, but not loop. */
const NEW_CHAIN_AFTER = 60_000;

/** Runs inside every write: what follows from the change is enqueued with it. Conditions are pure, so nothing is scanned for later. */
export function createMatcher(deps: MatchDeps): ChangeObserver {
  const rulesOf = indexRules();
  return async (tx, change, record, before) => {
    for (const rule of rulesOf(deps.model(), change.entity))
      await matchRule(deps, rule, { tx, change, record, before });
  };
}

/** Rules by entity, worked out once for each model. */
function indexRules(): (model: Model, entity: string) => readonly Automation[] {
  const indexes = new WeakMap<Model, Map<string, Automation[]>>();
  return (model, entity) => {
    let index = indexes.get(model);
    if (!index) {
      index = new Map();
      for (const rule of model.automations.values()) {
        const rules = index.get(rule.on.entity) ?? [];
        index.set(rule.on.entity, [...rules, rule]);
      }
      indexes.set(model, index);
    }
    return index.get(entity) ?? [];
  };
}

async function matchRule(deps: MatchDeps, rule: Automation, of: Happening): Promise<void> {
  const { on } = rule;
  if (on.trigger === 'due' || on.trigger === 'stayed') return matchTimer(deps, rule, of);
  if (isNoNews(of.change) || !fits(rule, of) || !mayHold(deps, rule, of)) return;
  const job = jobOf(rule, of);
  await deps.jobs.enqueue(of.tx, {
    kind: JOB_KIND,
    key: keyOf(rule, of.change),
    payload: writeJob(job),
    root: job.root,
    attempts: ATTEMPTS,
  });
}

/**
 * First data and what is carried over have a past already; an undo puts back what was, and nobody has moved a card by it; two cards that
 * become one are what they were, and so is all that hangs on them.
 */
function isNoNews({ door, isQuiet }: Change): boolean {
  return door === 'seed' || door === 'undo' || door === 'merge' || isQuiet === true;
}

function fits({ on }: Automation, { change, record, before }: Happening): boolean {
  const changes = change.kind === 'updated' || change.kind === 'moved';
  switch (on.trigger) {
    case 'created':
    case 'deleted':
      return change.kind === on.trigger;
    case 'updated':
      return changes && (on.fields.length === 0 || on.fields.some((field) => field in change.fields));
    case 'entered':
      return (changes || change.kind === 'created') && isAtStage(on, record) && !isAtStage(on, before);
    case 'left':
      return changes && isAtStage(on, before) && !isAtStage(on, record);
    case 'event':
      return change.kind === on.event;
    default:
      return false;
  }
}

/** What memory can tell of the condition; the rest is asked when the rule runs. A condition that fails must not fail the write. */
function mayHold(deps: MatchDeps, rule: Automation, { change, record }: Happening): boolean {
  if (rule.when.kind === 'constant') return rule.when.value;
  if (needsDatabase(rule.when)) return true;
  try {
    return evaluate(
      rule.when,
      record,
      conditionEnv(deps.organisation(), { me: change.by.id, now: Date.parse(change.at) }),
    );
  } catch (error) {
    deps.log.error(
      { rule: rule.name, record: change.record, err: error },
      'The condition of a rule could not be evaluated.',
    );
    return true;
  }
}

async function matchTimer(deps: MatchDeps, rule: Automation, of: Happening): Promise<void> {
  const group = timerGroup(rule.name, of.change.record);
  const verdict = timerVerdict(rule, of);
  if (verdict === 'none') return;
  if (of.change.kind !== 'created') await deps.jobs.cancel(of.tx, group);
  if (verdict === 'cancel') return;
  const timer = timerOf(deps, rule, of);
  if (!timer) return;
  const now = deps.clock.now();
  // Records that come from a seed, another program, an undo or back from the bin have a past: what was due then is not news.
  const onlyAhead = isNoNews(of.change) || of.change.kind === 'restored';
  if (onlyAhead && timer.due <= now) return;
  const job = jobOf(rule, of);
  const startsChain = timer.due - now >= NEW_CHAIN_AFTER;
  const { cause: _, ...fresh } = job;
  const payload: AutomationJob = startsChain
    ? { ...fresh, root: of.change.id, depth: 0, timer: timer.state }
    : { ...job, timer: timer.state };
  await deps.jobs.enqueue(of.tx, {
    kind: JOB_KIND,
    key: keyOf(rule, of.change),
    payload: writeJob(payload),
    due: timer.due,
    root: payload.root,
    group,
    attempts: ATTEMPTS,
  });
}

/** Whether this change sets the rule's timer of the record (anew), ends it, or does not concern it. */
function timerVerdict({ on }: Automation, { change, record, before }: Happening): 'none' | 'set' | 'cancel' {
  const { kind } = change;
  if (isGone(kind)) return 'cancel';
  if (on.trigger === 'due') {
    if (kind === 'created' || kind === 'restored') return 'set';
    return (kind === 'updated' || kind === 'moved') && on.field in change.fields ? 'set' : 'none';
  }
  if (on.trigger !== 'stayed') return 'none';
  const isThere = isAtStage(on, record);
  if (kind === 'created' || kind === 'restored') return isThere ? 'set' : 'none';
  const wasThere = isAtStage(on, before);
  if (isThere === wasThere) return 'none';
  return isThere ? 'set' : 'cancel';
}

function timerOf(
  deps: MatchDeps,
  { name, on }: Automation,
  { change, record }: Happening,
): { due: number; state: TimerState } | null {
  try {
    if (on.trigger === 'due') {
      const due = dueInstant(on, record, deps.organisation());
      return due === null ? null : { due, state: { kind: 'due', field: on.field, value: record[on.field] ?? null } };
    }
    if (on.trigger !== 'stayed') return null;
    const of = { model: deps.model(), organisation: deps.organisation() };
    const state = { kind: 'stayed', stage: on.stage, pipeline: record['pipeline'] ?? null } as const;
    return { due: stayedInstant(on, Date.parse(change.at), of), state };
  } catch (error) {
    deps.log.error(
      { rule: name, record: change.record, err: error },
      'The instant of a timer could not be worked out; it is not set.',
    );
    return null;
  }
}

/** Changes derived from one change (parents' figures) share its id, so the record belongs to the key. */
function keyOf(rule: Automation, change: Change): string {
  return `${rule.name}:${change.id}:${change.record}`;
}

function jobOf(rule: Automation, { change }: Happening): AutomationJob {
  const { cause } = change;
  return {
    rule: rule.name,
    entity: change.entity,
    record: change.record,
    change: change.id,
    kind: change.kind,
    at: change.at,
    by: { id: change.by.id, name: change.by.name },
    root: cause?.root ?? change.id,
    depth: cause?.depth ?? 0,
    ...(change.batch === undefined ? {} : { batch: change.batch }),
    ...(cause?.rule === undefined ? {} : { cause: { change: cause.change, rule: cause.rule } }),
    before: speaksOfBefore(rule) ? beforeOf(change) : null,
  };
}

function speaksOfBefore(rule: Automation): boolean {
  return JSON.stringify(rule.do).includes('before');
}

function beforeOf(change: Change): Record<string, Value> {
  return Object.fromEntries(Object.entries(change.fields).map(([key, { before }]) => [key, before]));
}
