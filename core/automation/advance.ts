import type { Transaction } from '../context.ts';
import type { Step } from '../definitions/model.ts';
import type { Value } from '../fields/field-type.ts';
import { PermanentJobError } from '../jobs/permanent-error.ts';
import type { ActionType } from './action-type.ts';
import type { Progress } from './automation-job.ts';
import { conditionHolds } from './rule-holds.ts';
import type { RuleRun } from './rule-run.ts';
import { failureOf, openStep } from './step.ts';

interface Moved {
  readonly progress: Progress;
  /** No step is left; otherwise the next one is outward and its condition holds. */
  readonly isOver: boolean;
}

/** Does record steps, in the transaction, up to the next outward step or the end. `answered` = what the outward step before has answered. */
export async function advance(of: RuleRun, tx: Transaction, answered: Value | undefined): Promise<Moved> {
  const { rule } = of;
  let progress = of.job.progress ?? { next: 0, steps: {} };
  let answer = answered;
  for (let step = rule.do[progress.next]; step; step = rule.do[progress.next]) {
    const action = actionOf(of, step);
    if (answer !== undefined) {
      await settleOutward(of, { tx, step, progress, action, answer });
      progress = passed(progress, step, answer);
      answer = undefined;
    } else if (step.when && !(await conditionHolds(of, tx, step.when))) {
      of.run.log({ step: step.key, message: 'Skipped: its condition does not hold.' });
      progress = passed(progress, step, null);
    } else if (action.kind === 'outward') {
      return { progress, isOver: false };
    } else {
      progress = passed(progress, step, await doStep(of, { tx, step, progress, action }));
    }
  }
  return { progress, isOver: true };
}

function passed(progress: Progress, step: Step, result: Value): Progress {
  return { next: progress.next + 1, steps: { ...progress.steps, [step.key]: result } };
}

interface StepAt<A extends ActionType = ActionType> {
  readonly tx: Transaction;
  readonly step: Step;
  readonly progress: Progress;
  readonly action: A;
}

async function doStep(of: RuleRun, at: StepAt<Extract<ActionType, { kind: 'record' }>>): Promise<Value> {
  const { tx, step, progress, action } = at;
  try {
    return await action.run(await openStep(of, { step, progress, ctx: { ...of.ctx, tx } }));
  } catch (error) {
    throw failureOf(of, step, error);
  }
}

async function settleOutward(of: RuleRun, at: StepAt & { readonly answer: Value }): Promise<void> {
  const { tx, step, progress, action, answer } = at;
  if (action.kind !== 'outward' || !action.settle) return;
  try {
    await action.settle(await openStep(of, { step, progress, ctx: { ...of.ctx, tx } }), answer);
  } catch (error) {
    throw failureOf(of, step, error);
  }
}

function actionOf({ deps, rule }: RuleRun, step: Step): ActionType {
  const action = deps.actions.get(step.action);
  if (action) return action;
  throw new PermanentJobError(
    `Rule ${rule.name}, step ${step.key}: there is no action "${step.action}". Was a package removed?`,
  );
}
