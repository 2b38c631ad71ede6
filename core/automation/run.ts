import type { Transaction } from '../context.ts';
import type { Automation } from '../definitions/model.ts';
import type { RecordData, Value } from '../fields/field-type.ts';
import { PermanentJobError } from '../jobs/permanent-error.ts';
import type { JobHandler, JobRun } from '../jobs/types.ts';
import { advance, stepAt } from './advance.ts';
import type { Moved } from './advance.ts';
import { ATTEMPTS, readJob, subjectOf, writeJob } from './automation-job.ts';
import type { AutomationJob, Progress } from './automation-job.ts';
import { refuseFlood, refuseLoop, LoopError } from './chain.ts';
import { forAll, stepsOf } from './control.ts';
import { reasonOf } from './describe.ts';
import { loadRecord } from './load-record.ts';
import { contextOf, systemContext } from './principal.ts';
import { mayGoOn, ruleHolds } from './rule-holds.ts';
import { runKey, say } from './rule-run.ts';
import type { RuleRun, RunDeps } from './rule-run.ts';
import { writeRun } from './run-log.ts';
import type { RunState } from './run-log.ts';
import { setNextTimer } from './set-timers.ts';
import { failureOf, openStep } from './step.ts';

/**
 * Runs one rule for one change. Record steps share a transaction with the job's progress: exactly once. Before an outward step the
 * progress is kept; it then runs outside with its stable key, and what it answers is kept with the steps after it.
 */
export function createRunner(deps: RunDeps): JobHandler {
  return async (run) => {
    const job = readJob(run.job.payload);
    const rule = deps.records.model().automations.get(job.rule);
    if (!rule?.enabled) {
      run.log({ message: `Rule ${job.rule} ${rule ? 'is switched off' : 'no longer exists'}; nothing was done.` });
      return;
    }
    // What comes again comes whatever becomes of this run.
    await setNextTimer(deps, rule, { job, key: run.job.id });
    const began = deps.clock.now();
    const bare = openRun(deps, { run, job, rule });
    try {
      await refuseLoop(deps.jobs, job);
      await runSteps({ ...bare, ctx: await contextOf(deps, rule, job) }, began);
    } catch (error) {
      await noteFailure(bare, began, error);
      throw error;
    }
  };
}

interface Opening {
  readonly run: JobRun;
  readonly job: AutomationJob;
  readonly rule: Automation;
}

function openRun(deps: RunDeps, { run, job, rule }: Opening): RuleRun {
  const each = job.each ? stepsOf(rule.do, job.each.step) : undefined;
  if (job.each && !each)
    throw new PermanentJobError(`Rule ${rule.name} was changed while it ran: the step "${job.each.step}" is gone.`);
  return {
    ...{ deps, run, rule, job },
    steps: each?.do ?? rule.do,
    load: each?.load ?? rule.load,
    subject: subjectOf(job),
    ctx: systemContext(deps, rule, job),
    base: baseOf(deps, job),
    lines: [],
  };
}

/** Deadlines of a step count from the change; of what waited for a time from now, since it may be late. */
function baseOf(deps: RunDeps, job: AutomationJob): number {
  return job.timer || job.run !== undefined ? deps.clock.now() : Date.parse(job.at);
}

async function runSteps(of: RuleRun, began: number): Promise<void> {
  let { job } = of;
  let answered: Value | undefined;
  for (;;) {
    const now: RuleRun = { ...of, job };
    const said = now.lines.length;
    let moved: Passed | undefined;
    const passed = await of.run.commit(
      async (tx) => {
        // The database may ask for the work again.
        now.lines.length = said;
        moved = await moveOn(now, tx, answered);
        await noteProgress(now, tx, { moved, began });
        return moved;
      },
      () => (moved?.isOver === false ? { progress: writeJob({ ...job, progress: moved.progress }) } : { done: true }),
    );
    now.lines.length = 0;
    if (passed.isOver) return;
    job = { ...job, progress: passed.progress };
    answered = await reachOut({ ...of, job }, passed.progress);
  }
}

