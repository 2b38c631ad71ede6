import type { Transaction } from '../context.ts';
import type { Step } from '../definitions/model.ts';
import type { Value } from '../fields/field-type.ts';
import { PermanentJobError } from '../jobs/permanent-error.ts';
import type { ActionType, ControlAction, RecordAction } from './action-type.ts';
import type { Progress } from './automation-job.ts';
import { forEach, waitFor } from './control.ts';
import { conditionHolds } from './rule-holds.ts';
import { say } from './rule-run.ts';
import type { RuleRun } from './rule-run.ts';
import { failureOf, openStep } from './step.ts';

export interface Moved {
  readonly progress: Progress;
  /** Nothing is left for this job; otherwise the next step is outward and its condition holds. */
  readonly isOver: boolean;
  /** The rest is another job's, due at this instant. */
  readonly waits?: string;
}

interface StepAt<A extends ActionType = ActionType> {
  readonly tx: Transaction;
  readonly step: Step;
  readonly progress: Progress;
  readonly action: A;
}

/** Does record steps, in the transaction, up to the next outward step or the end. `answered` = what the outward step before has answered. */
export async function advance(of: RuleRun, tx: Transaction, answered: Value | undefined): Promise<Moved> {
  let progress = of.job.progress ?? { next: of.steps[0]?.key ?? null, steps: {} };
  let answer = answered;
  for (let step = stepAt(of, progress); step; step = stepAt(of, progress)) {
    const at = { tx, step, progress, action: actionOf(of, step) };
    if (answer !== undefined) {
      await settleOutward(of, { ...at, answer });
      progress = passed(of, at, answer);
      answer = undefined;
    } else if (!lies(step, progress)) {
      progress = passed(of, at, null);
    } else if (at.action.kind !== 'control' && step.when && !(await conditionHolds(of, tx, step.when))) {
      say(of, { step: step.key, message: 'Skipped: its condition does not hold.' });
      progress = passed(of, at, null);
    } else if (at.action.kind === 'outward') {
      return { progress, isOver: false };
    } else if (at.action.kind === 'record') {
      progress = passed(of, at, await doStep(of, { ...at, action: at.action }));
    } else {
      const moved = await control(of, { ...at, action: at.action });
      if (moved.waits !== undefined) return moved;
      ({ progress } = moved);
    }
  }
  return { progress, isOver: true };
}

/** The step to be done next; undefined when none is left. */
export function stepAt({ steps, rule }: Pick<RuleRun, 'steps' | 'rule'>, { next }: Progress): Step | undefined {
  if (next === null) return undefined;
  const step = steps.find(({ key }) => key === next);
  if (step) return step;
  throw new PermanentJobError(
    `Rule ${rule.name} was changed while it ran: the step "${next}" that came next is gone. What is done stays done.`,
  );
}

/** Whether every branch around the step went its way. */
function lies({ within }: Step, { steps }: Progress): boolean {
  return within.every(({ branch, holds }) => steps[branch] === holds);
}

function passed({ steps }: RuleRun, { step, progress }: StepAt, result: Value): Progress {
  const next = steps[steps.indexOf(step) + 1]?.key ?? null;
  return { next, steps: { ...progress.steps, [step.key]: result } };
}

async function control(of: RuleRun, at: StepAt<ControlAction>): Promise<Moved> {
  const { tx, step, progress, action } = at;
  const holds = !step.when || (await conditionHolds(of, tx, step.when));
  if (action.name === 'branch') {
    say(of, { step: step.key, message: holds ? 'Its condition holds.' : 'Its condition does not hold.' });
    return { progress: passed(of, at, holds), isOver: false };
  }
  if (!holds) {
    say(of, { step: step.key, message: 'Skipped: its condition does not hold.' });
    return { progress: passed(of, at, null), isOver: false };
  }
  try {
    if (step.each) {
      const { each } = step;
      return { progress: passed(of, at, await forEach(of, tx, { step, each, progress })), isOver: false };
    }
    const { input } = await openStep(of, { step, progress, ctx: { ...of.ctx, tx } });
    const after = passed(of, at, null);
    return { progress: after, isOver: true, waits: await waitFor(of, tx, { step, input, progress: after }) };
  } catch (error) {
    throw failureOf(of, step, error);
  }
}

async function doStep(of: RuleRun, at: StepAt<RecordAction>): Promise<Value> {
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
