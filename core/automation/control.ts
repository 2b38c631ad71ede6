import type { Transaction } from '../context.ts';
import type { Each, Step } from '../definitions/model.ts';
import type { Value } from '../fields/field-type.ts';
import { PermanentJobError } from '../jobs/permanent-error.ts';
import { all } from '../rules/condition-tools.ts';
import type { Condition } from '../rules/condition.ts';
import { parseDuration } from '../rules/duration.ts';
import type { SelectedRow, Selection } from '../storage/query.ts';
import { selectRows } from '../storage/select.ts';
import { textIn } from './actions/input.ts';
import { ATTEMPTS, JOB_KIND, timerGroup, writeJob } from './automation-job.ts';
import type { AutomationJob, Progress } from './automation-job.ts';
import { conditionEnv } from './conditions.ts';
import { runKey, say } from './rule-run.ts';
import type { RuleRun } from './rule-run.ts';
import type { StepInput } from './action-type.ts';

/** More than this at once is a mistake, or work for an import. */
const MOST_RECORDS = 10_000;
const PAGE = 1_000;

/** Puts the rest of the run into a job of its own, due when the wait ends. Answers that instant. */
export async function waitFor(
  of: RuleRun,
  tx: Transaction,
  at: { readonly step: Step; readonly input: StepInput; readonly progress: Progress },
): Promise<string> {
  const { deps, job, rule } = of;
  const due = instantOf(of, at.input);
  const until = new Date(due).toISOString();
  say(of, { step: at.step.key, message: `Waits until ${until}.` });
  const run = runKey(of);
  const goesOn: AutomationJob = { ...job, run, progress: at.progress };
  await deps.jobs.enqueue(tx, {
    kind: JOB_KIND,
    key: `${run}:${at.step.key}`,
    payload: writeJob(goesOn),
    due,
    root: job.root,
    // With a timer of the record goes what waits behind it; a rule of the clock may get another time while it waits.
    ...(job.record === null ? {} : { group: timerGroup(rule.name, job.record) }),
    attempts: ATTEMPTS,
  });
  return until;
}

/** A span counts from the change, as every deadline does, so that a late server makes nothing later. */
function instantOf({ deps, base }: RuleRun, input: StepInput): number {
  const now = deps.clock.now();
  const span = textIn(input, 'for');
  if (span !== null) return Math.max(now, base + parseDuration(span));
  const until = Date.parse(textIn(input, 'until') ?? '');
  if (Number.isNaN(until))
    throw new PermanentJobError('"until" is no instant. Fill in the field it comes from, or give the step a "when".');
  return Math.max(now, until);
}

/** A job for each record: one that fails stops none of the others. Answers how many. */
export async function forEach(
  of: RuleRun,
  tx: Transaction,
  { step, each, progress }: { readonly step: Step; readonly each: Each; readonly progress: Progress },
): Promise<Value> {
  const { subject, job } = of;
  const ids = await findRecords(of, tx, { entity: each.entity, condition: all(each.where, childOf(each, of)) });
  for (const id of ids) {
    const { timer: _timer, run: _run, cause, ...rest } = job;
    const one: AutomationJob = {
      ...rest,
      ...(cause ? { cause } : {}),
      at: new Date(of.base).toISOString(),
      entity: each.entity,
      record: id,
      each: { step: step.key, outer: subject },
      progress: { next: each.do[0]?.key ?? null, steps: progress.steps },
    };
    await enqueueOne(of, tx, { key: `${runKey(of)}:${step.key}:${id}`, one });
  }
  say(of, { step: step.key, message: `${ids.length} ${ids.length === 1 ? 'record' : 'records'} of ${each.entity}.` });
  return { count: ids.length };
}

/** A rule of the clock that names an entity: a run for each record its condition takes. */
export async function forAll(of: RuleRun, tx: Transaction, entity: string): Promise<number> {
  const { job, rule } = of;
  const ids = await findRecords(of, tx, { entity, condition: rule.when });
  for (const id of ids) await enqueueOne(of, tx, { key: `${runKey(of)}:${id}`, one: { ...job, entity, record: id } });
  return ids.length;
}

function enqueueOne(
  { deps, job }: RuleRun,
  tx: Transaction,
  { key, one }: { readonly key: string; readonly one: AutomationJob },
): Promise<void> {
  return deps.jobs.enqueue(tx, { kind: JOB_KIND, key, payload: writeJob(one), root: job.root, attempts: ATTEMPTS });
}

function childOf({ entity, list }: Each, { subject }: RuleRun): Condition {
  if (!list || subject === null) return { kind: 'constant', value: true };
  const path = { entity, hops: [], field: list.field };
  return { kind: 'compare', path, op: 'eq', operand: { kind: 'value', value: subject.id } };
}

interface Wanted {
  readonly entity: string;
  readonly condition: Condition;
}

/** Their ids, in order; with other rights than the system's only those the rule's principal sees. */
async function findRecords(of: RuleRun, tx: Transaction, wanted: Wanted): Promise<readonly string[]> {
  const found: string[] = [];
  for (let last: SelectedRow | undefined; ;) {
    const rows = await pageOf(of, tx, { ...wanted, ...(last ? { after: last.key } : {}) });
    found.push(...(await seen(of, tx, { entity: wanted.entity, ids: rows.map(({ id }) => id) })));
    if (found.length > MOST_RECORDS)
      throw new PermanentJobError(
        `There are more than ${MOST_RECORDS} records of ${wanted.entity} to go through. Narrow the condition.`,
      );
    if (rows.length < PAGE) return found;
    last = rows.at(-1);
  }
}

function pageOf(
  { deps, job }: RuleRun,
  tx: Transaction,
  { entity: name, condition, after }: Wanted & Pick<Selection, 'after'>,
): Promise<readonly SelectedRow[]> {
  const entity = deps.records.model().entity(name);
  const field = entity.fields.get('id');
  if (!field) return Promise.resolve([]);
  return selectRows(
    tx,
    {
      projection: { entity, fields: [{ field }], references: new Map(), lists: new Map() },
      where: condition,
      sort: [{ path: { entity: name, hops: [], field }, descending: false }],
      limit: PAGE,
      ...(after ? { after } : {}),
      deleted: 'no',
      env: conditionEnv(deps.organisation(), { me: job.by.id, now: deps.clock.now() }),
    },
    deps.db.dialect,
  );
}

async function seen(
  { deps, ctx, rule }: RuleRun,
  tx: Transaction,
  { entity, ids }: { readonly entity: string; readonly ids: readonly string[] },
): Promise<readonly string[]> {
  if (rule.as === 'system' || ids.length === 0) return ids;
  const inside = { ...ctx, tx };
  const { data } = await deps.records.list(inside, {
    entity,
    filter: { id: ids },
    fields: ['id'],
    sort: ['id'],
    limit: PAGE,
  });
  return data.map((row) => String(row['id']));
}

/** The steps of a rule, or of one of its `each`, however deep. */
export function stepsOf(steps: readonly Step[], each: string): Each | undefined {
  for (const step of steps) {
    if (!step.each) continue;
    const found = step.key === each ? step.each : stepsOf(step.each.do, each);
    if (found) return found;
  }
  return undefined;
}
