import { asSystem } from '../context.ts';
import type { Context } from '../context.ts';
import type { Step } from '../definitions/model.ts';
import { CasementError } from '../errors.ts';
import { FieldError } from '../fields/field-type.ts';
import type { ErrorCode } from '../errors.ts';
import { PermanentJobError } from '../jobs/permanent-error.ts';
import type { StepContext } from './action-type.ts';
import type { Progress } from './automation-job.ts';
import { loadRecord } from './load-record.ts';
import type { RuleRun } from './rule-run.ts';
import { stepInput } from './step-input.ts';
import { workingTimeOf } from './timers.ts';

/** What trying again cannot change. */
const FINAL: ReadonlySet<ErrorCode> = new Set([
  'BAD_REQUEST',
  'FORBIDDEN',
  'FIELD_FORBIDDEN',
  'NOT_FOUND',
  'VALIDATION',
]);

/** The context of one step, with the record as it stands after the steps before. */
export async function openStep<C extends Context>(
  of: RuleRun,
  at: { readonly step: Step; readonly progress: Progress; readonly ctx: C },
): Promise<StepContext & { readonly ctx: C }> {
  const { deps, rule, job, run } = of;
  const { step, progress, ctx } = at;
  const system = asSystem<Context>(ctx, `rule ${rule.name}`);
  const record = await loadRecord(deps.records, system, { entity: job.entity, id: job.record, expand: rule.load });
  if (!record) throw new PermanentJobError(`Rule ${rule.name}, step ${step.key}: the record is gone.`);
  const organisation = deps.organisation();
  const model = deps.records.model();
  const before = job.before === null || job.kind === 'created' ? null : { ...record, ...job.before };
  const scope = { record, before, steps: progress.steps, now: new Date(deps.clock.now()).toISOString() };
  const env = {
    scope,
    base: of.base,
    zone: organisation.zone,
    refs: {},
    addWorkingTime: workingTimeOf(model, organisation),
  };
  const source = { model, rule: rule.name, step, env, renderText: deps.renderText };
  const inputIn = (language: string | null) => stepInput(source, language ?? organisation.language);
  return {
    ctx,
    records: deps.records,
    rule: rule.name,
    step: step.key,
    key: `${run.job.key}:${step.key}`,
    entity: job.entity,
    id: job.record,
    record,
    input: inputIn(null),
    inputIn,
    log: (message, data) => run.log({ step: step.key, message, ...(data === undefined ? {} : { data }) }),
  };
}

/** The error as the job's list shows it: which rule and step, and whether another try can help. */
export function failureOf({ rule }: RuleRun, step: Step, error: unknown): Error {
  const message = error instanceof Error ? error.message : String(error);
  const places = error instanceof CasementError ? error.errors.map((detail) => `${detail.path} ${detail.message}`) : [];
  const text = `Rule ${rule.name}, step ${step.key}: ${[message, ...places].join('; ')}`;
  const isFinal =
    error instanceof PermanentJobError ||
    error instanceof FieldError ||
    (error instanceof CasementError && FINAL.has(error.code));
  return isFinal ? new PermanentJobError(text, { cause: error }) : new Error(text, { cause: error });
}