interface Passed extends Moved {
  /** Said at the first commit of a run. */
  readonly reason?: string;
  readonly isSkipped?: true;
}

/** One transaction's worth: at the start the question whether the rule holds, then steps up to the next outward one. */
async function moveOn(of: RuleRun, tx: Transaction, answered: Value | undefined): Promise<Passed> {
  const { job, rule } = of;
  const isFirst = !job.progress || (job.each !== undefined && job.run === undefined && isUntouched(of, job.progress));
  if (!isFirst) {
    const refusal = job.run === undefined ? null : await mayGoOn(of, tx);
    if (refusal === null) return advance(of, tx, answered);
    say(of, { message: `Ended: ${refusal}` });
    return over(job);
  }
  await refuseFlood(tx, job, of.deps.clock.now());
  const refusal = await ruleHolds(of, tx);
  if (refusal !== null) {
    const reason = `Rule ${rule.name} did not run: ${refusal}`;
    say(of, { message: reason });
    return { ...over(job), reason, isSkipped: true };
  }
  const reason = reasonOf(rule, { job, about: await aboutOf(of, tx) });
  say(of, { message: reason });
  const { on } = rule;
  if (on.trigger !== 'schedule' || on.entity === undefined || of.subject !== null)
    return { ...(await advance(of, tx, answered)), reason };
  const count = await forAll(of, tx, on.entity);
  say(of, { message: `For ${count} ${count === 1 ? 'record' : 'records'} of ${on.entity}.` });
  return { ...over(job), reason };
}

/** The records of an `each` begin with what the steps before have made. */
function isUntouched({ steps }: RuleRun, { next }: Progress): boolean {
  return next === (steps[0]?.key ?? null);
}

function over({ progress }: AutomationJob): Moved {
  return { progress: { next: null, steps: progress?.steps ?? {} }, isOver: true };
}

async function aboutOf({ deps, ctx, rule, subject }: RuleRun, tx: Transaction) {
  if (subject === null) return null;
  const system = { ...systemContext(deps, rule), ...(ctx.cause ? { cause: ctx.cause } : {}), tx };
  const record: RecordData = (await loadRecord(deps.records, system, { ...subject, expand: [] })) ?? { id: subject.id };
  return { entity: deps.records.model().entity(subject.entity), record };
}

async function noteProgress(
  of: RuleRun,
  tx: Transaction,
  { moved, began }: { readonly moved: Passed; readonly began: number },
): Promise<void> {
  await writeRun(tx, of.deps.clock, {
    run: runKey(of),
    job: of.run.job.id,
    of: of.job,
    state: stateOf(moved),
    ...(moved.reason === undefined ? {} : { reason: moved.reason }),
    lines: of.lines,
    began,
  });
}

function stateOf({ isOver, waits, isSkipped }: Passed): RunState {
  if (waits !== undefined) return 'waiting';
  if (isSkipped) return 'skipped';
  return isOver ? 'done' : 'running';
}

/** A failed try stands in the run log, too; that it cannot be written there must not hide why it failed. */
async function noteFailure(of: RuleRun, began: number, error: unknown): Promise<void> {
  const { deps, run, job } = of;
  if (error instanceof Error && error.name === 'LeaseLostError') return;
  const isLast = error instanceof PermanentJobError || run.job.attempt >= ATTEMPTS;
  const state: RunState = error instanceof LoopError ? 'stopped' : isLast ? 'failed' : 'retrying';
  const message = error instanceof Error ? error.message : String(error);
  try {
    await deps.db.transaction((tx) =>
      writeRun(tx, deps.clock, {
        ...{ run: runKey(of), job: run.job.id, of: job, state, error: message, began },
        // What was said since the last commit has not come to pass.
        lines: [{ at: deps.clock.now(), message }],
      }),
    );
  } catch (failure) {
    deps.log.error({ err: failure, rule: job.rule }, 'A failed run of a rule could not be noted.');
  }
}

/** The outward step that comes next, outside any transaction. */
async function reachOut(of: RuleRun, progress: Progress): Promise<Value> {
  const step = stepAt(of, progress);
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
