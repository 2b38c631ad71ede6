import { asSystem } from '../context.ts';
import type { Transaction } from '../context.ts';
import type { RecordData } from '../fields/field-type.ts';
import type { Condition } from '../rules/condition.ts';
import { conditionEnv, holds } from './conditions.ts';
import { isSame, timeOf } from './keep-schedules.ts';
import { loadRecord } from './load-record.ts';
import type { RuleRun } from './rule-run.ts';

/** Later than this counts as missed for a rule that leaves out what it missed. */
const IN_TIME = 300_000;

/** Why the rule has nothing to do after all, as half a sentence; null when it holds. Asked again because time has passed since the change. */
export async function ruleHolds(of: RuleRun, tx: Transaction): Promise<string | null> {
  const { deps, rule, job } = of;
  const { timer } = job;
  const isLate = timer?.due !== undefined && deps.clock.now() - Date.parse(timer.due) > IN_TIME;
  if (isLate && 'missed' in rule.on) return `it was due at ${timer.due}, while no server was running.`;
  if (timer?.kind === 'schedule' && job.record === null && !isSame(timer, timeOf(deps, rule)))
    return 'its time has been changed since.';
  if (of.subject === null) return null;
  const record = await recordNow(of, tx);
  const refusal = await isOut(of, tx, record);
  if (refusal !== null || record === null) return refusal;
  if (timer?.kind === 'due' && record[timer.field] !== timer.value) return `${timer.field} has been changed since.`;
  if (timer?.kind === 'stayed' && (record['stage'] !== timer.stage || record['pipeline'] !== timer.pipeline)) {
    return `the record has left ${timer.stage}.`;
  }
  if (job.each === undefined && !(await conditionHolds(of, tx, rule.when))) return 'its condition does not hold.';
  return null;
}

/** Why a run that has waited does not go on; null when it does. Its condition is not asked again: steps have their own. */
export async function mayGoOn(of: RuleRun, tx: Transaction): Promise<string | null> {
  return of.subject === null ? null : isOut(of, tx, await recordNow(of, tx));
}

function recordNow({ deps, ctx, rule, subject }: RuleRun, tx: Transaction): Promise<RecordData | null> {
  if (subject === null) return Promise.resolve(null);
  return loadRecord(deps.records, { ...asSystem(ctx, `rule ${rule.name}`), tx }, { ...subject, expand: [] });
}

async function isOut(of: RuleRun, tx: Transaction, record: RecordData | null): Promise<string | null> {
  const { deps, ctx, rule, job, subject } = of;
  if (!record) return 'the record is gone.';
  if (record['deletedAt'] !== null && rule.on.trigger !== 'deleted') return 'the record has been deleted.';
  const { batch } = job;
  if (batch === undefined || subject === null || job.each) return null;
  const change = { batch, entity: subject.entity, record: subject.id };
  return (await deps.records.batches.isUndone({ ...ctx, tx }, change)) ? 'the change has been undone.' : null;
}

/** The condition of a rule or of a step, for the rule's record as it stands in the transaction. */
export async function conditionHolds(of: RuleRun, tx: Transaction, condition: Condition): Promise<boolean> {
  const { deps, job, subject } = of;
  if (subject === null) return condition.kind !== 'constant' || condition.value;
  return holds(tx, condition, {
    model: deps.records.model(),
    dialect: deps.db.dialect,
    ...subject,
    env: conditionEnv(deps.organisation(), { me: job.by.id, now: deps.clock.now() }),
  });
}
