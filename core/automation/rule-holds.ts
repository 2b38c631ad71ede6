import { asSystem } from '../context.ts';
import type { Transaction } from '../context.ts';
import type { Condition } from '../rules/condition.ts';
import type { AutomationJob } from './automation-job.ts';
import { conditionEnv, holds } from './conditions.ts';
import { loadRecord } from './load-record.ts';
import type { RuleRun } from './rule-run.ts';

/** Why the rule has nothing to do after all, as half a sentence; null when it holds. Asked again because time has passed since the change. */
export async function ruleHolds(of: RuleRun, tx: Transaction): Promise<string | null> {
  const { deps, ctx, rule, job } = of;
  const record = await loadRecord(
    deps.records,
    { ...asSystem(ctx, `rule ${rule.name}`), tx },
    { entity: job.entity, id: job.record, expand: [] },
  );
  if (!record) return 'the record is gone.';
  if (record['deletedAt'] !== null && rule.on.trigger !== 'deleted') return 'the record has been deleted.';
  const { timer, batch } = job;
  const change = { entity: job.entity, record: job.record };
  if (batch !== undefined && (await deps.records.batches.isUndone({ ...ctx, tx }, { batch, ...change })))
    return 'the change has been undone.';
  if (timer?.kind === 'due' && record[timer.field] !== timer.value) return `${timer.field} has been changed since.`;
  if (timer?.kind === 'stayed' && (record['stage'] !== timer.stage || record['pipeline'] !== timer.pipeline)) {
    return `the record has left ${timer.stage}.`;
  }
  if (!(await conditionHolds(of, tx, rule.when))) return 'its condition does not hold.';
  return null;
}

/** The condition of a rule or of a step, for the rule's record as it stands in the transaction. */
export async function conditionHolds({ deps, job }: RuleRun, tx: Transaction, condition: Condition): Promise<boolean> {
  return holds(tx, condition, {
    model: deps.records.model(),
    dialect: deps.db.dialect,
    entity: job.entity,
    id: job.record,
    env: conditionEnv(deps.organisation(), { me: meOf(job), now: deps.clock.now() }),
  });
}

function meOf(job: AutomationJob): string | null {
  return job.by.id;
}
