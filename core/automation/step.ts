import { asSystem } from '../context.ts';
import type { Context } from '../context.ts';
import type { Step } from '../definitions/model.ts';
import { CasementError } from '../errors.ts';
import type { ErrorCode } from '../errors.ts';
import { FieldError } from '../fields/field-type.ts';
import type { RecordData } from '../fields/field-type.ts';
import { PermanentJobError } from '../jobs/permanent-error.ts';
import type { StepContext } from './action-type.ts';
import type { Progress, Subject } from './automation-job.ts';
import { loadRecord } from './load-record.ts';
import { runKey, say } from './rule-run.ts';
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
  const { deps, rule, subject } = of;
  const { step, ctx } = at;
  const record = await recordOf(of, { step, ctx, of: subject, expand: of.load });
  const organisation = deps.organisation();
  const model = deps.records.model();
  const scope = await scopeOf(of, { ...at, record });
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
    key: `${runKey(of)}:${step.key}`,
    subject,
    record: record ?? {},
    input: inputIn(null),
    inputIn,
    log: (message, data) => say(of, { step: step.key, message, ...(data === undefined ? {} : { data }) }),
  };
}

interface Loading {
  readonly step: Step;
  readonly ctx: Context;
  readonly of: Subject | null;
  readonly expand: readonly string[];
}

async function recordOf({ deps, rule }: RuleRun, { step, ctx, of, expand }: Loading): Promise<RecordData | null> {
  if (of === null) return null;
  const record = await loadRecord(deps.records, asSystem(ctx, `rule ${rule.name}`), { ...of, expand });
  if (!record) throw new PermanentJobError(`Rule ${rule.name}, step ${step.key}: the record is gone.`);
  return record;
}

interface Scoping {
  readonly step: Step;
  readonly progress: Progress;
  readonly ctx: Context;
  readonly record: RecordData | null;
}

/** What values may name. */
async function scopeOf(of: RuleRun, { step, progress, ctx, record }: Scoping) {
  const { deps, rule, job } = of;
  const isChanged = job.before !== null && job.kind !== 'created' && !job.each;
  const outer = job.each?.outer ?? null;
  return {
    record,
    before: isChanged ? { ...record, ...job.before } : null,
    outer: await recordOf(of, { step, ctx, of: outer, expand: rule.load }),
    received: job.received ?? null,
    actor: { ...job.by },
    steps: progress.steps,
    now: new Date(deps.clock.now()).toISOString(),
  };
}

/** The error as the job's list shows it: which rule and step, and whether another try can help. */
export function failureOf({ rule }: RuleRun, step: Step, error: unknown): Error {
  const message = error instanceof Error ? error.message : String(error);
  const details = error instanceof CasementError ? error.errors : [];
  const places = details.map((detail) =>
    detail.message === message ? detail.path : `${detail.path} ${detail.message}`,
  );
  const text = `Rule ${rule.name}, step ${step.key}: ${[message, ...places].join('; ')}`;
  const isFinal =
    error instanceof PermanentJobError ||
    error instanceof FieldError ||
    (error instanceof CasementError && FINAL.has(error.code));
  return isFinal ? new PermanentJobError(text, { cause: error }) : new Error(text, { cause: error });
}
