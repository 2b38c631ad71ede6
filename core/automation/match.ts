import type { Clock, Log, Transaction } from '../context.ts';
import type { Automation, Model } from '../definitions/model.ts';
import type { Value } from '../fields/field-type.ts';
import type { Jobs } from '../jobs/types.ts';
import type { Change, ChangeObserver } from '../records/types.ts';
import { evaluate, needsDatabase } from '../rules/evaluate.ts';
import { ATTEMPTS, JOB_KIND, timerGroup, writeJob } from './automation-job.ts';
import type { AutomationJob } from './automation-job.ts';
import { conditionEnv } from './conditions.ts';
import type { OrganisationSettings } from './timers.ts';
import { endWaiting } from './run-log.ts';
import { fits, isNoNews, timerOf, timerVerdict } from './triggers.ts';
import type { Happening, Timer } from './triggers.ts';

export interface MatchDeps {
  readonly model: () => Model;
  readonly organisation: () => OrganisationSettings & { readonly currency: string; readonly country: string | null };
  readonly jobs: Pick<Jobs, 'enqueue' | 'cancel'>;
  readonly clock: Clock;
  readonly log: Log;
}

/** One change, in its transaction. */
interface Matching extends Happening {
  readonly tx: Transaction;
}

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
        if (!rule.enabled || rule.on.entity === undefined) continue;
        const rules = index.get(rule.on.entity) ?? [];
        index.set(rule.on.entity, [...rules, rule]);
      }
      indexes.set(model, index);
    }
    return index.get(entity) ?? [];
  };
}

async function matchRule(deps: MatchDeps, rule: Automation, of: Matching): Promise<void> {
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

async function matchTimer(deps: MatchDeps, rule: Automation, of: Matching): Promise<void> {
  const group = timerGroup(rule.name, of.change.record);
  const verdict = timerVerdict(rule, of);
  if (verdict === 'none') return;
  if (of.change.kind !== 'created') await endTimer(deps, rule, of);
  if (verdict === 'cancel') return;
  const timer = timerIn(deps, rule, of);
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

/** With the timer goes what waits behind it. */
async function endTimer({ jobs, clock }: MatchDeps, rule: Automation, { tx, change }: Matching): Promise<void> {
  const { entity, record } = change;
  await jobs.cancel(tx, timerGroup(rule.name, record));
  if (rule.do.some(({ action }) => action === 'wait'))
    await endWaiting(tx, { rule: rule.name, entity, record, now: clock.now() });
}

function timerIn(deps: MatchDeps, rule: Automation, { change, record }: Happening): Timer | null {
  try {
    const of = { model: deps.model(), organisation: deps.organisation(), at: Date.parse(change.at) };
    return timerOf(rule, record, of);
  } catch (error) {
    deps.log.error(
      { rule: rule.name, record: change.record, err: error },
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
