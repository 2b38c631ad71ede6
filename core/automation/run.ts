import { asSystem } from '../context.ts';
import type { Context, Principal, Transaction } from '../context.ts';
import type { Automation } from '../definitions/model.ts';
import type { RecordData, Value } from '../fields/field-type.ts';
import { PermanentJobError } from '../jobs/permanent-error.ts';
import type { JobHandler, JobRun } from '../jobs/types.ts';
import { readJob, writeJob } from './automation-job.ts';
import type { AutomationJob, Progress } from './automation-job.ts';
import { refuseLoop } from './chain.ts';
import { reasonOf } from './describe.ts';
import { idOf } from './people.ts';
import { advance } from './advance.ts';
import { loadRecord } from './load-record.ts';
import { ruleHolds } from './rule-holds.ts';
import { failureOf, openStep } from './step.ts';
import type { RuleRun, RunDeps } from './rule-run.ts';

/**
 * Runs one rule for one change. Record steps share a transaction with the job's progress: exactly once. Before an outward step the
 * progress is kept; it then runs outside with its stable key, and what it answers is kept with the steps after it.
 */
export function createRunner(deps: RunDeps): JobHandler {
  return async (run) => {
    const job = readJob(run.job.payload);
    const rule = deps.records.model().automations.get(job.rule);
    if (!rule) {
      run.log({ message: `Rule ${job.rule} no longer exists; nothing was done.` });
      return;
    }
    await refuseLoop(deps.jobs, job);
    await runSteps({ deps, run, rule, job, ctx: await contextOf(deps, rule, job), base: baseOf(deps, job) });
  };
}

/** Deadlines of a step count from the change; of a timer from now, since it may be late. */
function baseOf(deps: RunDeps, job: AutomationJob): number {
  return job.timer ? deps.clock.now() : Date.parse(job.at);
}

async function contextOf(deps: RunDeps, rule: Automation, job: AutomationJob): Promise<Context> {
  const cause = { change: job.change, root: job.root, depth: job.depth + 1, rule: rule.name };
  const nobody: Principal = { kind: 'system', id: null, name: 'system', roles: [], teamMates: [] };
  const { clock, log } = deps;
  const bare: Context = {
    principal: nobody,
    door: 'automation',
    clock,
    log,
    locale: deps.organisation().language,
    cause,
  };
  const system = asSystem(bare, `rule ${rule.name}`);
  if (rule.as === 'system') return system;
  const field = deps.records.model().entity(job.entity).owner;
  const record = await loadRecord(deps.records, system, { entity: job.entity, id: job.record, expand: [] });
  const owner = field === undefined ? null : idOf(record?.[field]);
  if (owner === null) {
    throw new PermanentJobError(
      `Rule ${rule.name} runs with its owner's rights, but nobody is responsible for ${job.entity} ${job.record}.`,
    );
  }
  return { ...system, principal: await deps.principalOf(owner) };
}

async function runSteps(of: Omit<RuleRun, 'job'> & { readonly job: AutomationJob }): Promise<void> {
  let job = of.job;
  let answered: Value | undefined;
  for (;;) {
    const state: { progress: Progress; isOver: boolean } = {
      progress: job.progress ?? { next: 0, steps: {} },
      isOver: false,
    };
    const before = job;
    const outcome = await of.run.commit(
      async (tx) => {
        const moved = await moveOn({ ...of, job: before }, tx, answered);
        state.isOver = moved.isOver;
        state.progress = moved.progress;
        return moved;
      },
      () => (state.isOver ? { done: true } : { progress: writeJob({ ...before, progress: state.progress }) }),
    );
    if (outcome.isOver) return;
    job = { ...before, progress: outcome.progress };
    answered = await reachOut({ ...of, job }, outcome.progress);
  }
}

interface Moved {
  readonly progress: Progress;
  readonly isOver: boolean;
}

/** One transaction's worth: at the start the question whether the rule holds, then steps up to the next outward one. */
async function moveOn(of: RuleRun, tx: Transaction, answered: Value | undefined): Promise<Moved> {
  const { job, rule, run } = of;
  if (!job.progress) {
    const refusal = await ruleHolds(of, tx);
    if (refusal !== null) {
      run.log({ message: `Rule ${rule.name} did not run: ${refusal}` });
      return { progress: { next: rule.do.length, steps: {} }, isOver: true };
    }
    run.log({ message: await reason(of, tx) });
  }
  return advance(of, tx, answered);
}

async function reason({ deps, ctx, job, rule }: RuleRun, tx: Transaction): Promise<string> {
  const found = await loadRecord(
    deps.records,
    { ...asSystem(ctx, `rule ${rule.name}`), tx },
    { entity: job.entity, id: job.record, expand: [] },
  );
  const record: RecordData = found ?? { id: job.record };
  return reasonOf(rule, deps.records.model().entity(job.entity), { job, record });
}

/** The outward step that comes next, outside any transaction. */
async function reachOut(of: RuleRun, progress: Progress): Promise<Value> {
  const step = of.rule.do[progress.next];
  const action = step && of.deps.actions.get(step.action);
  if (!step || action?.kind !== 'outward')
    throw new PermanentJobError(`Rule ${of.rule.name} changed while it was running.`);
  refuseAborted(of.run);
  try {
    return await action.run(await openStep(of, { step, progress, ctx: of.ctx }));
  } catch (error) {
    throw failureOf(of, step, error);
  }
}

function refuseAborted(run: JobRun): void {
  if (run.signal.aborted) throw new Error('The run was stopped before its next outward step.');
}
